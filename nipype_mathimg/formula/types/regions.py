"""Parts of arrays: which part of an operand is needed for a part of the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from nipype_mathimg.frozen import Frozen

__all__ = [
    "FULL",
    "AxisMap",
    "Follow",
    "Region",
    "broadcast_maps",
    "contiguous_runs",
    "covering",
    "elements",
    "flat_range",
    "is_empty",
    "local",
    "needed",
    "plane_axes",
    "shape_of",
    "span_of",
    "whole",
]

Region = tuple[tuple[int, int], ...]
"""First and one past the last index, for every axis."""


class Follow(Frozen):
    """An operand's axis that follows an axis of the result.

    Index ``i`` of the result needs index ``start + step * i`` of the operand, and `halo` elements
    on both sides of it, as far as there are any. `axis` is None when the operand is needed at one
    index (`start`) whatever the part of the result.
    """

    axis: int | None
    start: int = 0
    step: int = 1
    halo: int = 0


FULL = None
"""An operand's axis that is always needed from end to end."""

AxisMap = Follow | None


def whole(shape: Sequence[int]) -> Region:
    """Return the region of everything."""
    return tuple((0, length) for length in shape)


def shape_of(region: Region) -> tuple[int, ...]:
    """Return the shape of a region."""
    return tuple(high - low for low, high in region)


def elements(region: Region) -> int:
    """Return the number of elements of a region."""
    count = 1
    for low, high in region:
        count *= max(high - low, 0)
    return count


def is_empty(region: Region) -> bool:
    """Tell whether a region has no elements."""
    return any(high <= low for low, high in region)


def needed(region: Region, maps: Sequence[AxisMap], shape: Sequence[int]) -> Region:
    """Return the part of an operand of `shape` that a part of the result needs.

    Examples
    --------
    >>> needed(((0, 5), (2, 4)), (Follow(0), Follow(1, 9, -1), FULL), (5, 10, 3))
    ((0, 5), (6, 8), (0, 3))
    >>> needed(((4, 6),), (Follow(0, halo=3),), (7,))
    ((1, 7),)
    """
    parts = []
    for axis_map, length in zip(maps, shape, strict=True):
        if axis_map is None:
            parts.append((0, length))
        elif axis_map.axis is None:
            parts.append((axis_map.start, axis_map.start + 1))
        else:
            low, high = region[axis_map.axis]
            if (axis_map.start, axis_map.step, axis_map.halo) == (
                0,
                1,
                0,
            ) and 0 <= low < high <= length:
                parts.append((low, high))
                continue
            first = axis_map.start + axis_map.step * low
            last = axis_map.start + axis_map.step * (high - 1)
            first, last = min(first, last) - axis_map.halo, max(first, last) + 1 + axis_map.halo
            if high <= low:
                last = first
            # A halo ends with the image: what lies beyond is up to the filter's mode.
            parts.append((min(max(first, 0), length), max(min(last, length), 0)))
    return tuple(parts)


# A formula asks for few different ones, and equal maps that are one object are compared at once.
@lru_cache(maxsize=256)
def broadcast_maps(shape: tuple[int, ...], result: tuple[int, ...]) -> tuple[AxisMap, ...]:
    """Return how an operand of `shape` follows a result that it is broadcast to."""
    return tuple(Follow(k) if n == result[k] else Follow(None, 0) for k, n in enumerate(shape))


def covering(first: Region, second: Region) -> Region:
    """Return the smallest region that contains two regions."""
    if is_empty(first):
        return second
    if is_empty(second):
        return first
    return tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(first, second, strict=True))


def local(region: Region, frame: Region) -> tuple[slice, ...]:
    """Return the slices that take `region` out of an array that holds `frame`."""
    return tuple(
        slice(low - base, high - base)
        for (low, high), (base, _) in zip(region, frame, strict=True)
    )


def flat_range(region: Region, shape: Sequence[int]) -> tuple[int, int, Region]:
    """Return the shortest run of a Fortran-ordered array that contains a region.

    Returns
    -------
    start, stop : int
        The run, in elements from the begin of the array.
    frame : Region
        The region that the run holds, F-contiguous.

    Examples
    --------
    >>> flat_range(((1, 3), (0, 2), (4, 5)), (4, 2, 9))
    (32, 40, ((0, 4), (0, 2), (4, 5)))
    """
    # The last axis of which more than one index is needed: axes below it are taken whole.
    top = max((k for k, (low, high) in enumerate(region) if high - low > 1), default=0)
    frame = tuple((0, shape[k]) if k < top else region[k] for k in range(len(shape)))
    start = stop = 0
    stride = 1
    for (low, high), length in zip(frame, shape, strict=True):
        start += low * stride
        stop += (high - 1) * stride
        stride *= length
    return start, stop + 1, frame


def contiguous_runs(region: Region, shape: Sequence[int]) -> Iterator[Region]:
    """Yield the parts of a region that are contiguous in file order."""
    _, _, frame = flat_range(region, shape)
    if frame == region:
        yield region
        return
    top = max(k for k in range(len(shape)) if region[k][1] - region[k][0] > 1)
    low, high = region[top]
    for k in range(low, high):
        yield from contiguous_runs((*region[:top], (k, k + 1), *region[top + 1 :]), shape)


def span_of(regions: Sequence[Region], shape: Sequence[int]) -> tuple[int, int] | None:
    """Return the run of elements that covers regions of a stream."""
    filled = [region for region in regions if elements(region)]
    if not filled:
        return None
    joint = filled[0]
    for region in filled[1:]:
        joint = covering(joint, region)
    start, stop, _ = flat_range(joint, shape)
    return start, stop


def plane_axes(domain: Sequence[int]) -> int:
    """Return how many leading axes form a plane, which is never cut when it is reduced away.

    A plane of an image is a slice: some ten thousand voxels, which is small enough to be at hand
    and large enough for NumPy. Of an array of two axes it is a column, so that the other axis
    can be cut.
    """
    return min(2, max(len(domain) - 1, 1))
