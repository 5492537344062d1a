"""The header of a result from that of a GIFTI file: copied and adapted by rules, or fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nipype_mathimg.axis import MAP, TIME, VERTEX
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.gifti.change import Change, count_maps, set_step, stepped
from nipype_mathimg.images.headers.gifti.rules import RULES
from nipype_mathimg.images.headers.gifti.values import (
    NONE,
    STRUCTURE,
    TIME_SERIES,
    TIME_STEP,
    GiftiMap,
)
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import ArraySpec, Note
from nipype_mathimg.words import CALL_FOR_VALUE, option, worded

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.gifti.header import GiftiHeader

__all__ = ["derive", "fresh", "with_time_step"]


def derive(donor: GiftiHeader, outcome: Outcome) -> tuple[GiftiHeader, list[Note]]:
    """Return the header of a result, copied from `donor` and adapted by `RULES`.

    Parameters
    ----------
    donor : GiftiHeader
        Header of the image that gives its own.
    spec : ArraySpec
        The result: its shape, where each axis comes from, and the dtype in the file.

    Raises
    ------
    HeaderError
        The result is not one value, or one series, for each vertex; or labels without a table.
    """
    _check_axes(outcome.spec)
    header = donor.changed(stored=outcome.spec.dtype)
    change = Change(donor, outcome)
    notes: list[Note] = []
    for rule in RULES:
        header, found = rule(header, change)
        notes += found
    return header, notes


def fresh(first: GiftiHeader, outcome: Outcome) -> tuple[GiftiHeader, list[Note]]:
    """Return a header with the structure, the intents and the step of a series, nothing else.

    Parameters
    ----------
    first : GiftiHeader
        Header of the first image of the formula.
    outcome
        As for `derive`.

    Raises
    ------
    HeaderError
        As for `derive`.
    """
    spec, change = outcome.spec, Change(first, outcome)
    _check_axes(spec)
    if change.labels:
        raise HeaderError(
            worded(
                "labels need a table, which comes from an image; name it with {option}",
                option=option("copy_header_from"),
            )
        )
    one = GiftiMap(TIME_SERIES if change.in_time else NONE)
    structure = ((STRUCTURE, first.structure),) if first.structure else ()
    header = first.changed(
        stored=spec.dtype, maps=(one,) * count_maps(spec), metadata=structure, labels=()
    )
    if change.in_time and first.is_series and first.time_step is not None:
        header = set_step(header, stepped(first.time_step, change.later))
    return header, []


def with_time_step(header: GiftiHeader, seconds: float | None) -> tuple[GiftiHeader, list[Note]]:
    """Return a header with another TimeStep, where it is one of a series; None leaves it.

    Raises
    ------
    HeaderError
        It is no positive number.
    """
    if seconds is None or not header.is_series:
        return header, []
    if not (seconds > 0 and np.isfinite(seconds)):
        raise HeaderError(f"a TR of {seconds:g} s is no positive number")
    return set_step(header, seconds), [Note(TIME_STEP, f"set to {seconds:g}, as was asked")]


def _check_axes(spec: ArraySpec) -> None:
    """Raise a HeaderError unless there is one value, or one run of values, for each vertex."""
    found = [axis.source for axis in spec.axes]
    if found[:1] == [VERTEX] and len(found) < 3 and spec.axes[0].is_whole(spec.shape[0]):
        return
    if VERTEX not in found:
        raise HeaderError(
            worded(
                "the result has no vertex axis, which a GIFTI file needs whole: it was averaged, "
                "cut, or put in another order. Use {call} for plain numbers",
                call=CALL_FOR_VALUE,
            )
        )
    shown = ", ".join(name or "a new one" for name in found)
    raise HeaderError(
        f"the axes of the result are {shown}: a GIFTI file has all vertices of a surface, in "
        f"their order, and then at most one of {TIME} and {MAP}"
    )
