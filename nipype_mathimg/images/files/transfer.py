"""Bytes between memory and a place in an open file, from any thread."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Closing", "read_at", "write_at"]


def read_at(file: int, target: memoryview, place: int) -> int:
    """Fill `target` with what a file has from a byte on.

    Parameters
    ----------
    file : int
        A file descriptor.
    target : memoryview
        Of bytes, contiguous.
    place : int
        The first byte to be read.

    Returns
    -------
    int
        How many bytes there were: fewer than `target` has where the file ends before.

    Raises
    ------
    OSError
        A fault of the system.
    """
    done = 0
    # The system may stop anywhere, mostly after 2 GiB (man 2 read).
    while done < len(target):
        count = os.preadv(file, [target[done:]], place + done)
        if not count:
            break
        done += count
    return done


def write_at(file: int, source: bytes | memoryview, place: int) -> None:
    """Write all of `source` (bytes, contiguous) to a file from a byte on.

    Raises
    ------
    OSError
        The disk is full, or another fault of the system.
    """
    rest = memoryview(source)
    while rest:
        count = os.pwrite(file, rest, place)
        rest, place = rest[count:], place + count


class Closing(ABC):
    """Something that is closed when its context is left."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is held; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
