"""A decoded image on local disk, for functions that need another order than the file's."""

from __future__ import annotations

import errno
import os
from typing import IO, Any

import numpy as np

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.transfer import Closing, read_at, write_at
from nipype_mathimg.spec import Array
from nipype_mathimg.words import in_units

__all__ = ["Spool"]

# Other programs write to this folder as well.
_MARGIN_BYTES = 16 << 20


class Spool(Closing):
    """An array of elements in a temporary file that has no name and vanishes with the process.

    Every method may be called by several threads at once.

    Parameters
    ----------
    name : str
        Whose elements: an input's name or an output file, for messages.
    dtype : numpy.dtype
        Of the elements.
    size : int
        Number of elements.

    Raises
    ------
    ImageFileError
        The folder for temporary files is too full.
    """

    def __init__(self, name: str, dtype: np.dtype[Any], size: int) -> None:
        self._name = name
        self._dtype = np.dtype(dtype)
        self._size = size
        if not self.fits(self.nbytes):
            raise self._no_space()
        self._file = _temporary_file()

    @property
    def nbytes(self) -> int:
        """Bytes on disk once every element is written."""
        return self._size * self._dtype.itemsize

    @staticmethod
    def fits(nbytes: int) -> bool:
        """Return whether the folder for temporary files has room for `nbytes`."""
        disk = os.statvfs(_temporary_folder())
        return disk.f_bavail * disk.f_frsize >= nbytes + _MARGIN_BYTES

    def write_at(self, start: int, block: Array) -> None:
        """Write a block (flattened in Fortran order) from element `start` on."""
        source = block.ravel(order="F").view(np.uint8).data
        place = start * self._dtype.itemsize
        try:
            write_at(self._file.fileno(), source, place)
        except OSError as error:
            raise self._failed("written", error) from error

    def read_into(self, start: int, out: Array) -> None:
        """Read elements ``start`` to ``start + out.size`` into `out` (1-D, contiguous)."""
        target = out.view(np.uint8).data
        place = start * self._dtype.itemsize
        try:
            count = read_at(self._file.fileno(), target, place)
        except OSError as error:
            raise self._failed("read back", error) from error
        if count < len(target):
            msg = f"{self._name}: elements were read that were never written"
            raise ValueError(msg)

    def mapped(self) -> Array:
        """Return all elements, read from the disk where they are looked at.

        The array outlives `close`; the disk space comes back when the array goes. What is written
        to it stays in memory.
        """
        return np.memmap(self._file, self._dtype, "c", shape=(self._size,))

    def close(self) -> None:
        """Give the disk space back; may be called twice."""
        self._file.close()

    def _failed(self, deed: str, error: OSError) -> ImageFileError:
        # A quota, or a limit on the length of files, ends in the same way as a full disk.
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return self._no_space()
        return ImageFileError(
            f"{self._name}: the temporary copy in {_temporary_folder()} cannot be {deed} "
            f"({error.strerror or error}). Check the disk, or let the environment variable TMPDIR "
            "name a folder on another one"
        )

    def _no_space(self) -> ImageFileError:
        return ImageFileError(
            f"{self._name}: the temporary copy needs {in_units(self.nbytes)}, more than "
            f"{_temporary_folder()} can take. Free some space there, or let the environment "
            "variable TMPDIR name a folder on a larger disk"
        )


# Few formulas need a spool, and tempfile takes as long to load as all of this folder.
def _temporary_file() -> IO[bytes]:
    from tempfile import TemporaryFile

    # Unbuffered: pread and pwrite on its descriptor would pass by Python's buffer.
    return TemporaryFile(prefix="nipype_mathimg-", buffering=0)


def _temporary_folder() -> str:
    from tempfile import gettempdir

    return gettempdir()
