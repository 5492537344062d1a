"""What becomes of the header of a GIFTI file in that of a result: one function for each rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nipype_mathimg.axis import MAP, TIME, VERTEX
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.gifti.values import (
    LABEL,
    NONE,
    SHAPE,
    STRUCTURE,
    TIME_SERIES,
    TIME_STEP,
    GiftiMap,
    with_entry,
)
from nipype_mathimg.images.headers.header import Outcome
from nipype_mathimg.spec import ArraySpec, Axis, Note
from nipype_mathimg.words import CALL_FOR_VALUE, option, worded

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.gifti.header import GiftiHeader

__all__ = ["RULES", "Change", "derive", "fresh", "set_step", "with_time_step"]

_LABEL_FILE = ".label.gii"

_HISTORY = ("Provenance", "ProgramProvenance", "WorkingDirectory")
"""Entries of Workbench that say by which command, where, a file was made."""


class Change(Frozen):
    """How a result came from its donor: all that a rule may look at.

    Parameters
    ----------
    donor : GiftiHeader
        The donor's header.
    outcome : Outcome
        The result.
    """

    donor: GiftiHeader
    outcome: Outcome

    @property
    def spec(self) -> ArraySpec:
        """Shape, dtype in the file and axes of the result."""
        return self.outcome.spec

    @property
    def labels(self) -> bool:
        """Whether the name of the file asks for labels: values that a table names."""
        return self.outcome.suffix == _LABEL_FILE

    @property
    def picked(self) -> int | None:
        """Which map or time point the result shows, where it shows one alone."""
        taken = dict(self.outcome.taken)
        place = taken.get(TIME if self.donor.is_series else MAP)
        return None if place is None else int(place)

    @property
    def later(self) -> Axis | None:
        """The axis of the result beside that of the vertices."""
        return self.spec.axes[1] if self.spec.ndim > 1 else None

    @property
    def in_time(self) -> bool:
        """Whether the result is a series."""
        return self.later is not None and self.later.is_time

    @property
    def kept(self) -> list[int] | None:
        """Which maps or time points of the donor the result has, in order; None for others."""
        count = len(self.donor.maps)
        several = len(self.donor.shape) > 1
        if self.later is None:
            return [0] if not several else None if self.picked is None else [self.picked]
        if not several or self.later.is_time != self.donor.is_series or not self.later.source:
            return None
        places = [float(place) for place in self.later.all(self.spec.shape[1])]
        fit = all(place.is_integer() and 0 <= place < count for place in places)
        return [int(place) for place in places] if fit and places else None


Rule = Callable[["GiftiHeader", Change], "tuple[GiftiHeader, list[Note]]"]


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
        stored=spec.dtype, maps=(one,) * _count(spec), metadata=structure, labels=()
    )
    if change.in_time and first.is_series and first.time_step is not None:
        header = set_step(header, _stepped(first.time_step, change.later))
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


def choose_maps(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Keep what is said of each map that stays; a new one gets the name of what it is."""
    kept, count = change.kept, _count(change.spec)
    maps = change.donor.maps
    if kept is not None:
        return header.changed(maps=tuple(maps[k] for k in kept)), []
    title = change.outcome.title or "result"
    new = GiftiMap(NONE, maps[0].metadata, maps[0].coordinates)
    if change.in_time:
        # Of another image: a name for each of its time points would say nothing.
        new = new.changed(intent=TIME_SERIES).with_entry("Name", None)
        return header.changed(maps=(new,) * count), []
    titles = [title] if count == 1 else [f"{title} {k + 1}" for k in range(count)]
    header = header.changed(maps=tuple(new.renamed(one) for one in titles))
    if len(change.donor.shape) < 2:
        return header, []
    before = "time points" if change.donor.is_series else "maps"
    told = f"the {before} of the donor are gone: the result is named {title!r}"
    return header, [Note("Name", told)]


