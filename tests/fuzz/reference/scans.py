"""Along an axis that stays: running sums, sorting, Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.reference.alignment import UNSURE
from tests.fuzz.reference.calls import CALLS, listed
from tests.fuzz.reference.lanes import (
    SPACE,
    axis_number,
    moved,
    whole_number,
)
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    floats,
    integers,
    valued,
)


def _lane_axis(value: Value, axis: Any) -> int:
    if axis is None:
        if value.ndim != 1:
            raise RefusedError("an axis has to be named")
        return 0
    return axis_number(axis, value.ndim)


def _running(name: str) -> None:
    product, skip = "prod" in name, name.startswith("nan")

    def evaluate(rounding: Rounding, a: Any, axis: Any = None) -> Value:
        value = valued(a)
        k = _lane_axis(value, axis)
        data = integers(value.data) if value.kind in "bi" else rounding.wide(value.data)
        if skip and value.kind in "fc":
            data = np.where(np.isnan(data), 1 if product else 0, data)
        result = (np.multiply if product else np.add).accumulate(data, axis=k)
        if value.kind in "bi":
            result = rounding.integer(result)
        return moved(value, rounding.shaken(result, value.single), value.axes)

    CALLS[name] = evaluate


for _name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
    _running(_name)


@listed
def _sort(rounding: Rounding, a: Any, axis: Any = -1) -> Value:
    value = valued(a)
    k = _lane_axis(value, axis)
    axes = list(value.axes)
    axes[k] = axes[k] if axes[k] in SPACE else None
    return moved(value, np.sort(value.data, axis=k), axes)


def _transformed(name: str | None, back: bool) -> str | None:
    """Return what an axis is after a transform: frequencies, or perhaps what it was before."""
    if not back:
        return None if name is None else f"{name} frequency"
    # Only frequencies of all of an axis become that axis again, if they are as many.
    return f"{name}{UNSURE}" if name is not None and name.endswith("frequency") else None


def _fourier(name: str) -> None:
    def evaluate(rounding: Rounding, a: Any, n: Any = None, axis: Any = -1) -> Value:
        value = valued(a)
        k = _lane_axis(value, axis)
        if name == "rfft" and value.kind == "c":
            raise RefusedError("np.fft.rfft takes real numbers")
        count = None if n is None else whole_number(n)
        data = rounding.wide(floats(value.data), 32)
        result = getattr(np.fft, name)(data, count, k)
        axes = list(value.axes)
        axes[k] = _transformed(axes[k], back=name.startswith("i"))
        return moved(value, rounding.shaken(result, value.single), axes)

    CALLS["fft." + name] = evaluate


for _name in ("fft", "ifft", "rfft", "irfft"):
    _fourier(_name)
