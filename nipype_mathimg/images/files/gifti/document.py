"""A GIFTI document, checked: its header, and where the values of each array lie."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import reduce
from typing import Any, Literal, TypeVar

import numpy as np

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.codecs import codec_of
from nipype_mathimg.images.files.gifti.data import DataArray, Encoding
from nipype_mathimg.images.files.gifti.scan import Markup, scan
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.stored import damage_error
from nipype_mathimg.images.headers.gifti.header import GiftiHeader
from nipype_mathimg.images.headers.gifti.values import NONE, GiftiMap, Label

__all__ = ["GiftiFile", "open_gifti"]

_AGAIN = "Copy or create the file again"
_CREATE = "Create the file again"

_DTYPES: dict[str, np.dtype[Any]] = {
    f"NIFTI_TYPE_{name.upper()}": np.dtype(name)
    for name in (
        "uint8", "int32", "float32", "float64", "int8", "int16", "uint16", "uint32", "int64",
        "uint64",
    )
}  # fmt: skip
"""The format has the first three; some programs write others."""

# The C library of the format gives them other names, which some files have.
_C_LIBRARY = "GIFTI_"
_ENCODINGS = {one.value: one for one in Encoding} | {
    "GIFTI_ENCODING_B64GZ": Encoding.GZIPPED,
    "GIFTI_ENCODING_B64BIN": Encoding.BASE64,
    "GIFTI_ENCODING_ASCII": Encoding.ASCII,
    "GIFTI_ENCODING_EXTBIN": Encoding.EXTERNAL,
}
_ENDIANS: dict[str, Literal["<", ">"]] = {
    "LittleEndian": "<", "GIFTI_ENDIAN_LITTLE": "<", "BigEndian": ">", "GIFTI_ENDIAN_BIG": ">",
}  # fmt: skip
_BY_ROWS = {
    "RowMajorOrder": True, "GIFTI_IND_ORD_ROW_MAJOR": True,
    "ColumnMajorOrder": False, "GIFTI_IND_ORD_COL_MAJOR": False,
}  # fmt: skip

_GEOMETRY = ("NIFTI_INTENT_POINTSET", "NIFTI_INTENT_TRIANGLE")
_SPARSE = "NIFTI_INTENT_NODE_INDEX"

_T = TypeVar("_T")


class GiftiFile(Frozen):
    """A document whose markup is right; its data are not looked at.

    Parameters
    ----------
    file : InputFile
        The document.
    header : GiftiHeader
        What it says besides its values.
    arrays : tuple of DataArray
        In order.
    """

    file: InputFile
    header: GiftiHeader
    arrays: tuple[DataArray, ...]

    @property
    def others(self) -> tuple[InputFile, ...]:
        """The files beside it that have values."""
        return tuple(
            {one.file.path: one.file for one in self.arrays if one.file != self.file}.values()
        )


def open_gifti(file: InputFile) -> GiftiFile:
    """Read the markup of a document and check it.

    Parameters
    ----------
    file : InputFile
        The document.

    Raises
    ------
    ImageFileError
        Damaged or truncated; of another kind; a surface's geometry and not values; arrays that
        contradict each other or the space that they take.
    """
    markup = _markup(file)
    if not markup.arrays:
        raise file.error("has no data array", _AGAIN)
    _check_count(file, markup)
    arrays = tuple(_array(file, markup, index) for index in range(len(markup.arrays)))
    _check_vertices(file, arrays)
    dtype: np.dtype[Any] = reduce(
        np.promote_types, (one.dtype.newbyteorder("=") for one in arrays)
    )
    maps = tuple(
        GiftiMap(
            one.attributes.get("Intent", NONE), tuple(one.metadata.items()), tuple(one.coordinates)
        )
        for one, array in zip(markup.arrays, arrays, strict=True)
        for _ in range(array.shape[1])
    )
    labels = tuple(_label(file, *one) for one in markup.labels)
    metadata = tuple(markup.metadata.items())
    header = GiftiHeader(arrays[0].shape[0], dtype, maps, metadata, labels)
    return GiftiFile(file, header, arrays)


def _markup(file: InputFile) -> Markup:
    codec = codec_of(file.path)
    with file.open() as content:
        if codec is None:
            return scan(content.read, file.error)
        try:
            with closing(codec.open(content)) as stream:
                return scan(stream.read, file.error)
        except ImageFileError:
            raise  # of the document; it is an OSError, as damage to the compression may be
        except codec.errors as error:
            raise damage_error(file, codec, error) from error


def _check_count(file: InputFile, markup: Markup) -> None:
    said = (markup.attributes or {}).get("NumberOfDataArrays", "")
    if said.strip() and said.strip() != str(len(markup.arrays)):
        problem = f"says that it has {said} data arrays, and has {len(markup.arrays)}"
        raise file.error(problem, _AGAIN)


def _check_vertices(file: InputFile, arrays: Sequence[DataArray]) -> None:
    vertices = arrays[0].shape[0]
    for one in arrays:
        if one.shape[0] != vertices:
            raise file.error(
                f"{one.place} has values of {one.shape[0]} vertices and the first one of "
                f"{vertices}",
                "Give files of one surface each",
            )


def _array(file: InputFile, markup: Markup, index: int) -> DataArray:
    """Return one array, after its attributes have been checked."""
    one = markup.arrays[index]
    place = f"data array {index + 1} of {len(markup.arrays)}"
    _check_intent(file, one.attributes.get("Intent", ""))
    take = _Attributes(file, place, one.attributes)
    encoding = take.known("Encoding", _ENCODINGS)
    dtype = take.known("DataType", _DTYPES)
    # Bytes that say nothing of their order are those of nearly every machine.
    if encoding is not Encoding.ASCII:
        dtype = dtype.newbyteorder(take.known("Endian", _ENDIANS, "LittleEndian"))
    shape = take.shape()
    where, start, stop = file, one.start, one.stop
    if encoding is Encoding.EXTERNAL:
        where, start, stop = _external(take, int(np.prod(shape, dtype=object)) * dtype.itemsize)
    elif start < 0 or stop < 0:
        raise file.error(f"{place} has no data", _AGAIN)
    by_rows = take.known("ArrayIndexingOrder", _BY_ROWS, "RowMajorOrder")
    array = DataArray(where, place, encoding, start, stop, shape, dtype, by_rows)
    array.check()
    return array


def _check_intent(file: InputFile, intent: str) -> None:
    if intent in _GEOMETRY:
        raise file.error(
            "is the surface itself, points and triangles, not values at its vertices",
            "Give a file of values, such as .func.gii, .shape.gii or .label.gii",
        )
    if intent == _SPARSE:
        raise file.error(
            "has values at some vertices only, which are listed", "Give a file of all vertices"
        )


class _Attributes(Frozen):
    """The attributes of a DataArray, with the words for an error."""

    file: InputFile
    place: str
    given: dict[str, str]

    def known(self, name: str, values: Mapping[str, _T], absent: str = "") -> _T:
        """Return what the value of an attribute stands for."""
        text = self.given.get(name, "").strip() or absent
        if text not in values:
            known = ", ".join(one for one in values if not one.startswith(_C_LIBRARY))
            problem = f"{self.place} has the {name} {text!r}, which is none of {known}"
            raise self.file.error(problem, _CREATE)
        return values[text]

    def whole(self, name: str) -> int:
        """Return a length or an offset; 0 where there is none."""
        text = self.given.get(name, "").strip() or "0"
        # Python's integers have no end, and the text of a damaged one neither.
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise self.file.error(f"{self.place} has the {name} {text[:40]!r}", _CREATE)
        return int(text)

    def shape(self) -> tuple[int, int]:
        """Return vertices, and values per vertex."""
        count = self.whole("Dimensionality")
        lengths = [self.whole(f"Dim{k}") for k in range(min(count, 6))]
        if not 1 <= count <= 6 or min(lengths) < 1 or any(n > 1 for n in lengths[2:]):
            problem = f"{self.place} has the shape {tuple(lengths)}, not vertices and maps"
            raise self.file.error(problem, _CREATE)
        return lengths[0], (*lengths, 1)[1]


def _external(take: _Attributes, nbytes: int) -> tuple[InputFile, int, int]:
    """Return the file beside the document that has the values, and where in it they lie."""
    name = take.given.get("ExternalFileName", "").strip()
    if not name:
        problem = f"{take.place} is in another file, and the document does not name it"
        raise take.file.error(problem, _CREATE)
    path = os.path.join(os.path.dirname(take.file.path), name)
    beside = InputFile.found(take.file.name, path)
    start = take.whole("ExternalFileOffset")
    return beside, start, min(start + nbytes, max(beside.identity.size, start))


def _label(file: InputFile, attributes: dict[str, str], name: str) -> Label:
    # Index is what the first files of the format had.
    text = (attributes.get("Key") or attributes.get("Index") or "").strip()
    try:
        key = int(text)
    except ValueError:
        raise file.error(f"its label {name!r} has the key {text[:40]!r}", _CREATE) from None
    colour = tuple((k, v) for k, v in attributes.items() if k not in ("Key", "Index"))
    return Label(key, name, colour)
