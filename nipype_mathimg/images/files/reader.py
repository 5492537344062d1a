"""Reading ranges of voxels from one image file, in file order and without copies."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from nipype_mathimg.images.files.codecs import Codec
from nipype_mathimg.images.files.stored import Part, StoredArray, damage_error
from nipype_mathimg.images.files.transfer import Closing, read_at
from nipype_mathimg.spec import Array

__all__ = [
    "MOST_AFTER_VOXELS",
    "READ_AHEAD",
    "PlainReader",
    "Reader",
    "StreamReader",
    "file_reader",
    "open_reader",
]

# Small enough that what is skipped stays in the cache of a core.
_SCRATCH_BYTES = 1 << 18

READ_AHEAD = 16 << 20
"""Bytes of a list of compressed files that a reader may inflate before they are asked for."""

MOST_AFTER_VOXELS = 16 << 20
"""Bytes that may follow the voxels where a format allows it: tags and colour tables of MGH."""


class Reader(Closing):
    """One pass over the voxels of an image, by ranges of elements in file order."""

    @abstractmethod
    def read_into(self, start: int, out: Array) -> None:
        """Read the stored elements ``start`` to ``start + out.size`` into `out`.

        Parameters
        ----------
        start : int
            First element, in file order (the first axis varies fastest). For a compressed file
            not before the end of the previous range; what lies between is skipped.
        out : ndarray, 1-D, contiguous
            Of the dtype that the source names as stored.

        Raises
        ------
        ImageFileError
            The file is damaged, or changed since it was opened.
        """

    def finish(self) -> None:
        """Check what can be checked only at the end of the file.

        Raises
        ------
        ImageFileError
            Wrong checksum, truncated, or not of the length that the header says.
        """


def open_reader(part: Part) -> Reader:
    """Return the reader for the layout and the compression of one file."""
    if not isinstance(part, StoredArray):
        return part.open()
    if part.proxy is None and part.factors is None:
        return file_reader(part)
    from nipype_mathimg.images.files.special_readers import FactorReader, ProxyReader  # few are

    return ProxyReader(part) if part.factors is None else FactorReader(part, part.factors)


def file_reader(stored: StoredArray) -> Reader:
    """Return the reader of the elements as they lie in the file."""
    return PlainReader(stored) if stored.codec is None else StreamReader(stored, stored.codec)


class PlainReader(Reader):
    """Any range of an uncompressed file, from any thread."""

    def __init__(self, stored: StoredArray) -> None:
        self._stored = stored
        self._file = stored.file.open()

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`; ranges may come in any order and from several threads."""
        if self._file.closed:
            msg = "read from a closed reader"
            raise ValueError(msg)
        target = out.view(np.uint8).data
        place = self._stored.offset + start * out.itemsize
        try:
            count = read_at(self._file.fileno(), target, place)
        except OSError as error:
            problem = f"cannot be read ({error.strerror or error})"
            raise self._stored.error(problem, "Check the disk, or copy it again") from error
        if count < len(target):
            raise self._stored.ends_early(place + count)

    def close(self) -> None:
        """Release the file."""
        self._file.close()


class StreamReader(Reader):
    """A compressed file, inflated once from its start to its checksum."""

    def __init__(self, stored: StoredArray, codec: Codec) -> None:
        self._stored = stored
        self._codec = codec
        self._place = 0
        self._file = stored.file.open()
        self._stream = codec.open(self._file)

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`; one thread only."""
        self._skip_to(self._stored.offset + start * out.itemsize)
        self._fill(out.view(np.uint8).data)

    def finish(self) -> None:
        """See `Reader.finish`: inflates the rest, so that the trailer is reached."""
        self._skip_to(self._stored.end)
        self.drain(0 if self._stored.ends_with_data else MOST_AFTER_VOXELS)

    def drain(self, most: int) -> None:
        """Inflate what is left and drop it; the codec compares the checksum at the end.

        Parameters
        ----------
        most : int
            Bytes that may follow the voxels. What goes on beyond them is not inflated: some
            thousand bytes can stand for as much as the disk holds.
        """
        # Nearly always nothing is left: a large buffer would cost more than the check.
        scratch = memoryview(bytearray(1))
        while self._read(scratch):
            if self._place > self._stored.end + most:
                raise self._stored.ends_late(f"{self._place} or more")
            scratch = scratch if len(scratch) > 1 else memoryview(bytearray(_SCRATCH_BYTES))

    def close(self) -> None:
        """Release the file."""
        self._stream.close()
        self._file.close()

    def _skip_to(self, place: int) -> None:
        if place < self._place:
            msg = "a compressed file is read in file order only"
            raise ValueError(msg)
        if place > self._place:
            scratch = memoryview(bytearray(min(_SCRATCH_BYTES, place - self._place)))
            while place > self._place:
                self._fill(scratch[: place - self._place])

    def _fill(self, target: memoryview) -> None:
        while target:
            count = self._read(target)
            if not count:
                raise self._stored.ends_early(self._place)
            target = target[count:]

    def _read(self, target: memoryview) -> int:
        try:
            count = self._stream.readinto(target) or 0
        except self._codec.errors as error:
            raise damage_error(self._stored.file, self._codec, error) from error
        self._place += count
        return count
