"""gzip files, inflated straight into the caller's memory by what is fastest on this processor.

ISA-L is made for Intel's processors; on AMD's (EPYC, Zen 3) zlib-ng inflates noisy float32 images
in 0.85, and masks in 0.7 of its time. Which of the two it is on a processor that nobody has tried
is measured, once in a process, on the beginning of the first file that is worth it. Both give the
same bytes and find the same faults.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from isal import igzip, isal_zlib
from isal.igzip_lib import IsalError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["GZIP_ERRORS", "ISAL_ERROR", "GzipFile"]

# The stub of isal declares its error class as an instance.
ISAL_ERROR = cast("type[Exception]", IsalError)
"""What isal raises for damaged data."""

# What is not gzip raises BadGzipFile, which is an OSError, and truncation EOFError.
GZIP_ERRORS: tuple[type[Exception], ...] = (OSError, EOFError, ISAL_ERROR, zlib.error)
"""What `GzipFile` raises for a damaged file, whichever library inflates it."""

# The library's own 512 KiB are seen in the peak of every stream, and are not faster: what is read
# and what it inflates to stay in the second cache of a core.
COMPRESSED_BYTES = 128 << 10
"""Bytes of a compressed file that are read at a time."""

# Inflating it takes some 40 ms, of which the faster library saves more than the choice takes.
WORTH_A_CHOICE = 8 << 20
"""Bytes of the compressed file on which the libraries are tried first."""

_TRIED_BYTES = 64 << 10  # 0.3 to 0.5 ms each time
_TRIALS = 3


class _Choice:
    """Which library this process inflates with, once it is known."""

    library: Any = None


CHOICE = _Choice()
"""What was found to be the fastest, for all threads: one that comes early makes its own trial."""


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
        library = _fastest(file)
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


def _fastest(file: BinaryIO) -> Any:  # noqa: ANN401 - a module of zlib's interface
    """Return the library that inflates the file; ISA-L's is loaded anyway."""
    if CHOICE.library is not None:
        return CHOICE.library
    place = file.tell()
    try:
        if file.seek(0, os.SEEK_END) < WORTH_A_CHOICE:
            return isal_zlib
        file.seek(place)
        begin = file.read(_TRIED_BYTES)
    finally:
        file.seek(place)
    # Small images need only one of them.
    from zlib_ng import zlib_ng

    libraries: tuple[Any, Any] = (isal_zlib, zlib_ng)
    try:
        # The processor's time of this thread, which others change little; the least of several.
        times = [[_seconds(library, begin) for library in libraries] for _ in range(_TRIALS)]
    except tuple(library.error for library in libraries):
        return isal_zlib  # whoever reads on says what is wrong
    least = [min(row) for row in zip(*times, strict=True)]
    CHOICE.library = libraries[least.index(min(least))]
    return CHOICE.library


def _seconds(library: Any, begin: bytes) -> float:  # noqa: ANN401
    start = time.thread_time()
    library.decompressobj(16 + library.MAX_WBITS).decompress(begin)
    return time.thread_time() - start
