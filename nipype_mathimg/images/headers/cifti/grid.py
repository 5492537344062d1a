"""Where the rows of a CIFTI-2 matrix lie: grayordinates, or parcels."""

from __future__ import annotations

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.affines import corner_displacement
from nipype_mathimg.images.headers.cifti.places import Listed
from nipype_mathimg.images.headers.grid import of_two_kinds
from nipype_mathimg.images.headers.image_grid import ImageGrid
from nipype_mathimg.words import Message, option, worded

__all__ = ["CiftiGrid", "apart"]

MOST_NAMED = 3
"""Structures that a message names."""


class CiftiGrid(Frozen):
    """The places that the rows of a matrix stand for.

    Parameters
    ----------
    listed : Listed
        Models or parcels.
    series : str
        Unit of its series, empty where it has none.
    """

    listed: Listed
    series: str = ""
    unit = ""
    affine = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of grayordinates, or of parcels."""
        return (self.listed.length,)

    @property
    def place(self) -> str:
        """What the elements lie on, for a message."""
        return "a CIFTI file"

    def mismatch(self, other: ImageGrid, tolerance: float) -> Message | None:
        """See `ImageGrid.mismatch`: the models themselves are compared, never their number."""
        if not isinstance(other, CiftiGrid):
            return of_two_kinds(self, other)
        if self.series and other.series and self.series != other.series:
            return f"one series is in {self.series} and the other in {other.series}."
        if self.listed.kind != other.listed.kind:
            return None  # a formula may use both, and says itself where they meet
        if self.listed.members != other.listed.members:
            return apart(self.listed, other.listed)
        shift = _shift(self.listed, other.listed)
        if shift <= tolerance:
            return None
        return worded(
            "their volumes lie {shift:.4g} mm apart, and {option} is {tolerance:g} mm. Raise "
            "{option} if the difference is rounding.",
            shift=shift,
            option=option("grid_tolerance"),
            tolerance=tolerance,
        )


def apart(first: Listed, second: Listed) -> str:
    """Say which structures, or parcels, differ between two files."""
    what = "parcels" if first.kind == "PARCELS" else "grayordinates"
    own, theirs = first.counts, second.counts
    names = [name for name in {**own, **theirs} if own.get(name, 0) != theirs.get(name, 0)]
    if names:
        shown = [
            f"{name} has {own.get(name, 0)} here and {theirs.get(name, 0)} there"
            for name in names[:MOST_NAMED]
        ]
        more = ", ..." if len(names) > MOST_NAMED else ""
        return f"{'; '.join(shown)}{more}. Resample one of them to the {what} of the other first."
    if list(own) != list(theirs):
        return f"the same structures stand in another order. Re-order the {what} of one first."
    return (
        f"the structures have as many {what}, but not the same. Resample one of them to the "
        f"{what} of the other first."
    )


def _shift(first: Listed, second: Listed) -> float:
    one, two = first.volume, second.volume
    if one is None or two is None:
        return 0.0
    return corner_displacement(one[1], two[1], one[0])
