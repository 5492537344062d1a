"""Reductions of several operands: weighted means, norms, correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.reference.calls import CALLS
from tests.fuzz.reference.lanes import axis_numbers, finished, lanes_of
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    UndecidedError,
    Value,
    floats,
    valued,
)


def _average(
    rounding: Rounding, a: Any, axis: Any = None, weights: Any = None, keepdims: Any = False
) -> Value:
    if weights is None:
        return CALLS["mean"](rounding, a, axis, keepdims=keepdims)
    value, weight = valued(a), valued(weights)
    axes = axis_numbers(axis, value.ndim)
    if weight.shape == value.shape:
        spread = weight.data
    elif weight.ndim == 1 and len(axes) == 1 and weight.shape[0] == value.shape[axes[0]]:
        shape = [1] * value.ndim
        shape[axes[0]] = weight.shape[0]
        spread = np.broadcast_to(weight.data.reshape(shape), value.shape)
    else:
        raise UndecidedError("weights of another shape")
    numbers, loads = (rounding.wide(floats(lanes_of(x, axes))) for x in (value.data, spread))
    total = loads.sum(axis=-1)
    result = np.asarray((numbers * loads).sum(axis=-1) / total)
    merged = Value(value.data, value.axes, value.single or weight.single)
    return finished(rounding, merged, axes, result, keepdims)


CALLS["average"] = _average


def _norm(
    rounding: Rounding,
    x: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = False,
) -> Value:
    value = valued(x)
    if not value.ndim:
        raise RefusedError("a number has no axes")
    axes = axis_numbers(axis, value.ndim)
    lanes = rounding.wide(floats(lanes_of(value.data, axes)))
    squares = np.abs(lanes) ** 2
    return finished(rounding, value, axes, np.sqrt(squares.sum(axis=-1)), keepdims)


CALLS["linalg.norm"] = _norm


def _corrcoef(rounding: Rounding, x: Any, y: Any = None) -> Value:
    pair = [valued(v) for v in (x, y)]
    if any(v.kind == "c" for v in pair) or any(v.ndim != 1 for v in pair):
        raise UndecidedError("np.corrcoef of more than two lists")
    if pair[0].shape != pair[1].shape:
        raise RefusedError("lists of different lengths")
    first, second = (rounding.wide(floats(v.data)) for v in pair)
    centred = [v - v.mean() for v in (first, second)]
    spreads = [np.sqrt((v * v).mean()) for v in centred]
    r = np.clip((centred[0] * centred[1]).mean() / spreads[0] / spreads[1], -1, 1)
    one = spreads[0] / spreads[0]
    data = rounding.shaken(np.array([[one, r], [r, one]]), False, 64)
    return Value(data, (None, None))


CALLS["corrcoef"] = _corrcoef
