"""Sums, spreads, extremes and truths: exact for integers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from tests.fuzz.reference.calls import CALLS
from tests.fuzz.reference.lanes import axis_numbers, finished, lanes_of, some
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    boxed,
    floats,
    integers,
    valued,
)


def _reduction(
    name: str,
    exact: Callable[[list[Any]], Any],
    inexact: Callable[[np.ndarray], np.ndarray],
    *,
    real: bool = False,
) -> None:
    """Add a reduction of lanes.

    `exact` takes the integers of a lane as a list; `inexact` reduces the last axis of floats.
    """

    def evaluate(
        rounding: Rounding,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        keepdims: Any = False,
    ) -> Value:
        value = valued(a)
        if dtype is not None:
            value = CALLS["astype"](rounding, value, dtype)
        if not value.ndim:
            raise RefusedError("a number has no axes")
        if real and value.kind == "c":
            raise RefusedError("complex numbers have no order")
        axes = axis_numbers(axis, value.ndim)
        lanes = some(lanes_of(value.data, axes))
        if value.kind == "b" and name in ("min", "max", "nanmin", "nanmax"):
            result = getattr(np, name)(lanes, axis=-1)
        elif value.kind in "bi":
            # A mean adds in float64, which has no digit of 64-bit integers that cancel.
            lanes = rounding.integer(integers(lanes)) if name.endswith("mean") else lanes
            rows = integers(lanes).reshape(-1, lanes.shape[-1]).tolist()
            found = [exact(row) for row in rows]
            whole = all(isinstance(v, int) for v in found)
            result = boxed(found, lanes.shape[:-1]) if whole else np.array(found, float)
            result = result.reshape(lanes.shape[:-1])
        else:
            values = rounding.wide(floats(lanes))
            if "prod" in name:
                # Once a part of a product is infinite, a later 0 makes it NaN.
                values = rounding.reordered(values)
            result = inexact(values)
        return finished(rounding, value, axes, result, keepdims)

    CALLS[name] = evaluate


def _product(row: list[int]) -> int:
    result = 1
    for v in row:
        result *= v
    return result


def _mean(row: list[int]) -> float:
    return sum(row) / len(row)


def _by_numpy(name: str) -> Callable[[np.ndarray], np.ndarray]:
    return lambda lanes: getattr(np, name)(lanes, axis=-1)


_EXACT: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum, "prod": _product, "mean": _mean, "min": min, "max": max,
}  # fmt: skip
for _name, _function in _EXACT.items():
    for _nan in ("", "nan"):
        _reduction(_nan + _name, _function, _by_numpy(_nan + _name), real=_name in ("min", "max"))


def _plain(name: str, function: Callable[[Rounding, Value, tuple[int, ...]], Any]) -> None:
    def evaluate(rounding: Rounding, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
        value = valued(a)
        if not value.ndim:
            raise RefusedError("a number has no axes")
        axes = axis_numbers(axis, value.ndim)
        return finished(rounding, value, axes, function(rounding, value, axes), keepdims)

    CALLS[name] = evaluate


def _truths(data: np.ndarray) -> np.ndarray:
    return data.astype(bool)


_plain("any", lambda r, v, axes: some(lanes_of(_truths(v.data), axes)).any(axis=-1))
_plain("all", lambda r, v, axes: some(lanes_of(_truths(v.data), axes)).all(axis=-1))
_plain("count_nonzero", lambda r, v, axes: lanes_of(_truths(v.data), axes).sum(axis=-1))


def _ptp(rounding: Rounding, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
    high, low = (CALLS[name](rounding, a, axis, keepdims=keepdims) for name in ("max", "min"))
    return CALLS["subtract"](rounding, high, low)


CALLS["ptp"] = _ptp


def _spread(name: str, skip: bool, root: bool) -> None:
    def evaluate(
        rounding: Rounding,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Value:
        value = valued(a)
        if dtype is not None:
            value = CALLS["astype"](rounding, value, dtype)
        if not value.ndim:
            raise RefusedError("a number has no axes")
        axes = axis_numbers(axis, value.ndim)
        lanes, less = lanes_of(value.data, axes), float(valued(ddof).data)
        if value.kind in "bi" and rounding.rng is None:
            rows = integers(lanes).reshape(-1, lanes.shape[-1]).tolist()
            result = np.array([_variance(row, less) for row in rows]).reshape(lanes.shape[:-1])
        else:
            function = np.nanvar if skip else np.var
            result = function(rounding.wide(floats(lanes)), axis=-1, ddof=less)
        result = np.sqrt(result) if root else result
        return finished(rounding, value, axes, result, keepdims)

    CALLS[name] = evaluate


def _variance(row: list[int], ddof: float) -> float:
    n = len(row)
    squares = Fraction(n * sum(v * v for v in row) - sum(row) ** 2, n)
    if n - ddof > 0:
        return float(squares / Fraction(n - ddof))
    with np.errstate(all="ignore"):
        return float(np.float64(float(squares)) / max(n - ddof, 0))


for _nan in ("", "nan"):
    _spread(_nan + "var", bool(_nan), root=False)
    _spread(_nan + "std", bool(_nan), root=True)
