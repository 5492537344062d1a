"""Several files read as one image: volume after volume, the next files inflated meanwhile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.images.files.reader import Reader, open_reader
from nipype_mathimg.images.files.stored import Part
from nipype_mathimg.spec import Array

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = [
    "FileParts",
    "Parts",
    "PlainSequenceReader",
    "StreamSequenceReader",
    "ahead_bytes",
    "held_at_once",
    "open_sequence",
]

_THREADS = 2


def open_sequence(
    files: tuple[Part, ...], dtype: np.dtype[Any] | None, *, plain: bool, ahead: int
) -> Reader:
    """Return the reader of several files, one after the other.

    Parameters
    ----------
    files : tuple of Part
        In the order of the last axis.
    dtype : numpy.dtype or None
        Of the values, when the files need conversions of their own before they fit together;
        None to read the elements as they are stored.
    plain : bool
        Whether any range of every file is cheap to read.
    ahead : int
        Bytes that may be inflated before they are asked for.
    """
    parts = FileParts(files, dtype)
    return PlainSequenceReader(parts) if plain else StreamSequenceReader(parts, ahead)


class Parts(ABC):
    """What is read one after the other as one image, in a common dtype.

    Parameters
    ----------
    sizes : sequence of int
        Elements of each.
    dtype : numpy.dtype
        Of what is read.
    """

    def __init__(self, sizes: Sequence[int], dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.starts = [0, *accumulate(sizes)]
        self.largest = max(sizes) * dtype.itemsize

    def __len__(self) -> int:
        return len(self.starts) - 1

    def overlaps(self, start: int, size: int) -> Iterator[tuple[int, int, slice]]:
        """Yield index of the part, first element in it, and place in the range asked for."""
        stop = start + size
        index = bisect_right(self.starts, start) - 1
        while start < stop:
            end = min(self.starts[index + 1], stop)
            place = slice(start - stop + size, end - stop + size)
            yield index, start - self.starts[index], place
            start, index = end, index + 1

    @abstractmethod
    def open(self, index: int) -> Reader:
        """Return a reader of one part."""

    @abstractmethod
    def load(self, index: int) -> Array:
        """Return all of one part, checked to its end; several threads may call this."""

    def read(self, reader: Reader, index: int, start: int, out: Array) -> None:
        """Read a range of one part, which `open` opened."""
        reader.read_into(start, out)

    def close(self) -> None:  # noqa: B027 - most have nothing that stays open
        """Release what is shared by the parts."""


class FileParts(Parts):
    """Whole files, and the conversion of each to a common dtype.

    Parameters
    ----------
    files : tuple of Part
        In order.
    dtype : numpy.dtype or None
        Of the values, None to read the elements as they are stored.
    """

    def __init__(self, files: tuple[Part, ...], dtype: np.dtype[Any] | None) -> None:
        super().__init__(
            [file.size for file in files], files[0].element_dtype if dtype is None else dtype
        )
        self.files = files
        self._as_stored = [
            dtype is None or (file.element_dtype == dtype and file.is_value) for file in files
        ]

    def open(self, index: int) -> Reader:
        """See `Parts.open`."""
        return open_reader(self.files[index])

    def read(self, reader: Reader, index: int, start: int, out: Array) -> None:
        """See `Parts.read`; here the elements are converted."""
        file = self.files[index]
        if self._as_stored[index]:
            reader.read_into(start, out)
            return
        block = np.empty(out.size, file.element_dtype)
        reader.read_into(start, block)
        out[:] = file.decode(block)

    def load(self, index: int) -> Array:
        """See `Parts.load`."""
        block = np.empty(self.files[index].size, self.dtype)
        with self.open(index) as reader:
            self.read(reader, index, 0, block)
            reader.finish()
        return block


class PlainSequenceReader(Reader):
    """Uncompressed files: any range, from any thread; a file is open only while it is read."""

    def __init__(self, parts: FileParts) -> None:
        self._parts = parts

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`; ranges may come in any order and from several threads."""
        for index, first, place in self._parts.overlaps(start, out.size):
            # A list may have more files than a process may have open (ulimit -n).
            with self._parts.open(index) as reader:
                self._parts.read(reader, index, first, out[place])

    def close(self) -> None:
        """Do nothing: no file is open."""


def ahead_bytes(files: tuple[Part, ...], ahead: int) -> int:
    """Return the bytes of files that a compressed list inflates before they are asked for."""
    largest = max(file.size * file.element_dtype.itemsize for file in files)
    return held_at_once(largest, ahead) * largest if held_at_once(largest, ahead) > 1 else 0


def held_at_once(largest: int, ahead: int) -> int:
    """Return how many parts are held at once when parts of `largest` bytes fit into `ahead`."""
    # One more than the threads: the part that is being read.
    return min(ahead // largest, _THREADS + 1) if largest else 0


def _threads() -> ThreadPoolExecutor:
    # Imports logging and more, which takes longer than a small image.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_THREADS)


class StreamSequenceReader(Reader):
    """Parts of which some are compressed: each is read once, in order, checked to its end.

    Parts that fit into `ahead` are inflated whole by two threads before they are asked for;
    larger ones are inflated as they are read.
    """

    def __init__(self, parts: Parts, ahead: int) -> None:
        self._parts = parts
        self._depth = held_at_once(parts.largest, ahead)
        self._index = -1
        self._reader: Reader | None = None
        self._pool = _threads() if self._depth > 1 else None
        self._loading: deque[Future[Array]] = deque()
        self._submitted = 0

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`; one thread only."""
        for index, first, place in self._parts.overlaps(start, out.size):
            self._advance_to(index)
            if self._reader is not None:
                self._parts.read(self._reader, index, first, out[place])
            else:
                target = out[place]
                target[:] = self._loading[0].result()[first : first + target.size]

    def finish(self) -> None:
        """See `Reader.finish`: for every file, also those of which nothing was asked."""
        self._advance_to(len(self._parts))

    def close(self) -> None:
        """Release the files and the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._loading.clear()
        if self._reader is not None:
            self._reader.close()
        self._parts.close()

    def _advance_to(self, index: int) -> None:
        if index < self._index:
            msg = "compressed files are read in file order only"
            raise ValueError(msg)
        while self._index < index:
            self._leave()
            self._index += 1
            if self._index < len(self._parts):
                self._enter()

    def _leave(self) -> None:
        if self._reader is not None:
            self._reader.finish()
            self._reader.close()
            self._reader = None
        if self._loading:
            # Also where nothing of it was asked for: a wrong checksum has to show.
            self._loading.popleft().result()

    def _enter(self) -> None:
        if self._pool is None:
            self._reader = self._parts.open(self._index)
            return
        last = min(self._index + self._depth, len(self._parts))
        while self._submitted < last:
            self._loading.append(self._pool.submit(self._parts.load, self._submitted))
            self._submitted += 1
