"""How the header of a result came from that of a GIFTI file, and the step of a series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nipype_mathimg.axis import MAP, TIME
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.gifti.values import TIME_STEP, GiftiMap, with_entry
from nipype_mathimg.images.headers.kinds import is_label_name
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import ArraySpec, Axis

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.gifti.header import GiftiHeader

__all__ = ["Change", "count_maps", "set_step", "stepped"]


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
        return is_label_name(self.outcome.suffix)

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


def count_maps(spec: ArraySpec) -> int:
    """Return how many values a vertex has."""
    return spec.shape[1] if spec.ndim > 1 else 1


def stepped(step: float, axis: Axis | None) -> float | None:
    """Return the step of a series that was cut, None where it is uneven."""
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
