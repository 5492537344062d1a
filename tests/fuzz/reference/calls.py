"""The table of the reference, and what its rows share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    widened,
)

__all__ = ["CALLS", "aligned_axes_of", "listed", "made", "no_complex", "whole"]

CALLS: dict[str, Callable[..., Value]] = {}
"""From the name of a row to a function of the rounding and of the arguments."""


def listed(function: Callable[..., Value]) -> Callable[..., Value]:
    """Add a function by its own name, without the leading underscore."""
    CALLS[function.__name__.removeprefix("_")] = function
    return function


def made(
    rounding: Rounding, operands: Sequence[Value], data: np.ndarray, units: float = 4
) -> Value:
    """Return the result of aligned operands."""
    data = widened(data)
    single = any(v.single for v in operands)
    if data.dtype == object:
        data = rounding.integer(data)
    axes = aligned_axes_of(operands, data.ndim)
    selected = any(v.selected for v in operands)
    return Value(rounding.shaken(data, single, units), axes, single, selected)


def aligned_axes_of(operands: Sequence[Value], ndim: int) -> tuple[str | None, ...]:
    """Return the names of the axes of a result; the first operand that knows one gives it."""
    full = [v for v in operands if v.ndim == ndim]
    names = []
    for k in range(ndim):
        length = next((v.shape[k] for v in full if v.shape[k] != 1), 1)
        known = [v.axes[k] for v in full if v.shape[k] == length and v.axes[k] is not None]
        names.append(known[0] if known else None)
    return tuple(names)


def no_complex(operands: Sequence[Value]) -> None:
    if any(v.kind == "c" for v in operands):
        raise RefusedError("complex numbers have no order")


def whole(operands: Sequence[Value]) -> bool:
    return all(v.kind in "bi" for v in operands)
