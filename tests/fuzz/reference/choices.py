"""Functions that choose, limit, look up and convert, and Python's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tests.fuzz.reference.alignment import aligned
from tests.fuzz.reference.calls import CALLS, listed, made, no_complex
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    each,
    floats,
    integers,
    number,
    promoted,
    valued,
)


@listed
def _where(rounding: Rounding, condition: Any, x: Any, y: Any) -> Value:
    values = aligned([valued(condition), valued(x), valued(y)])
    chosen = promoted([v.data for v in values[1:]])
    truth = values[0].data.astype(bool)
    return made(rounding, values, np.where(truth, *chosen), 0 if chosen[0].dtype == object else 1)


@listed
def _select(rounding: Rounding, condlist: Any, choicelist: Any, default: Any = 0) -> Value:
    result = valued(default)
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = _where(rounding, condition, choice, result)
    return result


@listed
def _clip(
    rounding: Rounding,
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    min: Any = None,
    max: Any = None,
) -> Value:
    low, high = (a_min if a_min is not None else min), (a_max if a_max is not None else max)
    result = valued(a)
    if low is not None:
        result = CALLS["maximum"](rounding, result, low)
    if high is not None:
        result = CALLS["minimum"](rounding, result, high)
    return result


@listed
def _nan_to_num(
    rounding: Rounding,
    x: Any,
    copy: Any = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> Value:
    value = valued(x)
    if value.kind in "bi":
        return value
    # Infinities become the largest number of the file, of float32 or of float64.
    narrow = rounding.rng is None or rounding.rng.random() < 0.5
    largest = np.finfo(np.float32 if narrow else float).max

    def real(part: np.ndarray) -> np.ndarray:
        high = float(largest) if posinf is None else float(valued(posinf).data)
        low = -float(largest) if neginf is None else float(valued(neginf).data)
        part = np.where(np.isnan(part), float(valued(nan).data), part)
        return np.where(part == np.inf, high, np.where(part == -np.inf, low, part))

    data = value.data
    if value.kind == "c":
        found = np.empty_like(data)
        found.real, found.imag = real(data.real), real(data.imag)
    else:
        found = real(data)
    # Nothing is rounded; digits of the largest number are not to be shaken beyond it.
    return replace(value, data=found)


@listed
def _isin(rounding: Rounding, element: Any, test_elements: Any, invert: Any = False) -> Value:
    value, tests = valued(element), valued(test_elements)
    if value.kind in "bi" and tests.kind in "bi":
        wanted = set(integers(tests.data).ravel().tolist())
        found = each(lambda v: v in wanted, integers(value.data)).astype(bool)
    else:
        found = np.isin(*promoted([value.data, tests.data]))
    return made(rounding, [value], found != bool(invert))


@listed
def _isclose(
    rounding: Rounding,
    a: Any,
    b: Any,
    rtol: Any = 1e-05,
    atol: Any = 1e-08,
    equal_nan: Any = False,
) -> Value:
    values = rounding.met(aligned([valued(a), valued(b)]))
    first, second = promoted([*(v.data for v in values), np.zeros((), float)])[:-1]
    rel, tol = (float(valued(v).data) for v in (rtol, atol))
    near = np.isclose(rounding.wide(first), second, rel, tol, equal_nan=bool(equal_nan))
    return made(rounding, values, near)


@listed
def _digitize(rounding: Rounding, x: Any, bins: Any, right: Any = False) -> Value:
    value = valued(x)
    no_complex([value])
    edges = floats(valued(bins).data)
    found = np.digitize(floats(value.data), edges, right=bool(right))
    return made(rounding, [value], found)


@listed
def _interp(
    rounding: Rounding, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None
) -> Value:
    value = valued(x)
    no_complex([value])
    ends = (None if end is None else float(valued(end).data) for end in (left, right))
    points, heights = floats(valued(xp).data), floats(valued(fp).data)
    if np.any(np.diff(points) < 0):
        raise RefusedError("NumPy gives nonsense for positions that fall")
    found = np.interp(floats(value.data), points, heights, *ends)
    return made(rounding, [value], np.asarray(found))


@listed
def _astype(rounding: Rounding, x: Any, dtype: Any) -> Value:
    value, target = valued(x), np.dtype(dtype)
    if target.kind == "b":
        return made(rounding, [value], value.data.astype(bool))
    if target.kind in "iu":
        return made(rounding, [value], _cut(value, target))
    data = value.data
    if value.kind == "c" and target.kind == "f":
        data = data.real
    single = value.single or target in (np.dtype("f4"), np.dtype("c8"))
    data = floats(data).astype(target).astype(complex if target.kind == "c" else float)
    return Value(rounding.shaken(data, single, 1), value.axes, single, value.selected)


def _cut(value: Value, target: np.dtype[Any]) -> np.ndarray:
    """Cut fractions off; refuse what does not fit."""
    if value.kind == "c":
        raise RefusedError("a complex number has no integer")
    if value.kind == "f":
        if not np.isfinite(value.data).all():
            raise RefusedError("no integer holds NaN or infinity")
        result = each(int, value.data)
    else:
        result = integers(value.data)
    info = np.iinfo(target)
    if any(not info.min <= v <= info.max for v in result.ravel()):
        raise RefusedError("a value does not fit")
    return result


def _python_items(a: Any, b: Any) -> list[Any]:
    return list(a) if b is None else [a, b]


def _extreme(name: str) -> Callable[..., Value]:
    def evaluate(rounding: Rounding, a: Any, b: Any = None) -> Value:
        items = _python_items(a, b)
        result = valued(items[0])
        for item in items[1:]:
            result = CALLS[name](rounding, result, item)
        return result

    return evaluate


CALLS["max()"] = _extreme("maximum")
CALLS["min()"] = _extreme("minimum")


def _python_sum(rounding: Rounding, a: Any, b: Any = None) -> Value:
    result = valued(0)
    for item in _python_items(a, b):
        result = CALLS["add"](rounding, result, item)
    return result


CALLS["sum()"] = _python_sum
CALLS["len()"] = lambda rounding, a: Value(
    number(len(a) if isinstance(a, list | tuple) else valued(a).shape[0]), ()
)
