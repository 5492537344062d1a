"""The text of a GIFTI document around its data."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from nipype_mathimg.images.headers.gifti.header import GiftiHeader
from nipype_mathimg.images.headers.gifti.values import GiftiMap, Label, Metadata

__all__ = ["END", "array_end", "array_start", "document_start"]

END = b"</GIFTI>\n"

_DECLARATION = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">\n'
)


def document_start(header: GiftiHeader) -> bytes:
    """Return the document up to its first data array."""
    count = str(len(header.maps))
    root = ElementTree.Element("GIFTI", {"Version": "1.0", "NumberOfDataArrays": count})
    root.append(_metadata(header.metadata))
    root.append(_table(header.labels))
    # The end of the root comes after the arrays.
    return _DECLARATION.encode() + _text(root).removesuffix(b"</GIFTI>") + b"\n"


def array_start(header: GiftiHeader, index: int) -> bytes:
    """Return a data array up to its data."""
    one = header.maps[index]
    array = ElementTree.Element("DataArray", _attributes(header, one))
    array.append(_metadata(one.metadata))
    for given in one.coordinates:
        matrix = ElementTree.SubElement(array, "CoordinateSystemTransformMatrix")
        ElementTree.SubElement(matrix, "DataSpace").text = given.data_space
        ElementTree.SubElement(matrix, "TransformedSpace").text = given.transformed_space
        ElementTree.SubElement(matrix, "MatrixData").text = given.matrix
    return _text(array).removesuffix(b"</DataArray>") + b"<Data>"


def array_end() -> bytes:
    """Return what follows the data of an array."""
    return b"</Data></DataArray>\n"


def _attributes(header: GiftiHeader, one: GiftiMap) -> dict[str, str]:
    return {
        "Intent": one.intent,
        "DataType": f"NIFTI_TYPE_{header.dtype.name.upper()}",
        "ArrayIndexingOrder": "RowMajorOrder",
        "Dimensionality": "1",
        "Dim0": str(header.vertices),
        "Encoding": "GZipBase64Binary",
        "Endian": "LittleEndian",
        "ExternalFileName": "",
        "ExternalFileOffset": "",
    }


def _metadata(entries: Metadata) -> ElementTree.Element:
    found = ElementTree.Element("MetaData")
    for name, value in entries:
        entry = ElementTree.SubElement(found, "MD")
        ElementTree.SubElement(entry, "Name").text = name
        ElementTree.SubElement(entry, "Value").text = value
    return found


def _table(labels: Iterable[Label]) -> ElementTree.Element:
    found = ElementTree.Element("LabelTable")
    for one in labels:
        entry = ElementTree.SubElement(found, "Label", {"Key": str(one.key), **dict(one.colour)})
        entry.text = one.name
    return found


def _text(element: ElementTree.Element) -> bytes:
    # Elements without content keep an end tag of their own: the C library wants one of Data.
    text: bytes = ElementTree.tostring(element, "utf-8", short_empty_elements=False)
    # A declaration belongs to the start of a document only.
    return text.partition(b"?>\n")[2] if text.startswith(b"<?xml") else text
