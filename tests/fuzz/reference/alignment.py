"""The documented rule of axes: images of different numbers of axes align by what the axes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tests.fuzz.reference.values import NAMES, RefusedError, UndecidedError, Value

__all__ = ["SPACE", "UNSURE", "aligned", "single_end", "without_end"]

SPACE, LATER = NAMES[:3], NAMES[3:]

UNSURE = "?"
"""Ends the name of an axis of which the reference does not know whether it still has it."""


def aligned(values: Sequence[Value]) -> list[Value]:
    """Give arrays one number of axes; values of equal numbers of axes meet as in NumPy.

    A list of numbers goes along t, or along the axis that is none of x, y, z; otherwise what has
    no names aligns from the end, as in NumPy. An axis of length 1 that an image has behind x, y, z
    is the same as none.
    """
    values = _without_ends(_decided(values))
    arrays = [v for v in values if v.ndim]
    if len({v.selected for v in arrays}) > 1:
        raise UndecidedError("a selection of voxels meets something else")
    frame = _frame(arrays) if len({v.ndim for v in arrays}) > 1 else None
    placed = [v if frame is None or not v.ndim else _placed(v, frame) for v in values]
    _check(placed)
    return placed


def _decided(values: Sequence[Value]) -> list[Value]:
    """Forget names that are not sure, where they do not matter."""
    arrays = [v for v in values if v.ndim]
    unsure = [str(name) for v in arrays for name in v.axes if str(name).endswith(UNSURE)]
    if unsure and (len({v.ndim for v in arrays}) > 1 or any(v.shape[-1] == 1 for v in arrays)):
        raise UndecidedError("an axis that was transformed and transformed back")
    return [replace(v, axes=tuple(None if n in unsure else n for n in v.axes)) for v in values]


def single_end(value: Value) -> bool:
    """Tell whether the last axis is one of an image behind x, y, z, and has the length 1."""
    return value.ndim > 0 and value.shape[-1] == 1 and value.axes[-1] in LATER


def without_end(value: Value) -> Value:
    """Return a value without its last axis, which has the length 1."""
    return replace(value, data=value.data[..., 0], axes=value.axes[:-1])


def _without_ends(values: Sequence[Value]) -> list[Value]:
    """Drop the axes of length 1 at the end that some other array does not have."""
    lists = [v for v in values if _is_list(v)]
    images = [set(v.axes) for v in values if v.ndim and not _is_list(v)]
    everywhere = set.intersection(*images) if images else set()
    result = []
    for value in values:
        while not lists and single_end(value) and value.axes[-1] not in everywhere:
            value = without_end(value)
        result.append(value)
    return result


def _is_list(value: Value) -> bool:
    return value.ndim == 1 and value.axes[0] is None


def _place_of_list(frame: Sequence[tuple[str | None, int]]) -> int:
    later = [k for k, (name, _) in enumerate(frame) if name not in SPACE]
    long = [k for k in later if frame[k][1] > 1]
    times = [k for k in long if frame[k][0] == "t"]
    if not later:
        raise RefusedError("a list of numbers runs along t, which the image does not have")
    return (times or long or later)[-1]


def _named(value: Value) -> bool:
    return None not in value.axes and len(set(value.axes)) == len(value.axes)


def _frame(arrays: Sequence[Value]) -> list[tuple[str | None, int]]:
    """Return the axes, with their lengths, in which all arrays find a place."""
    longest = max(arrays, key=lambda v: v.ndim)
    frame = list(zip(longest.axes, longest.shape, strict=True))
    others = [
        (name, n)
        for v in arrays
        for name, n in zip(v.axes, v.shape, strict=True)
        if name is not None and name not in longest.axes
    ]
    if not others:
        return frame
    if not _named(longest):
        raise UndecidedError("axes without names beside axes that are missing")
    order = [NAMES.index(str(name)) for name in longest.axes]
    if order != sorted(order):
        raise UndecidedError("axes in another order beside axes that are missing")
    merged = dict(frame)
    merged.update(others)
    return sorted(merged.items(), key=lambda item: NAMES.index(str(item[0])))


def _placed(value: Value, frame: Sequence[tuple[str | None, int]]) -> Value:
    names = [name for name, _ in frame]
    if list(value.axes) == names and value.ndim == len(frame):
        return value
    if _named(value) and all(name in names for name in value.axes):
        places = [names.index(name) for name in value.axes]
        if places != sorted(places):
            raise RefusedError("the axes are in different orders")
    elif value.ndim == 1 and value.axes[0] is None:
        places = [_place_of_list(frame)]
    elif value.ndim == len(frame):
        places = list(range(value.ndim))
    elif not any(value.axes):
        places = list(range(len(frame) - value.ndim, len(frame)))
    else:
        raise UndecidedError("some axes have a name, others none, and the numbers of axes differ")
    shape = [1] * len(frame)
    axes: list[str | None] = [None] * len(frame)
    for own, place in enumerate(places):
        shape[place] = value.shape[own]
        axes[place] = value.axes[own]
    return replace(value, data=value.data.reshape(shape), axes=tuple(axes))


def _check(values: Sequence[Value]) -> None:
    arrays = [v for v in values if v.ndim]
    try:
        np.broadcast_shapes(*(v.shape for v in arrays))
    except ValueError as error:
        raise RefusedError(str(error)) from None
    for k in range(max((v.ndim for v in arrays), default=0)):
        names = {v.axes[k] for v in arrays if v.shape[k] > 1 and v.axes[k] is not None}
        if len(names) > 1:
            raise RefusedError(f"the axes {names} meet")
