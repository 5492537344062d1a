"""Compressed wrappers of image files: one table, the only place to add another one."""

from __future__ import annotations

from collections.abc import Callable
from os.path import splitext
from typing import BinaryIO, Protocol, cast

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.gzip_file import GZIP_ERRORS, GzipFile

__all__ = ["CODECS", "Codec", "Stream", "codec_of"]


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


def _open_bzip2(file: BinaryIO) -> Stream:
    from bz2 import BZ2Decompressor

    from nipype_mathimg.images.files.inflating import InflatedFile

    return InflatedFile(file, BZ2Decompressor)


def _open_zstd(file: BinaryIO) -> Stream:
    from nipype_mathimg.images.files.inflating import InflatedFile
    from nipype_mathimg.images.files.zstandard import library

    return InflatedFile(file, library().ZstdDecompressor)


def _missing_zstd() -> tuple[str, str] | None:
    from nipype_mathimg.images.files.zstandard import missing

    return missing()


_GZIP = Codec(
    "gzip",
    b"\x1f\x8b",
    1032,  # two bits repeat 258 bytes (RFC 1951)
    lambda file: cast("Stream", GzipFile(file)),
    GZIP_ERRORS,
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
