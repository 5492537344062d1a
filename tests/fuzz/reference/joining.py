"""New arrays, and arrays that are joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tests.fuzz.reference.alignment import SPACE, aligned, single_end, without_end
from tests.fuzz.reference.calls import CALLS, aligned_axes_of, listed
from tests.fuzz.reference.lanes import (
    axis_number,
)
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    UndecidedError,
    Value,
    promoted,
    valued,
)


def _full(fill: Any) -> Callable[..., Value]:
    def evaluate(rounding: Rounding, a: Any, *args: Any, dtype: Any = None) -> Value:
        value = valued(a)
        given = list(args)
        wanted = valued(given.pop(0) if fill is None else fill)
        dtype = given.pop(0) if given else dtype
        kind = promoted([value.data, wanted.data])[1].dtype
        number = int(wanted.data) if kind.kind == "O" else wanted.data.astype(kind)
        data = np.full(value.shape, number, dtype=kind)
        result = Value(data, value.axes, value.single)
        return result if dtype is None else CALLS["astype"](rounding, result, dtype)

    return evaluate


CALLS.update(zeros_like=_full(0), ones_like=_full(1), full_like=_full(None))


@listed
def _array(rounding: Rounding, a: Any, dtype: Any = None) -> Value:
    value = _stack(rounding, a) if isinstance(a, list) and _images(a) else valued(a)
    return value if dtype is None else CALLS["astype"](rounding, value, dtype)


def _images(items: Sequence[Any]) -> bool:
    return any(isinstance(item, Value) and item.ndim for item in items)


# Joined


def _items(arrays: Any) -> list[Value]:
    if isinstance(arrays, Value):
        return [
            Value(arrays.data[k], arrays.axes[1:], arrays.single) for k in range(arrays.shape[0])
        ]
    return [valued(item) for item in arrays]


def _as_one_kind(items: Sequence[Value]) -> list[Value]:
    data = promoted([v.data for v in items])
    return [replace(v, data=d) for v, d in zip(items, data, strict=True)]


@listed
def _stack(rounding: Rounding, arrays: Any, axis: Any = 0) -> Value:
    items = aligned(_as_one_kind(_items(arrays)))
    if len({v.shape for v in items}) > 1:
        raise UndecidedError("np.stack of arrays of different shapes")
    k = axis_number(axis, items[0].ndim + 1)
    while k > len(SPACE) and all(single_end(v) for v in items):
        items = [without_end(v) for v in items]
        k = min(k, items[0].ndim)
    ndim = items[0].ndim + 1
    axes = list(aligned_axes_of(items, ndim - 1))
    if any(
        None not in (a, b) and a != b for v in items for a, b in zip(v.axes, axes, strict=True)
    ):
        raise UndecidedError("np.stack of arrays with different axes")
    axes.insert(k, None)
    data = np.stack([v.data for v in items], axis=k)
    single = any(v.single for v in items)
    return Value(rounding.shaken(data, single, 1), tuple(axes), single)


@listed
def _concatenate(rounding: Rounding, arrays: Any, axis: Any = 0) -> Value:
    items = _as_one_kind(_items(arrays))
    if not items[0].ndim or len({v.ndim for v in items}) > 1:
        raise RefusedError("np.concatenate joins arrays with one number of axes")
    k = axis_number(axis, items[0].ndim)
    data = np.concatenate([v.data for v in items], axis=k)
    if any(
        None not in (a, b) and a != b
        for v in items
        for a, b in zip(v.axes, items[0].axes, strict=True)
    ):
        raise UndecidedError("np.concatenate of arrays with different axes")
    single = any(v.single for v in items)
    return Value(rounding.shaken(data, single, 1), items[0].axes, single)
