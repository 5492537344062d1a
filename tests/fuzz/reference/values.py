"""Values of the reference: NumPy arrays in float64, complex128, bool, or of Python's integers."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

NAMES = ("x", "y", "z", "t", "u", "v", "w")
"""The axes of an image."""


class RefusedError(Exception):
    """NumPy, or a rule of the language that the reference knows, does not allow this."""


class UndecidedError(Exception):
    """The documented rules do not say what this means; such a formula is not a case."""


@dataclass(frozen=True)
class Value:
    """An array, and where its axes come from.

    `data` has the dtype bool, object (Python's integers), float64 or complex128. `single` is True
    when the package may have computed some of it in float32 or complex64.
    `selected` is True for what a mask chose, whose axes have no names; `stored` is
    the dtype of an image as it lies in its file.
    """

    data: np.ndarray
    axes: tuple[str | None, ...]
    single: bool = False
    selected: bool = False
    stored: np.dtype[Any] | None = None

    def __post_init__(self) -> None:
        # NumPy returns what has no axes as a number of Python, at times.
        if not isinstance(self.data, np.ndarray):
            object.__setattr__(self, "data", number(self.data))
        if self.data.dtype == object:
            # NumPy's integers, which np.pad puts in, wrap.
            plain = [int(v) if isinstance(v, np.integer) else v for v in self.data.ravel()]
            object.__setattr__(self, "data", boxed(plain, self.data.shape))
        assert self.data.dtype.char in "?OdD", self.data.dtype
        assert len(self.axes) == self.data.ndim

    @property
    def kind(self) -> str:
        """b(ool), i(nteger), f(loat) or c(omplex)."""
        return {"b": "b", "O": "i", "f": "f", "c": "c"}[self.data.dtype.kind]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def ndim(self) -> int:
        return self.data.ndim


def widened(array: Any) -> np.ndarray:
    """Return an array of one of the four dtypes of the reference."""
    array = np.asarray(array)
    if array.dtype.kind in "iu":
        return array.astype(object)
    if array.dtype.kind == "O":
        return array
    return array.astype({"b": bool, "f": float, "c": complex}[array.dtype.kind])


def integers(data: np.ndarray) -> np.ndarray:
    """Return bools as integers; integers as they are."""
    return data.astype(int).astype(object) if data.dtype == bool else data


def floats(data: np.ndarray) -> np.ndarray:
    """Return real numbers as float64; complex ones as they are."""
    if data.dtype.kind == "c":
        return data
    try:
        return data.astype(float)
    except OverflowError:
        return each(_as_float, data).astype(float)


def _as_float(v: int) -> float:
    largest = sys.float_info.max
    return float(v) if abs(v) <= largest else math.inf if v > 0 else -math.inf


def valued(x: Any) -> Value:
    """Return a number or a list of numbers of Python as a value; values as they are."""
    if isinstance(x, Value):
        return x
    if isinstance(x, list | tuple):
        items = [valued(item) for item in x]
        if any(item.ndim for item in items):
            raise UndecidedError("a list of images")
        data = joined([item.data for item in items])
        return Value(data, (None,), any(item.single for item in items))
    if x is None or isinstance(x, str | slice) or x is ...:
        raise RefusedError(f"{x!r} is no operand")
    return Value(number(x), ())


def number(x: Any) -> np.ndarray:
    """Return a number of Python as an array without axes."""
    if isinstance(x, bool | np.bool_):
        return np.array(bool(x))
    if isinstance(x, int):
        return np.array(x, dtype=object)
    return widened(x)


def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Stack arrays of equal shapes of whatever kinds in a new first axis."""
    return np.stack(promoted(arrays))


def promoted(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return arrays in the widest of their kinds."""
    kinds = {array.dtype.kind for array in arrays}
    if kinds == {"b"}:
        return list(arrays)
    if kinds <= {"b", "O"}:
        return [integers(array) for array in arrays]
    if "c" in kinds:
        return [floats(array).astype(complex) for array in arrays]
    return [floats(array) for array in arrays]


def boxed(flat: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """Return integers of Python as an array of objects."""
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(shape)


def each(function: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """Apply a function of Python to broadcast arrays of integers."""
    found = np.broadcast_arrays(*arrays)
    flat = [function(*row) for row in zip(*(a.ravel().tolist() for a in found), strict=True)]
    return boxed(flat, found[0].shape)
