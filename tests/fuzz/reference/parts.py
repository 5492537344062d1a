"""Parts of numbers, rounding, bits that are inverted, gaps between floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.reference.alignment import aligned
from tests.fuzz.reference.calls import CALLS, listed, made, no_complex
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    UndecidedError,
    Value,
    each,
    floats,
    integers,
    valued,
)


@listed
def _absolute(rounding: Rounding, x: Any) -> Value:
    value = valued(x)
    if value.kind == "i":
        return made(rounding, [value], each(abs, value.data))
    return made(rounding, [value], np.absolute(value.data), 0 if value.kind != "c" else 4)


@listed
def _invert(rounding: Rounding, x: Any) -> Value:
    value = valued(x)
    if value.kind == "b":
        return made(rounding, [value], ~value.data)
    if value.kind != "i":
        raise RefusedError("np.invert takes integers")
    if value.stored is None:
        # NumPy counts down from the largest value of an unsigned dtype, which computed values
        # do not show here.
        raise UndecidedError("~ of computed integers depends on their dtype")
    top = np.iinfo(value.stored).max if value.stored.kind == "u" else -1
    return made(rounding, [value], each(lambda v: top - v, value.data))


def _next_float(name: str) -> None:
    """Add a function of the gaps between floats, which depend on the precision."""

    def evaluate(rounding: Rounding, *args: Any) -> Value:
        values = rounding.met(aligned([valued(a) for a in args]))
        no_complex(values)
        single = any(v.single for v in values)
        narrow = single and (rounding.rng is None or rounding.rng.random() < rounding.narrow)
        precision = np.float32 if narrow else np.float64
        data = [floats(v.data).astype(precision) for v in values]
        return made(rounding, values, getattr(np, name)(*data))

    CALLS[name] = evaluate


_next_float("spacing")
_next_float("nextafter")


@listed
def _imag(rounding: Rounding, x: Any) -> Value:
    value = valued(x)
    if value.kind != "c":
        return made(rounding, [value], np.zeros(value.shape, int))
    return made(rounding, [value], value.data.imag)


@listed
def _angle(rounding: Rounding, z: Any, deg: Any = False) -> Value:
    value = valued(z)
    return made(rounding, [value], np.angle(floats(value.data), deg=bool(deg)))


@listed
def _ldexp(rounding: Rounding, x1: Any, x2: Any) -> Value:
    values = aligned([valued(x1), valued(x2)])
    no_complex(values)
    if values[1].kind not in "bi":
        raise RefusedError("the exponent of np.ldexp is an integer")
    exponents = each(lambda v: min(max(v, -(2**31)), 2**31 - 1), integers(values[1].data))
    exponents = exponents.astype(np.int32)
    return made(rounding, values, np.ldexp(floats(values[0].data), exponents))


@listed
def _round(rounding: Rounding, a: Any, decimals: Any = 0) -> Value:
    value, places = valued(a), int(valued(decimals).data)
    if value.kind == "c":
        raise RefusedError("complex numbers are not rounded")
    if value.kind in "bi":
        return _round_integers(rounding, value, places)
    return made(rounding, [value], np.round(value.data, places), 4 if places else 0)


def _round_integers(rounding: Rounding, value: Value, places: int) -> Value:
    if places >= 0:
        return made(rounding, [value], integers(value.data))
    # Python rounds integers half to even too; beyond 60 digits all of them are 0.
    places = max(places, -60)
    return made(rounding, [value], each(lambda v: round(v, places), integers(value.data)))
