"""What the package's own rounding may do to a result: digits that are shaken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.fuzz.reference.values import Value, boxed

__all__ = ["Rounding"]


@dataclass
class Rounding:
    """What the package's own rounding may do to each result of the reference.

    With `rng` None nothing happens. Otherwise every result of floating point is shaken by a few
    units of its last place, and, with the probability `narrow` where float32 took part, rounded
    to float32, with its range.
    """

    rng: np.random.Generator | None = None
    narrow: float = 0.0

    def shaken(self, data: np.ndarray, single: bool, units: float = 4) -> np.ndarray:
        """Return a result as the package may have rounded it."""
        if self.rng is None or data.dtype.kind not in "fc":
            return data
        if single and self.rng.random() < self.narrow:
            data = _narrowed(data)
        eps = 2.0**-24 if single else 2.0**-53
        return self._moved(data, units * eps)

    def operand(self, data: np.ndarray, single: bool) -> np.ndarray:
        """Return an operand of which something is computed first: its product with pi."""
        if self.rng is None or data.dtype.kind not in "fc":
            return data
        return self._moved(data, 2.0**-23 if single else 2.0**-52, mixed=False)

    def narrowed(self, arrays: Sequence[np.ndarray], single: bool) -> list[np.ndarray]:
        """Return operands in single precision where a function may be computed in it.

        Then an intermediate value may leave its range where the result does not.
        """
        if self.rng is None or not single or self.rng.random() > self.narrow:
            return list(arrays)
        kinds = {"c": np.complex64, "f": np.float32}
        return [x.astype(kinds[x.dtype.kind]) for x in arrays]

    def reordered(self, lanes: np.ndarray) -> np.ndarray:
        """Return lanes in another order: the package goes through them piece by piece."""
        return lanes if self.rng is None else self.rng.permuted(lanes, axis=-1)

    def wide(self, data: np.ndarray, units: float = 8) -> np.ndarray:
        """Return operands of a sum as its own rounding in float64 may have changed them."""
        if self.rng is None or data.dtype.kind not in "fc":
            return data
        return self._moved(data, units * 2.0**-53)

    def met(self, values: Sequence[Value]) -> list[Value]:
        """Return operands as they meet: a number takes the precision of float32 images."""
        if not any(v.single for v in values):
            return list(values)
        if self.rng is not None and self.rng.random() > self.narrow:
            return list(values)
        return [
            v if v.kind not in "fc" or v.single or v.ndim else replace(v, data=_narrowed(v.data))
            for v in values
        ]

    def integer(self, data: np.ndarray) -> np.ndarray:
        """Return integers as they are after a way through float64, where that changes them."""
        if self.rng is None or self.rng.random() < 0.25:
            return data
        flat = [self._rounded(v) if abs(v) > 2**53 else v for v in data.ravel().tolist()]
        return boxed(flat, data.shape)

    def _rounded(self, v: int) -> int:
        # Beyond the range of float64 the guide has infinity; here it only has to stay huge.
        assert self.rng is not None
        return v + int(self.rng.integers(-4, 5)) * (abs(v) >> 53)

    def _moved(self, data: np.ndarray, size: float, mixed: bool = True) -> np.ndarray:
        assert self.rng is not None
        salt = self.rng.integers(0, 2**63, dtype=np.uint64)
        if data.dtype.kind != "c":
            return data * (1 + size * _noise(data, salt))
        moved = np.empty_like(data)
        moved.real = data.real * (1 + size * _noise(data.real, salt))
        moved.imag = data.imag * (1 + size * _noise(data.imag, salt))
        if mixed and self.rng.random() < 0.5:
            # One part of a product is as inexact as the whole is large.
            sizes = np.abs(data)
            room = np.where(np.isfinite(sizes), sizes * size, 0)
            moved.real += room * _noise(data.real, salt + np.uint64(1))
            moved.imag += room * _noise(data.imag, salt + np.uint64(2))
        return moved


def _noise(data: np.ndarray, salt: np.uint64) -> np.ndarray:
    """Return chance numbers between -1 and 1, the same for equal values.

    What is equal in the package stays equal: a tie must not be decided by chance.
    """
    bits = np.ascontiguousarray(data + 0.0).view(np.uint64).reshape(data.shape) ^ salt
    # The finalizer of SplitMix64.
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return (bits >> np.uint64(11)) * 2.0**-52 - 1


def _narrowed(data: np.ndarray) -> np.ndarray:
    """Round to single precision; a number that it cannot hold stays as it is."""
    narrow = np.complex64 if data.dtype.kind == "c" else np.float32
    rounded = data.astype(narrow).astype(data.dtype)
    return data if not data.ndim and np.isfinite(data) and not np.isfinite(rounded) else rounded
