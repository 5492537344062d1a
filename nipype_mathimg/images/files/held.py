"""A result that is not written to a file: it stays in memory, or on disk where it is large."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.containers import NIFTI
from nipype_mathimg.images.files.encoder import Encoded, Encoder
from nipype_mathimg.images.files.packing import PLAIN
from nipype_mathimg.images.files.spool import Spool
from nipype_mathimg.images.files.transfer import Closing
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.images.headers.nifti import LAYOUTS
from nipype_mathimg.spec import Array, ArraySpec

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

__all__ = ["MOST_IN_MEMORY", "HeldImage", "HeldSink"]

MOST_IN_MEMORY = 64 << 20
"""Bytes of a result up to which it stays in memory: a map of 1 mm, or a run of a hundred volumes
of 4 mm. Beyond, it would be what takes most memory of a computation that is cut into pieces."""


class HeldImage(Frozen):
    """An image without a file.

    Parameters
    ----------
    head : bytes
        What a NIfTI file begins with: header and extensions.
    data : ndarray
        The voxels, in memory, or in a file without a name that goes with the array.
    """

    head: bytes
    data: Array

    def image(self) -> Nifti1Image:
        """Return it as an image of nibabel; the voxels are not copied."""
        import nibabel as nib

        # The length of the header comes first, in the byte order of this machine.
        first = int.from_bytes(self.head[:4], sys.byteorder) == LAYOUTS[1].itemsize
        image_class: Any = nib.Nifti1Image if first else nib.Nifti2Image
        header = image_class.header_class.from_fileobj(BytesIO(self.head))
        image: Nifti1Image = image_class(self.data, header.get_best_affine(), header)
        return image


class HeldSink(Closing):
    """Takes a result as `Sink` does, for `HeldImage`.

    Parameters
    ----------
    spec : ArraySpec
        Shape and dtype of the result.
    most : int
        Bytes up to which it stays in memory.

    Raises
    ------
    ImageFileError
        The folder for temporary files is too full.
    """

    def __init__(self, spec: ArraySpec, most: int = MOST_IN_MEMORY) -> None:
        self._spec = spec
        self._encoder = Encoder(spec.dtype, spec.dtype, PLAIN)
        self._place = 0
        self._head = b""
        self._spool = Spool("the result", spec.dtype, spec.size) if spec.nbytes > most else None
        self._data: Array = np.empty(0 if self._spool else spec.size, spec.dtype)

    def encode(self, chunk: Array) -> Encoded:
        """See `Sink.encode`."""
        return self._encoder.encode(chunk)

    def append(self, encoded: Encoded) -> None:
        """See `Sink.append`."""
        values = np.frombuffer(encoded.payload, self._spec.dtype)
        if self._spool is None:
            self._data[self._place : self._place + values.size] = values
        else:
            self._spool.write_at(self._place, values)
        self._place += values.size

    def complete(self, header: ImageHeader) -> None:
        """Take the final header."""
        self._head = NIFTI.around(header, self._spec).head

    def held(self) -> HeldImage:
        """Return the image, after `complete`."""
        data = self._data if self._spool is None else self._spool.mapped()
        return HeldImage(self._head, data.reshape(self._spec.shape, order="F"))

    def close(self) -> None:
        """Release the file; an array that shows it stays."""
        if self._spool is not None:
            self._spool.close()
