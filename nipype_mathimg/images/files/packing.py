"""How files are packed while they are written: one table, the only place to add another way."""

from __future__ import annotations

from collections.abc import Callable

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files import gzip_member

__all__ = ["GZIP", "PLAIN", "ZSTANDARD", "Bytes", "Packing"]

Bytes = bytes | memoryview


class Packing(Frozen):
    """How the bytes of a file are packed: piece by piece, in any thread, the first ones last.

    Parameters
    ----------
    start : callable
        The first bytes -> what the file begins with. Its length depends on their number only:
        it is written before their values are known, and once more at the end.
    packed : callable
        A piece -> what stands in the file for it, which depends on no other piece.
    checksum : callable
        A piece -> its checksum.
    combined : callable
        Checksum of some bytes, that of those behind them, the number of these -> that of both.
    end : callable
        Checksum and number of all bytes -> what the file ends with.
    missing : callable
        Returns what has to be installed first and how, or None.
    """

    start: Callable[[bytes], bytes]
    packed: Callable[[Bytes], Bytes]
    checksum: Callable[[Bytes], int]
    combined: Callable[[int, int, int], int]
    end: Callable[[int, int], bytes]
    missing: Callable[[], tuple[str, str] | None] = lambda: None

    def whole(self, content: bytes) -> bytes:
        """Return a whole file of a few bytes."""
        return self.start(content) + self.end(self.checksum(content), len(content))


def _no_checksum(*_: object) -> int:
    return 0


def _no_end(_checksum: int, _length: int) -> bytes:
    return b""


def _zstandard_start(head: bytes) -> bytes:
    from nipype_mathimg.images.files.zstandard import frame_with_room

    return frame_with_room(head)


def _zstandard_frame(piece: Bytes) -> bytes:
    from nipype_mathimg.images.files.zstandard import frame

    return frame(piece)


def _missing_zstandard() -> tuple[str, str] | None:
    from nipype_mathimg.images.files.zstandard import missing

    return missing()


PLAIN = Packing(bytes, lambda piece: piece, _no_checksum, _no_checksum, _no_end)
"""As they are."""

GZIP = Packing(
    gzip_member.stored_head,
    gzip_member.deflated,
    gzip_member.crc32,
    gzip_member.combined_crc,
    gzip_member.end_of_member,
)
"""One gzip member."""

# Each frame has a checksum of its own.
ZSTANDARD = Packing(
    _zstandard_start, _zstandard_frame, _no_checksum, _no_checksum, _no_end, _missing_zstandard
)
"""Frames of Zstandard, one behind the other."""
