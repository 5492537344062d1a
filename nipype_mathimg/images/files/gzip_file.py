"""gzip files, inflated straight into the caller's memory."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from typing import TYPE_CHECKING, Any, BinaryIO

from isal import igzip

from nipype_mathimg.images.files import inflaters
from nipype_mathimg.images.files.inflaters import ISAL_ERROR

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["GZIP_ERRORS", "GzipFile"]

# What is not gzip raises BadGzipFile, which is an OSError, and truncation EOFError.
GZIP_ERRORS: tuple[type[Exception], ...] = (OSError, EOFError, ISAL_ERROR, zlib.error)
"""What `GzipFile` raises for a damaged file, whichever library inflates it."""

# The library's own 512 KiB are seen in the peak of every stream, and are not faster: what is read
# and what it inflates to stay in the second cache of a core.
COMPRESSED_BYTES = 128 << 10
"""Bytes of a compressed file that are read at a time."""


class GzipFile(igzip.IGzipFile):
    """A gzip file that is inflated straight into the memory of the caller.

    GzipFile has no readinto of its own: Python's default inflates into new memory and copies.

    Parameters
    ----------
    file : binary file
        Left open.
    """

    def __init__(self, file: BinaryIO) -> None:
        untyped: Any = super()
        untyped.__init__(fileobj=file, mode="rb")
        library = inflaters.fastest(partial(_begin_of, file), 16 + zlib.MAX_WBITS)
        self._error: type[Exception] = library.error
        # What GzipFile itself reads from; without it the result is the same, with more memory.
        reader: Any = getattr(library, "_GzipReader", None)
        if reader is not None and hasattr(self, "_buffer"):
            self._buffer = BufferedReader(reader(file, COMPRESSED_BYTES))

    def readinto(self, buffer: Buffer) -> int:
        """Fill `buffer` from its start; return the number of bytes, 0 at the end."""
        # What GzipFile itself reads from; without it the result is the same, only later.
        source: Any = getattr(self, "_buffer", None) or super()
        with self._translated():
            count: int = source.readinto(buffer)
            return count

    def read(self, size: int | None = -1) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        with self._translated():
            data: bytes = super().read(size)
            return data

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            # zlib-ng's has no other base than Exception, and only who has it loaded knows it.
            raise zlib.error(str(error)) from error


def _begin_of(file: BinaryIO) -> bytes:
    """Return the beginning of a large file, nothing of others."""
    place = file.tell()
    try:
        if file.seek(0, os.SEEK_END) < inflaters.WORTH_A_CHOICE:
            return b""
        file.seek(place)
        return file.read(inflaters.TRIED_BYTES)
    finally:
        file.seek(place)
