"""What reductions share: named axes, and lanes along what goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    valued,
    widened,
)

__all__ = ["axis_number", "axis_numbers", "finished", "lanes_of", "moved", "some", "whole_number"]

SPACE = ("x", "y", "z")
"""Axes that stay what they are when their values lose their places."""


def axis_number(axis: Any, ndim: int) -> int:
    """Return an axis, counted from the front."""
    k = int(valued(axis).data)
    if not -ndim <= k < ndim:
        raise RefusedError(f"there is no axis {k}")
    return k % ndim


def axis_numbers(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return axes, counted from the front; all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    items = axis if isinstance(axis, list | tuple) else [axis]
    found = tuple(axis_number(item, ndim) for item in items)
    if len(set(found)) < len(found):
        raise RefusedError("an axis is named twice")
    return found


def lanes_of(data: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Return the values with everything that is reduced in the last axis."""
    kept = [k for k in range(data.ndim) if k not in axes]
    moved = data.transpose(*kept, *axes)
    return moved.reshape(*(data.shape[k] for k in kept), -1)


def some(lanes: np.ndarray) -> np.ndarray:
    """Return lanes that hold something: a reduction of nothing is refused."""
    if not lanes.size:
        raise RefusedError("nothing is left to reduce")
    return lanes


def finished(
    rounding: Rounding,
    value: Value,
    axes: Sequence[int],
    result: Any,
    keepdims: Any,
    units: float = 8,
) -> Value:
    data = widened(result)
    if data.dtype == object:
        data = rounding.integer(data)
    names = [value.axes[k] for k in range(value.ndim) if k not in axes]
    if keepdims:
        data = np.expand_dims(data, tuple(axes))
        space = ("x", "y", "z")
        names = [
            (value.axes[k] if value.axes[k] in space else None) if k in axes else value.axes[k]
            for k in range(value.ndim)
        ]
    return Value(rounding.shaken(data, value.single, units), tuple(names), value.single)


def whole_number(x: Any) -> int:
    value = valued(x)
    if value.kind not in "bi" or value.ndim:
        raise RefusedError("this has to be a whole number")
    return int(value.data)


def moved(value: Value, data: np.ndarray, axes: Sequence[str | None]) -> Value:
    return Value(data, tuple(axes), value.single)
