"""Positions and order statistics."""

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


def _position(name: str) -> None:
    def evaluate(rounding: Rounding, a: Any, axis: Any = None, keepdims: Any = False) -> Value:
        value = valued(a)
        if not value.ndim:
            raise RefusedError("a number has no axes")
        if value.kind == "c":
            raise RefusedError("complex numbers have no order")
        if value.selected:
            raise UndecidedError("a position within a selection")
        axes = axis_numbers(axis, value.ndim)
        if len(axes) not in (1, value.ndim):
            raise RefusedError("one axis, or all")
        lanes = lanes_of(value.data, axes)
        if value.kind == "b":
            lanes = lanes.astype(int)
        if value.kind == "i":
            plain = name.removeprefix("nan")
            pick = min if plain == "argmin" else max
            rows = lanes.reshape(-1, lanes.shape[-1]).tolist()
            found = np.array([row.index(pick(row)) for row in rows]).reshape(lanes.shape[:-1])
        else:
            found = getattr(np, name)(lanes, axis=-1)
        return finished(rounding, value, axes, found, keepdims)

    CALLS[name] = evaluate


for _name in ("argmin", "argmax", "nanargmin", "nanargmax"):
    _position(_name)


def _ranked(lane: np.ndarray, quantile: float, skip: bool) -> float:
    """Interpolate between order statistics; a neighbour with the weight 0 does not count.

    NumPy multiplies an infinite neighbour by 0, which gives NaN.
    """
    lane = np.sort(lane)
    missing = np.isnan(lane).sum()
    if missing and not skip:
        return np.nan
    lane = lane[: len(lane) - missing]
    if not len(lane):
        return np.nan
    position = quantile * (len(lane) - 1)
    low = int(position)
    a, b = lane[low], lane[min(low + 1, len(lane) - 1)]
    fraction = position - low
    if fraction == 0 or a == b:
        return float(a)
    if np.isinf(a) or np.isinf(b):
        return float(a + b)
    return float(a * (1 - fraction) + b * fraction)


def _quantiles(name: str, top: float | None, skip: bool) -> None:
    def evaluate(rounding: Rounding, a: Any, *args: Any, **kwargs: Any) -> Value:
        given = list(args)
        q: Any = 0.5
        if top is not None:
            q = kwargs.pop("q") if "q" in kwargs else given.pop(0)
        return _order(rounding, name, a, _fractions(q, top or 1.0), skip, *given, **kwargs)

    CALLS[name] = evaluate


def _fractions(q: Any, top: float) -> tuple[list[float], bool]:
    several = isinstance(q, list | tuple)
    numbers = [float(valued(item).data) / top for item in (q if several else [q])]
    if any(not 0 <= number <= 1 for number in numbers):
        raise RefusedError("q is out of range")
    return numbers, several


def _order(
    rounding: Rounding,
    name: str,
    a: Any,
    fractions: tuple[list[float], bool],
    skip: bool,
    axis: Any = None,
    keepdims: Any = False,
) -> Value:
    value = valued(a)
    if not value.ndim:
        raise RefusedError("a number has no axes")
    if value.kind == "c":
        raise RefusedError("complex numbers have no order")
    axes = axis_numbers(axis, value.ndim)
    lanes = rounding.wide(floats(lanes_of(value.data, axes)))
    rows = lanes.reshape(-1, lanes.shape[-1])
    numbers, several = fractions
    found = [np.array([_ranked(row, q, skip) for row in rows]) for q in numbers]
    images = [part.reshape(lanes.shape[:-1]) for part in found]
    if not several:
        return finished(rounding, value, axes, images[0], keepdims)
    if keepdims:
        raise UndecidedError("keepdims with several quantiles")
    one = finished(rounding, value, axes, images[0], False)
    data = rounding.shaken(np.stack(images), value.single)
    return Value(data, (None, *one.axes), value.single)


for _nan in ("", "nan"):
    _quantiles(_nan + "median", None, bool(_nan))
    _quantiles(_nan + "percentile", 100.0, bool(_nan))
    _quantiles(_nan + "quantile", 1.0, bool(_nan))
