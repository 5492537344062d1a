"""What the engine asks of an image, without knowing where its voxels come from."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol

import numpy as np

from nipype_mathimg.spec import Array, ArraySpec

__all__ = ["Leaf", "LeafReader", "Store"]


class LeafReader(Protocol):
    """One pass over the elements of an image, in file order."""

    def read_into(self, start: int, out: Array) -> None:
        """Fill `out` (1-D, contiguous) with the elements from `start` on."""

    def finish(self) -> None:
        """Check what was not read, to the end."""

    def close(self) -> None:
        """Release the file."""


class Leaf(Protocol):
    """An image: elements in Fortran order, read as they are stored and decoded afterwards."""

    @property
    def name(self) -> str:
        """Name of the input."""

    @property
    def spec(self) -> ArraySpec:
        """Shape, dtype and axes of the values."""

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """Dtype of what a reader fills in."""

    @property
    def random_access(self) -> bool:
        """Whether any range can be read at any time, by several threads."""

    @property
    def ahead_bytes(self) -> int:
        """Memory that a pass takes beside the blocks that it is asked for."""

    def decode(self, block: Array) -> Array:
        """Return the values of stored elements."""

    def open(self) -> LeafReader:
        """Start a pass."""


class Store(Protocol):
    """Elements on local disk that are written once and read in any order, by several threads."""

    def write_at(self, start: int, block: Array) -> None:
        """Write a block (flattened in Fortran order) from element `start` on."""

    def read_into(self, start: int, out: Array) -> None:
        """Fill `out` with the elements from `start` on."""

    def close(self) -> None:
        """Give the disk space back."""

    def __enter__(self) -> Store: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
