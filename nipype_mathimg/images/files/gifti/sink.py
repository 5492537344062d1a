"""Writing GIFTI files, array by array: all of one under its name, or nothing."""

from __future__ import annotations

import numpy as np
from pybase64 import b64encode

from nipype_mathimg.errors import HeaderError, ImageFileError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.atomic_file import AtomicFile
from nipype_mathimg.images.files.gifti.xml import END, array_end, array_start, document_start
from nipype_mathimg.images.files.gzip_member import zlib_stream
from nipype_mathimg.images.files.sink import Sink
from nipype_mathimg.images.headers.gifti.header import GiftiHeader
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.spec import Array, ArraySpec

__all__ = ["EncodedArrays", "GiftiSink"]


class EncodedArrays(Frozen):
    """A run of values: as text where it consists of whole arrays, else as it is.

    Parameters
    ----------
    values : ndarray
        One axis, in the byte order of the file.
    texts : list of bytes
        The data of each array; none where the run ends within one.
    """

    values: Array
    texts: list[bytes]


class GiftiSink(Sink[EncodedArrays]):
    """A GIFTI file, written array by array.

    Parameters
    ----------
    out_file : str
        Its path.
    header : ImageHeader
        What is written besides the values; a map for each value of a vertex.
    spec : ArraySpec
        Shape and dtype of the result.

    Raises
    ------
    HeaderError
        The header is one of another kind, or of another shape.
    """

    def __init__(self, out_file: str, header: ImageHeader, spec: ArraySpec) -> None:
        super().__init__(out_file)
        if not isinstance(header, GiftiHeader):
            raise HeaderError(f"{header.described} has no header in the form of GIFTI")
        # That of labels is not what holds the values best, but what the format says.
        stored = header.stored if header.is_labels else spec.dtype
        self._header = header.changed(stored=stored)
        self._size = header.vertices * len(header.maps)
        if spec.size != self._size or spec.shape[0] != header.vertices:
            known = header.vertices, len(header.maps)
            raise HeaderError(f"the header has the shape {known}, the result {spec.shape}")
        self._dtype = stored.newbyteorder("<")
        self._keys = {one.key for one in header.labels} if header.is_labels else None
        self._written = self._place = 0
        # The beginning of an array whose end comes with the next run.
        self._begun: list[Array] = []
        self._file = AtomicFile(out_file)
        self._write(document_start(self._header))

    def encode(self, chunk: Array) -> EncodedArrays:
        """See `Sink.encode`; the keys of labels are looked up here."""
        if self._keys is not None:
            self._check_keys(chunk, self._keys)
        flat = chunk.ravel(order="F").astype(self._dtype, copy=False)
        length = self._header.vertices
        if flat.size % length:
            return EncodedArrays(flat, [])
        arrays = flat.reshape(-1, length)
        return EncodedArrays(flat, [encoded(array) for array in arrays])

    def append(self, run: EncodedArrays) -> None:
        """See `Sink.append`."""
        if run.texts and not self._begun:
            for text in run.texts:
                self._write_array(text)
            return
        # A run that ends within an array is a part of few arrays, mostly of one: what is left
        # for this thread, which all others wait for, is little.
        self._begun.append(run.values)
        values = np.concatenate(self._begun)
        length = self._header.vertices
        whole = values.size // length
        for array in values[: whole * length].reshape(-1, length):
            self._write_array(encoded(array))
        rest = values[whole * length :]
        self._begun = [rest] if rest.size else []

    def files(self) -> list[AtomicFile]:
        """See `Sink.files`."""
        return [self._file]

    def _complete(self, header: ImageHeader) -> None:
        self._check_complete()
        self._write(END)
        self._file.sync()

    def _check_complete(self) -> None:
        if self._written != len(self._header.maps) or self._begun:
            begun = sum(values.size for values in self._begun)
            count = self._written * self._header.vertices + begun
            msg = f"{self.out_file}: {count} of {self._size} values were written"
            raise ImageFileError(msg)

    def _write_array(self, text: bytes) -> None:
        self._write(array_start(self._header, self._written))
        self._write(text)
        self._write(array_end())
        self._written += 1

    def _write(self, content: bytes) -> None:
        self._file.write_at(content, self._place)
        self._place += len(content)


def encoded(values: Array) -> bytes:
    """Return the values of an array as base64 of a zlib stream, which is what readers expect."""
    # Called gzip in the format, but zlib (RFC 1950): nibabel and Workbench read nothing else. And
    # not in flushed blocks, which the C library has no room for in a small array.
    return b64encode(zlib_stream(values.view(np.uint8).data))
