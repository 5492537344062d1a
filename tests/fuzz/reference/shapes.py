"""Axes that are re-arranged, and elements that are moved along them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.reference.calls import listed
from tests.fuzz.reference.lanes import (
    SPACE,
    axis_number,
    axis_numbers,
    moved,
    whole_number,
)
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    floats,
    promoted,
    valued,
    widened,
)


@listed
def _squeeze(rounding: Rounding, a: Any, axis: Any = None) -> Value:
    value = valued(a)
    gone = [k for k, n in enumerate(value.shape) if n == 1]
    if axis is not None:
        gone = list(axis_numbers(axis, value.ndim))
    axes = [name for k, name in enumerate(value.axes) if k not in gone]
    return moved(value, np.squeeze(value.data, tuple(gone)), axes)


@listed
def _expand_dims(rounding: Rounding, a: Any, axis: Any) -> Value:
    value = valued(a)
    more = len(axis) if isinstance(axis, list | tuple) else 1
    places = axis_numbers(axis, value.ndim + more)
    names = iter(value.axes)
    axes = [None if k in places else next(names) for k in range(value.ndim + more)]
    return moved(value, np.expand_dims(value.data, places), axes)


@listed
def _transpose(rounding: Rounding, a: Any, axes: Any = None) -> Value:
    value = valued(a)
    order = tuple(range(value.ndim))[::-1] if axes is None else axis_numbers(axes, value.ndim)
    return moved(value, value.data.transpose(order), [value.axes[k] for k in order])


@listed
def _swapaxes(rounding: Rounding, a: Any, axis1: Any, axis2: Any) -> Value:
    value = valued(a)
    j, k = axis_number(axis1, value.ndim), axis_number(axis2, value.ndim)
    order = list(range(value.ndim))
    order[j], order[k] = k, j
    return _transpose(rounding, value, order)


@listed
def _moveaxis(rounding: Rounding, a: Any, source: Any, destination: Any) -> Value:
    value = valued(a)
    pair = [axis_numbers(x, value.ndim) for x in (source, destination)]
    marked = np.moveaxis(np.empty(tuple(range(2, value.ndim + 2))), *pair).shape
    return _transpose(rounding, value, [n - 2 for n in marked])


@listed
def _flip(rounding: Rounding, m: Any, axis: Any = None) -> Value:
    value = valued(m)
    return moved(value, np.flip(value.data, axis_numbers(axis, value.ndim)), value.axes)


@listed
def _ravel(rounding: Rounding, a: Any) -> Value:
    value = valued(a)
    if value.ndim < 2:
        return value
    return Value(value.data.ravel(), (None,), value.single, selected=True)


@listed
def _reshape(rounding: Rounding, a: Any, shape: Any) -> Value:
    value = valued(a)
    lengths = [whole_number(n) for n in (shape if isinstance(shape, list | tuple) else [shape])]
    data = value.data.reshape(lengths)
    return Value(data, (None,) * data.ndim, value.single, selected=data.ndim == 1)


@listed
def _roll(rounding: Rounding, a: Any, shift: Any, axis: Any = None) -> Value:
    value = valued(a)
    if axis is None:
        raise RefusedError("np.roll needs an axis")
    places = [axis_number(k, value.ndim) for k in (axis if isinstance(axis, list) else [axis])]
    shifts = [whole_number(s) for s in (shift if isinstance(shift, list) else [shift])]
    shifts = shifts * len(places) if len(shifts) == 1 else shifts
    data = np.roll(value.data, shifts, places)
    names = list(value.axes)
    for k in places:
        by = sum(s for s, place in zip(shifts, places, strict=True) if place == k)
        if by % value.shape[k] and names[k] not in (*SPACE, "t"):
            names[k] = None
    return moved(value, data, names)


@listed
def _diff(rounding: Rounding, a: Any, n: Any = 1, axis: Any = -1) -> Value:
    value = valued(a)
    k = axis_number(axis, value.ndim)
    data = value.data
    for _ in range(whole_number(n)):
        if data.shape[k] < 2:
            raise RefusedError("nothing is left")
        data = widened(np.diff(data, axis=k))
        data = rounding.integer(data) if data.dtype == object else data
        data = rounding.shaken(data, value.single)
    return moved(value, data, value.axes)


@listed
def _gradient(rounding: Rounding, f: Any, spacing: Any = 1, axis: Any = None) -> Value:
    value = valued(f)
    if axis is None:
        raise RefusedError("np.gradient needs an axis")
    k = axis_number(axis, value.ndim)
    data = rounding.shaken(floats(value.data), value.single)
    result = np.gradient(data, float(valued(spacing).data), axis=k)
    return moved(value, rounding.shaken(result, value.single), value.axes)


@listed
def _pad(rounding: Rounding, array: Any, pad_width: Any, constant_values: Any = 0) -> Value:
    value, fill = valued(array), valued(constant_values)
    data, filled = promoted([value.data, fill.data])
    result = np.pad(data, pad_width, constant_values=filled.item())
    return moved(value, rounding.shaken(result, value.single, 1), value.axes)


@listed
def _repeat(rounding: Rounding, a: Any, repeats: Any, axis: Any = None) -> Value:
    value = valued(a)
    if axis is None:
        raise RefusedError("np.repeat needs an axis")
    k = axis_number(axis, value.ndim)
    return moved(value, np.repeat(value.data, whole_number(repeats), axis=k), value.axes)


@listed
def _tile(rounding: Rounding, A: Any, reps: Any) -> Value:  # noqa: N803
    value = valued(A)
    counts = [whole_number(n) for n in (reps if isinstance(reps, list | tuple) else [reps])]
    counts = [1] * (value.ndim - len(counts)) + counts
    names = [None] * (len(counts) - value.ndim) + list(value.axes)
    axes = [name if n == 1 else None for name, n in zip(names, counts, strict=True)]
    return moved(value, np.tile(value.data, counts), axes)
