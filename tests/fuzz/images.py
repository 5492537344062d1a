"""Random inputs: images of every dtype, byte order and slope, lists and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.formula.harness import MemoryLeaf, leaf_of, scaled_leaf
from tests.fuzz.reference.inputs import input_value
from tests.fuzz.reference.values import Value

__all__ = ["Image", "described", "random_inputs", "referenced", "seen_by_the_package"]

DTYPES = (
    "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "c8", "c16",
)  # fmt: skip
LIKELY = (3, 1, 2, 4, 1, 2, 1, 2, 5, 3, 1, 1)
"""How often each dtype is drawn: most often those that files have."""

SLOPES = (0.5, float(np.float32(0.1)), -3.0)
"""Scale factors, which a header holds as float32."""

SPECIAL = (0.0, -0.0, np.nan, np.inf, -np.inf, 1e-30, 1e30, -3e4, 0.5, 1.5, -2.5, 1.0)


@dataclass(frozen=True)
class Image:
    """An image of a case: the stored values, perhaps with foreign bytes, and a slope.

    `looked` is True where the range of its voxels is known beforehand, as that of a mask.
    """

    data: np.ndarray
    slope: float | None = None
    looked: bool = False

    def cut(self, axis: int, length: int) -> Image:
        """Return the first part along an axis."""
        index = [slice(None)] * self.data.ndim
        index[axis] = slice(length)
        return Image(self.data[tuple(index)], self.slope, self.looked)


Inputs = Mapping[str, Any]
"""Images, numbers and lists by name."""


def random_inputs(rng: np.random.Generator) -> dict[str, Any]:
    """Return the inputs of a case: a, b, f, c, s have all axes, m has those of space."""
    shape = _shape(rng)
    inputs: dict[str, Any] = {
        "a": _image(rng, shape, str(rng.choice(DTYPES, p=np.array(LIKELY) / sum(LIKELY)))),
        "b": _image(rng, shape, str(rng.choice(DTYPES, p=np.array(LIKELY) / sum(LIKELY)))),
        "f": Image(rng.normal(1, 10, shape).astype(rng.choice(["f4", "f8"]))),
        "g": Image(rng.integers(-100, 100, shape).astype("i2")),
        "s": Image(rng.integers(0, 4, shape).astype("u1")),
        "m": Image(rng.integers(0, 3, shape[:3]).astype("u1")),
        "n": int(rng.integers(-5, 6)),
        "r": round(float(rng.normal(0, 3)), 2),
    }
    if len(shape) > 3:
        inputs["v"] = [int(x) for x in rng.integers(-9, 10, shape[3])]
        inputs["w"] = [round(float(x), 1) for x in rng.normal(0, 9, shape[3])]
    if rng.random() < 0.2:
        parts = rng.normal(0, 3, (2, *shape))
        inputs["c"] = Image((parts[0] + 1j * parts[1]).astype(rng.choice(["c8", "c16"])))
    return inputs


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    if rng.random() < 0.05:
        return (1,) * int(rng.integers(3, 6))
    ndim = int(rng.choice([3, 4, 4, 4, 5]))
    most = {3: 7, 4: 5, 5: 4}[ndim]
    lengths = rng.integers(1, most + 1, ndim)
    if rng.random() < 0.05:
        lengths[:2] = (16, 9)  # a plane of more than 127 voxels
    return tuple(int(n) for n in lengths)


def _image(rng: np.random.Generator, shape: tuple[int, ...], code: str) -> Image:
    dtype = np.dtype(code)
    if dtype.kind in "iu":
        data = _whole_numbers(rng, shape, dtype)
        slope = float(rng.choice(SLOPES)) if rng.random() < 0.15 else None
    else:
        data, slope = _fractions(rng, shape, dtype), None
    order = str(rng.choice(["<", ">"]))
    return Image(data.astype(dtype.newbyteorder(order)), slope)  # type: ignore[arg-type]


def _whole_numbers(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> np.ndarray:
    info = np.iinfo(dtype)
    if rng.random() < 0.6:
        low, high = max(info.min, -20), min(info.max, 100)
    else:
        low, high = info.min, info.max
    data = rng.integers(low, high, shape, dtype, endpoint=True)
    if rng.random() < 0.4:
        ends = np.array([0, 1, info.min, info.max, info.max - 1], dtype)
        data = np.where(rng.random(shape) < 0.2, rng.choice(ends, shape), data)
    return data


def _fractions(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> np.ndarray:
    def part() -> np.ndarray:
        data = rng.normal(0, 10, shape)
        if rng.random() < 0.3:
            data = np.rint(data)
        if rng.random() < 0.5:
            data = np.where(rng.random(shape) < 0.2, rng.choice(SPECIAL, shape), data)
        return data

    if dtype.kind == "c":
        data = np.empty(shape, complex)
        data.real, data.imag = part(), part()
        return data.astype(dtype)
    return part().astype(dtype)


def referenced(inputs: Inputs) -> dict[str, Value | Any]:
    """Return the inputs as the reference sees them."""
    return {
        name: input_value(x.data, x.slope) if isinstance(x, Image) else x
        for name, x in inputs.items()
    }


def seen_by_the_package(inputs: Inputs) -> dict[str, MemoryLeaf | Any]:
    """Return the inputs as the package reads them: images as if from files."""
    return {name: _leaf(name, x) if isinstance(x, Image) else x for name, x in inputs.items()}


def _leaf(name: str, image: Image) -> MemoryLeaf:
    native = image.data.astype(image.data.dtype.newbyteorder("="))
    order = image.data.dtype.byteorder if image.data.dtype.itemsize > 1 else "="
    if image.slope is None:
        leaf = leaf_of(name, native, order=order)
        if image.looked:
            leaf.spec = leaf.spec.changed(bounds=(int(native.min()), int(native.max())))
        return leaf
    return scaled_leaf(name, native, image.slope, order=order)


def described(inputs: Inputs) -> str:
    """Return the inputs as Python that makes them."""
    lines = []
    for name, x in inputs.items():
        if isinstance(x, Image):
            scale = f", slope={x.slope}" if x.slope is not None else ""
            dtype = x.data.dtype.str
            known = ", looked at" if x.looked else ""
            lines.append(f"    {name} = np.array({x.data.tolist()}, {dtype!r}){scale}{known}")
        else:
            lines.append(f"    {name} = {x!r}")
    return "\n".join(lines)
