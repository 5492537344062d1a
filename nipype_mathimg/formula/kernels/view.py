"""Views of blocks: slices, flips, transpositions, new axes of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Broadcast", "Layout", "View", "is_identity", "joined_layout"]

Layout = Sequence[tuple[int | None, int, int, int]]
"""For every axis of a view: the operand's axis that it runs along (None for a new one), the first
index on it, the step and the length."""


class View(Frozen, Kernel):
    """Shows an operand with its axes re-arranged; costs no memory.

    Parameters
    ----------
    layout : Layout
        Where the axes of the view run.
    """

    name = "view"
    layout: Layout

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Take a view of the operand's block."""
        array, frame = np.asarray(blocks[0]), regions[0]
        index: list[slice | int] = [0] * array.ndim
        order: list[int] = []
        for k, (axis, start, step, _) in enumerate(self.layout):
            if axis is not None:
                index[axis] = _local_slice(out[k], start, step, frame[axis][0])
                order.append(axis)
        taken = [axis for axis, item in enumerate(index) if isinstance(item, slice)]
        result = array[tuple(index)].transpose([taken.index(axis) for axis in order])
        new = tuple(k for k, (axis, _, _, _) in enumerate(self.layout) if axis is None)
        return np.expand_dims(result, new) if new else result


class Broadcast(Frozen, Kernel):
    """Repeats an operand along axes of length 1; costs no memory."""

    name = "broadcast"

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the operand's block in the shape of the result's."""
        return np.broadcast_to(blocks[0], shape_of(out))


def is_identity(layout: Layout, shape: tuple[int, ...]) -> bool:
    """Tell whether a view shows everything in its place."""
    return tuple(layout) == tuple((k, 0, 1, length) for k, length in enumerate(shape))


def joined_layout(first: Layout, second: Layout, shape: tuple[int, ...]) -> Layout | None:
    """Return the view that two transpositions are together; None where one is more than that.

    Parameters
    ----------
    first, second : Layout
        The one of an array, and the one of what it shows.
    shape : tuple of int
        Of the array.
    """
    lengths = tuple(length for _, _, _, length in first)
    if not (_is_transposition(first, shape) and _is_transposition(second, lengths)):
        return None
    return tuple(first[axis] for axis, _, _, _ in second if axis is not None)


def _is_transposition(layout: Layout, shape: tuple[int, ...]) -> bool:
    """Tell whether a view shows everything, perhaps with its axes in another order."""
    if len(layout) != len(shape):
        return False
    parts = {axis: part for axis, *part in layout if axis is not None}
    return all(parts.get(k) == [0, 1, length] for k, length in enumerate(shape))


def _local_slice(part: tuple[int, int], start: int, step: int, base: int) -> slice:
    low, high = part
    first = start + step * low - base
    last = start + step * (high - 1) - base
    if high <= low:
        return slice(0, 0)
    # Backwards to the first element the stop would be -1, which to Python is the last one.
    stop = last + (1 if step > 0 else -1)
    return slice(first, None if stop < 0 else stop, step)
