"""Zstandard (RFC 8878): the library, and files made of frames that several threads compress."""

from __future__ import annotations

import struct
from contextlib import suppress
from importlib import import_module
from typing import Any

__all__ = ["frame", "frame_with_room", "library", "missing"]

_LIBRARIES = ("compression.zstd", "backports.zstd")
"""The part of Python 3.14, and the same for those before; nibabel takes both."""

# Levels 2 and 3 make noisy images no smaller, at 0.9 and 0.4 of the speed; masks are small anyway.
_LEVEL = 1
# A skippable frame (RFC 8878, 3.1.2): its magic number, and the bytes that follow.
_SKIPPABLE = struct.Struct("<II")
_SKIPPABLE_MAGIC = 0x184D2A50
# What compressing adds at most: ZSTD_COMPRESSBOUND of zstd.h for short input, and a checksum.
_BOUND_SHARE, _BOUND_BYTES = 256, 64 + 4


def library() -> Any:  # noqa: ANN401 - a module without types before Python 3.14
    """Return the module that packs and unpacks.

    Raises
    ------
    ImportError
        None is installed.
    """
    for name in _LIBRARIES:
        with suppress(ImportError):
            return import_module(name)
    raise ImportError(f"none of {', '.join(_LIBRARIES)} is installed")


def missing() -> tuple[str, str] | None:
    """Return that the library is not installed, and what to do; None where it is there."""
    try:
        library()
    except ImportError:
        return (
            f"Zstandard needs {_LIBRARIES[-1]} (before Python 3.14), which is not installed",
            'Install it by `pip install "nipype_mathimg[zstd]"`',
        )
    return None


def frame(data: bytes | memoryview) -> bytes:
    """Return `data` as a frame of its own, with a checksum: frames may follow each other."""
    zstd = library()
    option = zstd.CompressionParameter
    packed: bytes = zstd.compress(
        data, options={option.compression_level: _LEVEL, option.checksum_flag: 1}
    )
    return packed


def frame_with_room(data: bytes) -> bytes:
    """Return a frame whose length depends on that of `data` only, so that it can be replaced.

    What is left of the room is a frame that every reader has to skip.
    """
    packed = frame(data)
    room = len(data) + len(data) // _BOUND_SHARE + _BOUND_BYTES - len(packed)
    return packed + _SKIPPABLE.pack(_SKIPPABLE_MAGIC, room) + bytes(room)
