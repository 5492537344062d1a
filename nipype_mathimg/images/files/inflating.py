"""Inflating files of one or more compressed streams, to the last byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Protocol

__all__ = ["Decompressor", "InflatedFile"]

_PACKED_BYTES = 1 << 16


class Decompressor(Protocol):
    """What inflates one stream, as in the modules bz2 and compression.zstd of Python."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing comes out before more is put in."""

    @property
    def unused_data(self) -> bytes:
        """What was put in behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Put in `data`; return at most `max_length` bytes."""


class InflatedFile:
    """The bytes of all streams of a file, one after the other.

    Whatever follows a stream has to be another one: the file objects of Python take bytes
    that they do not understand for the end of the file.

    Parameters
    ----------
    file : binary file
        Left open.
    new : callable
        Makes what inflates one stream.
    """

    def __init__(self, file: BinaryIO, new: Callable[[], Decompressor]) -> None:
        self._file = file
        self._new = new
        self._stream = new()

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        pieces = []
        while size and (piece := self._some(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` from its start; return the number of bytes, 0 at the end."""
        piece = self._some(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Do nothing: the file belongs to the caller."""

    def _some(self, most: int) -> bytes:
        """Return up to `most` bytes, none at the end of the file only."""
        while True:
            packed = b""
            if self._stream.eof:
                packed = self._stream.unused_data or self._file.read(_PACKED_BYTES)
                if not packed:
                    return b""
                self._stream = self._new()
            elif self._stream.needs_input:
                packed = self._file.read(_PACKED_BYTES)
                if not packed:
                    raise EOFError("the end of the compressed data is missing")
            if data := self._stream.decompress(packed, most):
                return data
