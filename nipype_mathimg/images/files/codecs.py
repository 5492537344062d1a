"""Compressed wrappers of image files: one table, the only place to add another one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BufferedReader
from os.path import splitext
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from isal import igzip, isal_zlib
from isal.igzip_lib import IsalError

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.inflating import InflatedFile

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["CODECS", "ISAL_ERROR", "Codec", "Stream", "codec_of"]


class Stream(Protocol):
    """The part of a binary file object that a reader needs."""

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer at the end."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill `buffer` from its start; return the number of bytes, 0 at the end."""

    def close(self) -> None:
        """Release what inflates; the file stays open."""


class Codec(Frozen):
    """How files of one suffix are inflated.

    Parameters
    ----------
    name : str
        Name of the compression, as shown in messages.
    magic : bytes
        The first bytes of every such file.
    most : int
        Bytes that one byte of a file can inflate to at most.
    open : callable
        Open file -> a stream of its inflated bytes. The stream must raise when the file is
        truncated, its checksum is wrong, or something else follows, at the latest at its end.
    errors : tuple of exception classes
        What the library raises for a damaged file.
    missing : callable
        Returns what has to be installed first and how, or None.
    """

    name: str
    magic: bytes
    most: int
    open: Callable[[BinaryIO], Stream]
    errors: tuple[type[Exception], ...]
    missing: Callable[[], tuple[str, str] | None] = lambda: None


# The library's own 512 KiB are seen in the peak of every stream, and are not faster: what is read
# and what it inflates to stay in the second cache of a core.
COMPRESSED_BYTES = 128 << 10
"""Bytes of a compressed file that are read at a time."""


class _GzipFile(igzip.IGzipFile):
    """A gzip file that is inflated straight into the memory of the caller.

    GzipFile has no readinto of its own: Python's default inflates into new memory and copies.
    """

    def __init__(self, file: BinaryIO) -> None:
        untyped: Any = super()
        untyped.__init__(fileobj=file, mode="rb")
        # What GzipFile itself reads from; without it the result is the same, with more memory.
        reader: Any = getattr(isal_zlib, "_GzipReader", None)
        if reader is not None and hasattr(self, "_buffer"):
            self._buffer = BufferedReader(reader(file, COMPRESSED_BYTES))

    def readinto(self, buffer: Buffer) -> int:
        """Fill `buffer` from its start; return the number of bytes, 0 at the end."""
        # What GzipFile itself reads from; without it the result is the same, only later.
        source: Any = getattr(self, "_buffer", None) or super()
        count: int = source.readinto(buffer)
        return count


def _open_gzip(file: BinaryIO) -> Stream:
    return cast("Stream", _GzipFile(file))


def _open_bzip2(file: BinaryIO) -> Stream:
    from bz2 import BZ2Decompressor

    return InflatedFile(file, BZ2Decompressor)


def _open_zstd(file: BinaryIO) -> Stream:
    from nipype_mathimg.images.files.zstandard import library

    return InflatedFile(file, library().ZstdDecompressor)


def _missing_zstd() -> tuple[str, str] | None:
    from nipype_mathimg.images.files.zstandard import missing

    return missing()


# The stub of isal declares its error class as an instance.
ISAL_ERROR = cast("type[Exception]", IsalError)
"""What isal raises for damaged data."""

_GZIP = Codec(
    "gzip",
    b"\x1f\x8b",
    1032,  # two bits repeat 258 bytes (RFC 1951)
    _open_gzip,
    # What is not gzip raises BadGzipFile, which is an OSError, and truncation EOFError.
    (OSError, EOFError, ISAL_ERROR, zlib.error),
)
_BZIP2 = Codec(
    "bzip2",
    b"BZh",
    2 << 20,  # a block of some 25 bytes holds 900,000, of which 5 stand for up to 259
    _open_bzip2,
    (OSError, EOFError, ValueError),
)
_ZSTD = Codec(
    "Zstandard",
    b"\x28\xb5\x2f\xfd",
    32768,  # a block of 4 bytes repeats one of them 128 Ki times (RFC 8878)
    _open_zstd,
    (Exception,),  # the class depends on the library, and each derives from Exception only
    _missing_zstd,
)

CODECS: dict[str, Codec] = {".gz": _GZIP, ".mgz": _GZIP, ".bz2": _BZIP2, ".zst": _ZSTD}
"""Last suffix of a file, in lower case -> its codec. Files of other suffixes are plain."""


def codec_of(path: str) -> Codec | None:
    """Return the codec of a file by its suffix, or None for a plain file.

    Examples
    --------
    >>> codec_of("bold.nii.GZ").name
    'gzip'
    >>> codec_of("bold.nii") is None
    True
    """
    return CODECS.get(splitext(path)[1].lower())