def name_combination(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Name a single map of which several images are the values by what it is."""
    outcome = change.outcome
    combined = outcome.values_changed and outcome.images > 1
    if not combined or change.later is not None:
        return header, []
    before = header.maps[0].name
    header = header.changed(maps=(header.maps[0].renamed(outcome.title),))
    if before in ("", outcome.title):
        return header, []
    return header, [Note("Name", f"{outcome.title!r}, not {before!r}")]


def name_time_point(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Name a single time point by its time, or by its number where the step is unknown."""
    picked, donor = change.picked, change.donor
    if picked is None or change.later is not None or not donor.is_series:
        return header, []
    step = donor.time_step
    name = f"t = {picked * step:g}" if step is not None else f"time point {picked}"
    return header.changed(maps=(header.maps[0].renamed(name),)), []


def keep_step(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Keep the TimeStep with the time points; it grows where only some of them stay."""
    step = change.donor.time_step
    if not change.in_time or not change.donor.is_series:
        return set_step(header, None), []
    if step is None or change.later is None or change.kept is None:
        return header, []
    new = _stepped(step, change.later)
    if new is None:
        told = "dropped: the time points of the result are not evenly spaced"
        return set_step(header, None), [Note(TIME_STEP, told)]
    if new == step:
        return header, []
    return set_step(header, new), [Note(TIME_STEP, f"{new:g}, not {step:g}: the series was cut")]


def set_intents(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Say what the values are: a series stays one, a shape too; statistics end with arithmetic."""
    if change.labels:
        return header, []
    real = change.spec.dtype.kind == "f"
    maps = tuple(one.changed(intent=_intent(one.intent, change, real)) for one in header.maps)
    ended = {
        before.intent: after.intent
        for before, after in zip(header.maps, maps, strict=True)
        if before.intent != after.intent
    }
    notes = [
        Note("Intent", f"{after}, not {before}: the values are others")
        for before, after in ended.items()
        if before not in (LABEL, TIME_SERIES)
    ]
    return header.changed(maps=maps), notes


def _intent(before: str, change: Change, real: bool) -> str:
    if change.in_time:
        return TIME_SERIES
    if before in (TIME_SERIES, LABEL):
        return NONE
    if change.outcome.values_changed and not (before == SHAPE and real):
        return NONE
    return before


def keep_table(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Keep the table of labels for labels, and for nothing else."""
    if change.labels:
        if not header.labels:
            raise HeaderError(
                worded(
                    "labels need a table, and the image that {option} names has none",
                    option=option("copy_header_from"),
                )
            )
        if change.spec.dtype.kind not in "iu":
            raise HeaderError(
                f"labels are whole numbers, and the result is {change.spec.dtype}; convert it "
                "with .astype(int), or name the file .shape.gii"
            )
        maps = tuple(one.changed(intent=LABEL) for one in header.maps)
        # GIFTI 1.0, "NIFTI_INTENT_LABEL": labels are of this type.
        return header.changed(maps=maps, stored=np.dtype(np.int32)), []
    if not header.labels:
        return header, []
    told = "the table of labels is left out: only a file named .label.gii has labels"
    return header.changed(labels=()), [Note("LabelTable", told)]


def drop_history(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Drop by which command the donor was made, which does not hold for other values."""
    found = dict(header.metadata)
    if not change.outcome.values_changed or not found.keys() & set(_HISTORY):
        return header, []
    metadata = header.metadata
    if "Provenance" in found:
        metadata = with_entry(metadata, "ParentProvenance", found["Provenance"])
    for name in _HISTORY:
        metadata = with_entry(metadata, name, None)
    told = "the command that made the donor is its ParentProvenance now"
    return header.changed(metadata=metadata), [Note("Provenance", told)]


RULES: tuple[Rule, ...] = (
    choose_maps,
    name_combination,
    name_time_point,
    keep_step,
    set_intents,
    keep_table,
    drop_history,
)
"""In this order: maps first, then what is said of each, then what is said of all."""


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


def _count(spec: ArraySpec) -> int:
    return spec.shape[1] if spec.ndim > 1 else 1


def _stepped(step: float, axis: Axis | None) -> float | None:
    if axis is None or axis.places is not None:
        return None
    return step * abs(axis.step)


def set_step(header: GiftiHeader, step: float | None) -> GiftiHeader:
    """Return a header with another TimeStep where the file has it; in each array where nowhere."""
    text = None if step is None else f"{step:.6f}"
    if dict(header.metadata).get(TIME_STEP) is not None:
        header = header.changed(metadata=with_entry(header.metadata, TIME_STEP, text))
        if text is not None and not any(dict(one.metadata).get(TIME_STEP) for one in header.maps):
            return header
    maps: Sequence[GiftiMap] = [one.with_entry(TIME_STEP, text) for one in header.maps]
    return header.changed(maps=tuple(maps))
