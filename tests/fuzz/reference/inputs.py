"""Images as the reference sees them."""

from __future__ import annotations

import numpy as np

from tests.fuzz.reference.values import Value, number

__all__ = ["input_value"]


def input_value(data: np.ndarray, slope: float | None) -> Value:
    """Return an image as the reference sees it."""
    values = data.astype(data.dtype.newbyteorder("="))
    single = slope is None and values.dtype in (np.dtype("f4"), np.dtype("c8"))
    if slope is not None:
        values = values.astype(float) * slope
    stored = data.dtype if slope is None and data.dtype.kind in "iu" else None
    axes = ("x", "y", "z", "t", "u", "v", "w")[: data.ndim]
    if values.dtype.kind in "iu":
        return Value(values.astype(object), axes, stored=stored)
    if values.dtype.kind == "b":
        return Value(number(values), axes)
    wide = values.astype(complex if values.dtype.kind == "c" else float)
    return Value(wide, axes, single)
