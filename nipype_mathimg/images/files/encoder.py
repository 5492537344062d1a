"""From voxels to the bytes of a file, in any thread."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.packing import Bytes, Packing
from nipype_mathimg.spec import Array

__all__ = ["Encoded", "Encoder"]


class Encoded(Frozen):
    """A run of voxels as it goes into the file.

    Parameters
    ----------
    payload : bytes or memoryview
        What is written; for an uncompressed file a view of the chunk itself.
    size : int
        Number of voxels.
    nbytes, checksum : int
        Length before compression, and the checksum that the packing makes (0 where it makes none).
    """

    payload: Bytes
    size: int
    nbytes: int
    checksum: int = 0


class Encoder:
    """The conversion of voxels for one file; it has no state.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the voxels.
    stored : numpy.dtype
        The same in the byte order of the file.
    packing : Packing
        How the bytes are packed.
    """

    def __init__(self, dtype: np.dtype[Any], stored: np.dtype[Any], packing: Packing) -> None:
        self._dtype = dtype
        self._stored = stored
        self._packing = packing

    def encode(self, chunk: Array) -> Encoded:
        """Return a run of voxels, taken in Fortran order, as it goes into the file."""
        if chunk.dtype != self._dtype:
            msg = f"a chunk of {chunk.dtype} for a result of {self._dtype}"
            raise ValueError(msg)
        flat = chunk.ravel(order="F").astype(self._stored, copy=False)
        # As bytes, because len() of a memoryview counts elements.
        return self._encode(flat.view(np.uint8).data, flat.size)

    def encode_bytes(self, data: bytes) -> Encoded:
        """Return bytes that are no voxels as they go into the file."""
        return self._encode(data, 0)

    def _encode(self, data: Bytes, size: int) -> Encoded:
        packing = self._packing
        return Encoded(packing.packed(data), size, len(data), packing.checksum(data))
