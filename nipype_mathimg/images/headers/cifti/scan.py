"""One walk over the XML of a CIFTI-2 file: where its maps lie, and what is short in them.

The lists of vertices and voxels, 0.6 MB in a file of 91282 grayordinates, stay bytes: nothing is
made of them until two files have to be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pyexpat import ExpatError, ParserCreate
from typing import Any

from nipype_mathimg.frozen import Frozen

__all__ = ["CiftiError", "Element", "Scanned", "scan"]

_NAMED = ("MapName", "Name", "Value", "Label")
"""Elements whose text is read."""

MOST_TEXT = 1 << 20
"""Characters of one name or value; provenance, the longest, has some thousand."""

MOST_ELEMENTS = 1 << 19
"""Elements of a file, each of which takes up to 0.5 kB here: a thousand maps of 400 labels fit."""

_DEEPEST = 12
"""Elements within one another; the standard has nine at the most."""

# The value of an attribute may hold what would end the tag.
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


class CiftiError(Exception):
    """The XML is not that of a CIFTI-2 file; the text says why."""


class Element(Frozen):
    """An element of the XML.

    Parameters
    ----------
    tag : str
        Its name.
    attributes : mapping
        Its attributes.
    xml : bytes
        All of the text, in UTF-8.
    span : tuple of int
        Where its start tag begins and ends, and where its end tag begins and ends.
    children : tuple of Element
        Those that are looked at: models, parcels, named maps, labels, lists of indices.
    text : str
        Of names and values.
    """

    tag: str
    attributes: Mapping[str, str]
    xml: bytes
    span: tuple[int, int, int, int]
    children: tuple[Element, ...]
    text: str

    @property
    def raw(self) -> bytes:
        """The element with its tags."""
        return self.xml[self.span[0] : self.span[3]]

    @property
    def inner(self) -> bytes:
        """What is between its tags."""
        return self.xml[self.span[1] : self.span[2]]

    def all(self, tag: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.tag == tag]

    def number(self, attribute: str) -> int:
        """Return an attribute that is a whole number, not negative.

        Raises
        ------
        CiftiError
            It is missing, or none.
        """
        given = self.attributes.get(attribute, "")
        if not (given.isascii() and given.isdigit() and len(given) < 16):
            raise CiftiError(f"{self.tag} has {attribute}={given!r}, which is no number")
        return int(given)

    def real(self, attribute: str) -> float:
        """Return an attribute that is a number.

        Raises
        ------
        CiftiError
            It is missing, or none.
        """
        given = self.attributes.get(attribute, "")
        try:
            return float(given)
        except ValueError:
            msg = f"{self.tag} has {attribute}={given!r}, which is no number"
            raise CiftiError(msg) from None


class Scanned(Frozen):
    """What the XML says.

    Parameters
    ----------
    metadata : tuple of (str, str)
        Of the matrix.
    maps : tuple of Element
        MatrixIndicesMap, one for each.
    """

    metadata: tuple[tuple[str, str], ...]
    maps: tuple[Element, ...]


_KEPT = frozenset(
    {"CIFTI", "Matrix", "MatrixIndicesMap", "MetaData", "MD", "Name", "Value", "Volume"}
    | {"TransformationMatrixVoxelIndicesIJKtoXYZ", "BrainModel", "VertexIndices"}
    | {"VoxelIndicesIJK", "Parcel", "Vertices", "Surface", "NamedMap", "MapName", "LabelTable"}
    | {"Label"}
)


_Open = tuple[str, dict[str, str], int, list[Element], list[str]]


class _Walk:
    """The elements that are open, innermost last; each collects its children."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        self.open: list[_Open] = []
        self.count = 0
        self.root: Element | None = None
        self.parser = ParserCreate("UTF-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        # No CIFTI file has one, and what it may declare can grow without bounds.
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: Any) -> None:  # noqa: ANN401 - names and flags of expat
        raise CiftiError("its XML declares a document type, which no CIFTI file has")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= _DEEPEST:
            raise CiftiError("its XML is nested too deeply")
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise CiftiError(f"its XML has more than {MOST_ELEMENTS} elements")
        self.open.append((tag, attributes, self.parser.CurrentByteIndex, [], []))
        if tag in _NAMED:
            self.parser.CharacterDataHandler = self.characters

    def characters(self, text: str) -> None:
        pieces = self.open[-1][4]
        pieces.append(text)
        if sum(map(len, pieces)) > MOST_TEXT:
            raise CiftiError(f"the text of {self.open[-1][0]} does not end")

    def end(self, tag: str) -> None:
        name, attributes, begin, children, pieces = self.open.pop()
        if name in _NAMED:
            self.parser.CharacterDataHandler = None
        if name not in _KEPT:
            return
        at = self.parser.CurrentByteIndex
        tag_end = _tag_end(self.xml, begin)
        # An element without content has one tag, where both events are.
        span = (begin, tag_end, *((tag_end, tag_end) if at == begin else (at, _end(self.xml, at))))
        text = "".join(pieces).strip()
        found = Element(name, attributes, self.xml, span, tuple(children), text)
        if self.open:
            self.open[-1][3].append(found)
        else:
            self.root = found


def _tag_end(xml: bytes, begin: int) -> int:
    found = _TAG.match(xml, begin)
    return begin if found is None else found.end()


def _end(xml: bytes, at: int) -> int:
    return xml.find(b">", at) + 1


def scan(xml: bytes) -> Scanned:
    """Walk over the XML of a CIFTI-2 file.

    Parameters
    ----------
    xml : bytes
        The content of extension 32.

    Raises
    ------
    CiftiError
        It is no XML, of another version, or has not what CIFTI-2 asks for.
    """
    walk = _Walk(_in_utf8(xml))
    try:
        walk.parser.Parse(walk.xml, True)
    except ExpatError as error:
        raise CiftiError(f"its XML is damaged ({error})") from None
    root = walk.root
    if root is None or root.tag != "CIFTI":
        raise CiftiError("its XML is not that of CIFTI")
    version = root.attributes.get("Version", "")
    if version.split(".")[0] != "2":
        raise CiftiError(f"it is of version {version or 'unknown'} of CIFTI, not 2")
    matrices = root.all("Matrix")
    if len(matrices) != 1:
        raise CiftiError(f"its XML describes {len(matrices)} matrices, not one")
    (matrix,) = matrices
    metadata = tuple(pair for one in matrix.all("MetaData") for pair in pairs(one))
    return Scanned(metadata, tuple(matrix.all("MatrixIndicesMap")))


def pairs(metadata: Element) -> list[tuple[str, str]]:
    """Return the names and values of a MetaData element."""
    found = []
    for entry in metadata.all("MD"):
        named = {child.tag: child.text for child in entry.children}
        found.append((named.get("Name", ""), named.get("Value", "")))
    return found


def _in_utf8(xml: bytes) -> bytes:
    declared = _DECLARED.match(xml)
    name = declared.group(1).decode("ascii") if declared else "utf-8"
    if name.lower() in ("utf-8", "utf8", "us-ascii", "ascii"):
        return xml
    try:
        return xml.decode(name).encode("utf-8")
    except (LookupError, UnicodeDecodeError):
        raise CiftiError(f"its XML cannot be read as {name}") from None
