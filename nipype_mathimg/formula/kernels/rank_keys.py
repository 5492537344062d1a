"""Integers that have the order of numbers, so that numbers can be ranked digit by digit."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.spec import Array

__all__ = ["from_keys", "keys_of"]


def keys_of(values: Array) -> Array:
    """Return unsigned integers (16, 32 or 64 bits) in the order of the values."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "f":
        # Herf, "Radix Tricks", 2001: of negative numbers all bits are inverted, of others the sign
        # alone. The shift of a signed integer copies the sign to all bits.
        raw = values.view(f"u{size}")
        sign = raw.dtype.type(1 << (8 * size - 1))
        flip = (values.view(f"i{size}") >> (8 * size - 1)).view(raw.dtype)
        keys: Array = raw ^ (flip | sign)
        return keys
    if kind == "i":
        wide = values.astype(f"i{max(size, 2)}", copy=False)
        bits = 8 * wide.dtype.itemsize
        unsigned: Array = wide.view(f"u{bits // 8}")
        # To invert the sign is to add half of the range: the lowest number becomes 0.
        biased: Array = unsigned ^ unsigned.dtype.type(1 << (bits - 1))
        return biased
    return values.astype(f"u{max(size, 2)}", copy=False)


def from_keys(keys: Array, dtype: np.dtype[Any]) -> Array:
    """Return the values of `dtype` that have these keys."""
    size = keys.dtype.itemsize
    sign = keys.dtype.type(1 << (8 * size - 1))
    if dtype.kind == "f":
        positive = (keys & sign) != 0
        return np.where(positive, keys ^ sign, ~keys).astype(keys.dtype).view(f"f{size}")
    if dtype.kind == "i":
        signed: Array = (keys ^ sign).view(f"i{size}")
        return signed
    return keys
