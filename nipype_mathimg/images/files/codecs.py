"""Compressed wrappers of image files: one table, the only place to add another one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from os.path import splitext
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from isal import igzip
from isal.igzip_lib import IsalError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["CODECS", "Codec", "Stream", "codec_of"]


class Stream(Protocol):
    """The part of a binary file object that a reader needs."""

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer at the end."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill `buffer` from its start; return the number of bytes, 0 at the end."""

    def close(self) -> None:
        """Release the file."""


class Codec(NamedTuple):
    """How files of one suffix are inflated.

    Parameters
    ----------
    name : str
        Name of the compression, as shown in messages.
    open : callable
        Path of a file -> a stream of its inflated bytes. The stream must raise when the file is
        truncated or its checksum is wrong, at the latest at its end.
    errors : tuple of exception classes
        What the library raises for a damaged file.
    """

    name: str
    open: Callable[[str], Stream]
    errors: tuple[type[Exception], ...]


class _GzipFile(igzip.IGzipFile):
    """A gzip file that is inflated straight into the memory of the caller.

    GzipFile has no readinto of its own: Python's default inflates into new memory and copies.
    """

    def readinto(self, buffer: Buffer) -> int:
        """Fill `buffer` from its start; return the number of bytes, 0 at the end."""
        # What GzipFile itself reads from; without it the result is the same, only later.
        source: Any = getattr(self, "_buffer", None) or super()
        count: int = source.readinto(buffer)
        return count


def _open_gzip(path: str) -> Stream:
    untyped: Any = _GzipFile
    return cast("Stream", untyped(path, "rb"))


def _open_bzip2(path: str) -> Stream:
    import bz2

    return bz2.open(path, "rb")


def _open_by_nibabel(path: str) -> Stream:
    # Zstandard comes from whichever library nibabel finds installed; it takes long to load.
    from nibabel.openers import ImageOpener

    return cast("Stream", ImageOpener(path, "rb"))


# The stub of isal declares its error class as an instance.
_ISAL_ERROR = cast("type[Exception]", IsalError)
_GZIP = Codec("gzip", _open_gzip, (OSError, EOFError, _ISAL_ERROR, zlib.error))

CODECS: dict[str, Codec] = {
    ".gz": _GZIP,
    ".mgz": _GZIP,
    ".bz2": Codec("bzip2", _open_bzip2, (OSError, EOFError, ValueError)),
    # The class of its errors depends on the library, and each derives from Exception only.
    ".zst": Codec("Zstandard", _open_by_nibabel, (Exception,)),
}
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
