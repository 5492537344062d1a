"""Comparisons, logic and tests."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tests.fuzz.reference.alignment import aligned
from tests.fuzz.reference.calls import CALLS, made, no_complex, whole
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    Value,
    floats,
    integers,
    promoted,
    valued,
)


def _truth(name: str, *, real: bool = False) -> None:
    """Add a test; integers are neither NaN nor infinite, as floats too."""

    def evaluate(rounding: Rounding, *args: Any) -> Value:
        values = rounding.met(aligned([valued(a) for a in args]))
        if real:
            no_complex(values)
        data = [v.data for v in values]
        if name.startswith("logical"):
            data = [x.astype(bool) for x in data]
        elif values[0].kind in "bi":
            data = [floats(x) for x in data]
        result = np.asarray(getattr(np, name)(*data))
        if name == "signbit":
            result = result & ~np.isnan(data[0])  # the rule of the guide
        return made(rounding, values, result)

    CALLS[name] = evaluate


_COMPARING = {
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip


def _compared(name: str) -> None:
    def evaluate(rounding: Rounding, *args: Any) -> Value:
        values = rounding.met(aligned([valued(a) for a in args]))
        if name not in ("equal", "not_equal"):
            no_complex(values)
        if whole(values):
            # Python's integers compare exactly, whatever their size.
            data = [integers(v.data) for v in values]
        else:
            data = promoted([v.data for v in values])
        return made(rounding, values, np.asarray(_COMPARING[name](*data)).astype(bool))

    CALLS[name] = evaluate


for _name in _COMPARING:
    _compared(_name)
for _name in ("logical_and", "logical_or", "logical_xor", "logical_not"):
    _truth(_name)
for _name in ("isnan", "isinf", "isfinite", "isreal", "iscomplex"):
    _truth(_name)
for _name in ("signbit", "isposinf", "isneginf"):
    _truth(_name, real=True)
