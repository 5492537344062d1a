"""Elements that are picked: what stands in brackets, and np.take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.fuzz.reference.alignment import single_end, without_end
from tests.fuzz.reference.calls import listed
from tests.fuzz.reference.lanes import (
    axis_number,
    moved,
    whole_number,
)
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    integers,
    number,
    valued,
)


@listed
def _take(rounding: Rounding, a: Any, indices: Any, axis: Any = None) -> Value:
    value = valued(a)
    where = valued(indices)
    if where.kind != "i":
        raise RefusedError("positions are whole numbers")
    if where.ndim > 1:
        return looked_up(value, where)
    if axis is None:
        raise RefusedError("np.take needs an axis")
    k = axis_number(axis, value.ndim)
    return taken(value, where.data.astype(int), k)


def taken(value: Value, positions: np.ndarray, k: int) -> Value:
    """Take elements along an axis; a regular subset keeps what the axis is."""
    length = value.shape[k]
    if any(not -length <= p < length for p in positions.ravel()):
        raise RefusedError("outside of the axis")
    data = np.take(value.data, positions, axis=k)
    axes = list(value.axes)
    if not positions.ndim:
        del axes[k]
        return moved(value, data, axes)
    steps = set(np.diff(positions % length).tolist())
    regular = len(positions) == 1 or (len(steps) == 1 and 0 not in steps)
    if not regular and axes[k] != "t":
        axes[k] = None  # only time knows the places of volumes that are not evenly spaced
    return moved(value, data, axes)


def looked_up(table: Value, labels: Value) -> Value:
    """Replace labels by entries of a list of numbers."""
    entries = len(table.data)
    if any(not -entries <= v < entries for v in integers(labels.data).ravel()):
        raise RefusedError("a label is not in the list")
    return Value(table.data[labels.data.astype(int)], labels.axes, table.single)


def indexed(value: Value, items: Sequence[Any]) -> Value:
    """Return ``value[items]``."""
    if len(items) == 1 and isinstance(items[0], Value) and items[0].ndim:
        return _by_array(value, items[0])
    items = _without_ellipsis(value.ndim, items)
    axes: list[str | None] = []
    plain: list[Any] = []
    later: tuple[int, np.ndarray] | None = None
    k = 0
    for item in items:
        if item is None:
            axes.append(None)
            plain.append(None)
            continue
        if isinstance(item, slice):
            plain.append(item)
            axes.append(value.axes[k])
        elif isinstance(item, list):
            later = (len(axes), np.array([whole_number(i) for i in item]))
            plain.append(slice(None))
            axes.append(value.axes[k])
        else:
            plain.append(whole_number(item))
        k += 1
    try:
        data = value.data[tuple(plain)]
    except IndexError as error:
        raise RefusedError(str(error)) from None
    if not isinstance(data, np.ndarray):
        data = number(data)
    if not data.size:
        raise RefusedError("a slice is empty")
    result = Value(data, tuple(axes), value.single)
    return result if later is None else taken(result, later[1], later[0])


def _without_ellipsis(ndim: int, items: Sequence[Any]) -> list[Any]:
    named = sum(item is not None and item is not ... for item in items)
    if named > ndim:
        raise RefusedError("too many indices")
    everything = [slice(None)] * (ndim - named)
    at = next((k for k, item in enumerate(items) if item is ...), len(items))
    return [*items[:at], *everything, *items[at + 1 :]]


def _by_array(value: Value, index: Value) -> Value:
    if index.kind != "b":
        return looked_up(value, index)
    while index.ndim > 1 and index.shape != value.shape[: index.ndim] and single_end(index):
        index = without_end(index)
    if index.shape != value.shape[: index.ndim]:
        raise RefusedError("the mask does not fit")
    data = value.data[index.data]
    rest = value.axes[index.ndim :]
    return Value(data, (None, *rest), value.single, selected=True)
