"""Axes of length 1 at the end of an image, which are the same as none, and lists of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.spec import AXIS_NAMES, SPACE, Axis

__all__ = ["is_list", "single_end", "single_ends"]

Shape = tuple[int, ...]
Axes = tuple[Axis, ...]

LATER = AXIS_NAMES[len(SPACE) :]
"""The axes of an image behind x, y and z."""


def single_ends(shapes: Sequence[Shape], axes: Sequence[Axes]) -> list[list[int]]:
    """Return, for each operand, the axes of length 1 at its end that are the same as none.

    Those of images, behind x, y and z, that some other array does not have. An axis that the
    formula made (``[..., None]``, ``keepdims=True``) is meant.
    """
    ends = [
        range(single_end(shape, own), len(shape)) for shape, own in zip(shapes, axes, strict=True)
    ]
    if not any(ends):
        return [[] for _ in ends]
    others = [
        {axis.source for axis in own}
        for shape, own in zip(shapes, axes, strict=True)
        if shape and not is_list(shape, own)
    ]
    everywhere = set.intersection(*others) if others else set()
    lists = any(is_list(shape, own) for shape, own in zip(shapes, axes, strict=True))
    result = []
    for own, end in zip(axes, ends, strict=True):
        kept = [k for k in end if own[k].source in everywhere or lists]
        result.append([k for k in end if not kept or k > kept[-1]])
    return result


def single_end(shape: Shape, axes: Axes) -> int:
    """Return where the axes of length 1 begin at the end that are axes of an image behind z."""
    end = len(shape)
    while end and shape[end - 1] == 1 and axes[end - 1].source in LATER:
        end -= 1
    return end


def is_list(shape: Shape, axes: Axes) -> bool:
    """Tell whether an array is a list of numbers, which belongs to no axis of an image."""
    return len(shape) == 1 and axes[0].source is None
