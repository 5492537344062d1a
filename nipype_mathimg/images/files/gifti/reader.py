"""Reading the data arrays of GIFTI files, one after the other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.codecs import Codec, Stream, codec_of
from nipype_mathimg.images.files.gifti.data import CHUNK_BYTES, DataArray, Encoding
from nipype_mathimg.images.files.gifti.document import GiftiFile
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.reader import READ_AHEAD, Reader
from nipype_mathimg.images.files.sequence import (
    Parts,
    StreamSequenceReader,
    held_at_once,
)
from nipype_mathimg.images.files.stored import damage_error
from nipype_mathimg.spec import Array

__all__ = ["GiftiPart", "open_arrays", "reading_bytes"]


class GiftiPart(Frozen):
    """The elements of a document as a part of an image.

    Parameters
    ----------
    document : GiftiFile
        The document.
    """

    document: GiftiFile

    @property
    def file(self) -> InputFile:
        """See `OtherPart.file`."""
        return self.document.file

    @property
    def shape(self) -> tuple[int, ...]:
        """See `OtherPart.shape`."""
        return self.document.header.shape

    @property
    def size(self) -> int:
        """See `OtherPart.size`."""
        return sum(array.size for array in self.document.arrays)

    @property
    def element_dtype(self) -> np.dtype[Any]:
        """See `OtherPart.element_dtype`; of several dtypes, one that holds all."""
        return self.document.header.stored

    effective_dtype = exact_dtype = element_dtype

    @property
    def conversion(self) -> Hashable:
        """See `OtherPart.conversion`."""
        return str(self.element_dtype)

    @property
    def is_value(self) -> bool:
        """See `OtherPart.is_value`."""
        return True

    @property
    def random_access(self) -> bool:
        """See `OtherPart.random_access`: a part of an array is not decoded alone."""
        return False

    def ahead_bytes(self, ahead: int) -> int:
        """See `OtherPart.ahead_bytes`."""
        return reading_bytes(self.document.arrays, self.element_dtype, ahead)

    def decode(self, block: Array) -> Array:
        """See `OtherPart.decode`."""
        return block.astype(self.element_dtype, copy=False)

    def check_unchanged(self) -> None:
        """See `OtherPart.check_unchanged`."""
        for file in (self.document.file, *self.document.others):
            file.check_unchanged()

    def open(self) -> Reader:
        """Start a pass over the elements."""
        return open_arrays(self.document.arrays, self.element_dtype, READ_AHEAD)


def open_arrays(arrays: Sequence[DataArray], dtype: np.dtype[Any], ahead: int) -> Reader:
    """Return the reader of data arrays of one or more documents, in order.

    Parameters
    ----------
    arrays : sequence of DataArray
        In order.
    dtype : numpy.dtype
        Of what is read.
    ahead : int
        Bytes that may be decoded before they are asked for.
    """
    return StreamSequenceReader(_Arrays(arrays, dtype), _ahead(arrays, ahead))


def reading_bytes(arrays: Sequence[DataArray], dtype: np.dtype[Any], ahead: int) -> int:
    """Return the memory that a reader takes beside the blocks that it is asked for."""
    largest = max(one.size for one in arrays) * dtype.itemsize
    held = max(held_at_once(largest, _ahead(arrays, ahead)), 1)
    # An array that is stored by rows exists twice while it is turned round.
    turned = any(one.by_rows and 1 not in one.shape for one in arrays)
    # Text, what it stands for, and what that inflates to.
    return held * (largest * (1 + turned) + 3 * min(CHUNK_BYTES, largest))


def _ahead(arrays: Sequence[DataArray], ahead: int) -> int:
    # A document that is compressed as a whole is inflated in order, by one thread.
    return 0 if any(_codec(one) for one in arrays) else ahead


def _codec(array: DataArray) -> Codec | None:
    return None if array.encoding is Encoding.EXTERNAL else codec_of(array.file.path)


class _Arrays(Parts):
    """Data arrays, each decoded on its own."""

    def __init__(self, arrays: Sequence[DataArray], dtype: np.dtype[Any]) -> None:
        super().__init__([one.size for one in arrays], dtype)
        self._arrays = arrays
        self._inflated: _Inflated | None = None

    def open(self, index: int) -> Reader:
        """See `Parts.open`."""
        return _Whole(self, index)

    def load(self, index: int) -> Array:
        """See `Parts.load`."""
        array = self._arrays[index]
        return array.values(self._chunks(array)).astype(self.dtype, copy=False)

    def _chunks(self, array: DataArray) -> Iterator[bytes]:
        codec = _codec(array)
        if codec is None:
            return _plain_chunks(array)
        known = self._inflated
        if known is None or known.file != array.file or known.place > array.start:
            self.close()
            known = self._inflated = _Inflated(array.file, codec)
        return known.chunks(array.start, array.stop)

    def close(self) -> None:
        """Release what is inflated."""
        if self._inflated is not None:
            self._inflated.close()
            self._inflated = None


def _plain_chunks(array: DataArray) -> Iterator[bytes]:
    with array.file.open() as content:
        content.seek(array.start)
        left = array.stop - array.start
        while left and (chunk := content.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


class _Inflated:
    """A document that is compressed as a whole, read in order."""

    def __init__(self, file: InputFile, codec: Codec) -> None:
        self.file = file
        self.place = 0
        self._codec = codec
        self._content = file.open()
        self._stream: Stream = codec.open(self._content)

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start`, which is not before those read last, to `stop`."""
        for _ in self._upto(start):
            pass
        yield from self._upto(stop)

    def _upto(self, stop: int) -> Iterator[bytes]:
        while self.place < stop:
            try:
                chunk = self._stream.read(min(CHUNK_BYTES, stop - self.place))
            except self._codec.errors as error:
                raise damage_error(self.file, self._codec, error) from error
            if not chunk:
                return
            self.place += len(chunk)
            yield chunk

    def close(self) -> None:
        """Release the file."""
        self._stream.close()
        self._content.close()


class _Whole(Reader):
    """One data array, decoded when it is read for the first time."""

    def __init__(self, arrays: _Arrays, index: int) -> None:
        self._arrays = arrays
        self._index = index
        self._values: Array | None = None

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`."""
        if self._values is None:
            self._values = self._arrays.load(self._index)
        out[:] = self._values[start : start + out.size]

    def finish(self) -> None:
        """See `Reader.finish`."""
        if self._values is None:
            self._values = self._arrays.load(self._index)

    def close(self) -> None:
        """Forget the values."""
        self._values = None
