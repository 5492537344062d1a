"""Where a result lies when its operands lie on different grids: values meet by position.

All that is said here is the same in whatever order the operands stand, and however they are put
in brackets.
"""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Axis

__all__ = ["Meeting", "joined", "meet", "meetings"]


MOST_PLACES = 100_000
"""Up to so many places are listed one by one, in 10 ms; a day of volumes has fewer. Planning must
not cost more the longer a result is."""


class Meeting(Frozen):
    """Operands that lie at different places along some axes of an image.

    Parameters
    ----------
    sources : tuple of str
        The axes, as "x" or "t".
    operands : tuple of int
        One operand for each place, in their order.
    winner : int or None
        The operand where the result lies; None where it lies between them.
    """

    sources: tuple[str, ...]
    operands: tuple[int, ...]
    winner: int | None


def meet(axes: Sequence[Axis], length: int) -> Axis:
    """Return the axis of a result from those of its operands, all of one length.

    Parameters
    ----------
    axes : sequence of Axis
        At least one. Those that correspond to no axis of an image have no say beside others.
    length : int
        Number of elements.

    Returns
    -------
    Axis
        The whole axis of the image if one of them is that; else that of the smallest step that
        was not flipped; in the middle between several of one step.
    """
    known = [axis for axis in axes if axis.source is not None]
    if not known:
        return axes[0]
    best = min(_rank(axis, length) for axis in known)
    equal = [axis for axis in known if _rank(axis, length) == best]
    first = equal[0]
    if first.spectrum_of is not None and all(axis.spectrum_of for axis in equal):
        origins = [axis.spectrum_of for axis in equal if axis.spectrum_of is not None]
        before = origins[0][1]
        first = first.changed(spectrum_of=(meet([axis for axis, _ in origins], before), before))
    if all(axis == first for axis in equal) and len({axis.spread for axis in equal}) == 1:
        return first
    low = min(axis.start - axis.spread / 2 for axis in equal)
    high = max(axis.start + axis.spread / 2 for axis in equal)
    if first.places is not None:
        same = all(axis.places == first.places for axis in equal)
        return first.changed(start=low, places=first.places if same else ())
    return first.changed(start=(low + high) / 2, spread=high - low)


def _rank(axis: Axis, length: int) -> tuple[bool, bool, float, bool]:
    """Return how far an axis was moved, the least first."""
    uneven = axis.places is not None
    return uneven, not axis.is_whole(length), abs(axis.step), axis.step < 0


def meetings(axes: Sequence[Sequence[Axis]], lengths: Sequence[Sequence[int]]) -> list[Meeting]:
    """Return which operands lie at different places, and where the result lies.

    Parameters
    ----------
    axes : sequence of sequence of Axis
        For each operand its axes, aligned; fewer than the longest for a number.
    lengths : sequence of sequence of int
        For each operand the length of each axis; one of length 1 is repeated along it, and lies
        nowhere in particular.
    """
    found: dict[tuple[tuple[int, ...], int | None], list[str]] = {}
    for k in range(max(map(len, axes), default=0)):
        there = {i: own[k] for i, own in enumerate(axes) if k < len(own)}
        length = max(lengths[i][k] for i in there)
        parts = {
            i: axis
            for i, axis in there.items()
            if lengths[i][k] == length and axis.source is not None
        }
        places: dict[Axis, int] = {}
        for i, axis in parts.items():
            places.setdefault(axis, i)
        if len(places) > 1:
            result = meet(list(parts.values()), length)
            key = tuple(places.values()), places.get(result)
            found.setdefault(key, []).append(result.source or "")
    return [Meeting(tuple(names), *key) for key, names in found.items()]


def joined(axes: Sequence[Axis], lengths: Sequence[int]) -> tuple[Axis, bool]:
    """Return the axis along which parts were put one behind the other.

    Parameters
    ----------
    axes : sequence of Axis
        Of the parts, at least one.
    lengths : sequence of int
        Of the parts.

    Returns
    -------
    axis : Axis
        It begins where the first part does.
    in_place : bool
        False where a part does not lie where it stands: the places along space are wrong.
    """
    first = axes[0]
    sources = {axis.source for axis in axes}
    if len(sources) > 1:
        times = [axis for axis in axes if axis.is_time]
        return (times[0].unplaced() if times else first), True
    if first.source is None or _follow_one_another(axes, lengths):
        return first, True
    if not first.is_time:
        return first, False
    if all(axis.is_whole(length) for axis, length in zip(axes, lengths, strict=True)):
        return first, True  # one run after the other
    if any(axis.places == () for axis in axes) or sum(lengths) > MOST_PLACES:
        return first.unplaced(), True
    return first.at([p for axis, n in zip(axes, lengths, strict=True) for p in axis.all(n)]), True


def _follow_one_another(axes: Sequence[Axis], lengths: Sequence[int]) -> bool:
    at = 0
    for axis, length in zip(axes, lengths, strict=True):
        if axis.places is not None or axis != axes[0].stepped(at, 1):
            return False
        at += length
    return True
