"""The markup of a GIFTI document, and where its data lie: these are passed by, not parsed."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.headers.gifti.values import Coordinates
from nipype_mathimg.words import in_units

__all__ = ["ArrayMarkup", "Markup", "scan"]

_CHUNK_BYTES = 1 << 18
# GIFTI nests five deep; what is deeper is another document.
_DEEPEST = 12
_MOST_MARKUP = 32 << 20
"""Bytes of a document besides its data: 30,000 time points, each with 1 kB of what is said of it.

Names, attributes and comments of a document that only fills memory end here.
"""
_LONGEST_RUN = 4 << 20
"""Bytes of it without the end of a tag: a name, a comment, provenance. Expat keeps a tag whole."""
_MOST_ELEMENTS = 1 << 19
"""Elements of a document, each of which takes up to 0.5 kB here; a time point has some 20."""
_TEXTS = ("Name", "Value", "Label", "DataSpace", "TransformedSpace", "MatrixData")
_ENDS_EARLY = "the file is truncated: its XML ends too early"
_AGAIN = "Copy or create the file again"


class ArrayMarkup:
    """One DataArray as the document has it, unchecked.

    Parameters
    ----------
    attributes : dict
        Of the element.

    Attributes
    ----------
    metadata : dict
        Names and values.
    coordinates : list of Coordinates
        Its matrices.
    start, stop : int
        Bytes of the (inflated) file, from the tag ``<Data>`` to that which ends it; -1 where
        there is none.
    """

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.metadata: dict[str, str] = {}
        self.coordinates: list[Coordinates] = []
        self.start = self.stop = -1


class Markup:
    """A GIFTI document as it is, unchecked and without its data.

    Attributes
    ----------
    attributes : dict or None
        Of the element GIFTI, None where the document is of another kind.
    metadata : dict
        Of the file.
    labels : list of (dict, str)
        Attributes and name of each entry of the table of labels.
    arrays : list of ArrayMarkup
        In order.
    """

    def __init__(self) -> None:
        self.attributes: dict[str, str] | None = None
        self.metadata: dict[str, str] = {}
        self.labels: list[tuple[dict[str, str], str]] = []
        self.arrays: list[ArrayMarkup] = []


def scan(read: Callable[[int], bytes], error: Callable[[str, str], ImageFileError]) -> Markup:
    """Read a document once, in order.

    Parameters
    ----------
    read : callable
        Number of bytes -> that many of the (inflated) file, fewer at its end.
    error : callable
        Problem and remedy -> the error for the file.

    Raises
    ------
    ImageFileError
        No well-formed XML, truncated, or of entities, depth or text that no GIFTI file has.
    """
    scanner = _Scanner(error)
    while chunk := read(_CHUNK_BYTES):
        scanner.take(chunk)
    scanner.finish()
    return scanner.markup


class _Scanner:
    """Feeds expat with everything but the data, and collects what it tells."""

    def __init__(self, error: Callable[[str, str], ImageFileError]) -> None:
        self.markup = Markup()
        self._error = error
        self._open: list[str] = []
        self._text: list[str] = []
        self._fed = self._run = self._elements = 0
        self._texts: dict[str, str] = {}
        self._label: dict[str, str] = {}
        # Bytes of data that expat has not seen.
        self._skipped = 0
        # Whether the last that expat told of was the start of data.
        self._at_data = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity

    def take(self, chunk: bytes) -> None:
        """Take the next bytes of the document."""
        place = 0
        while place < len(chunk):
            if self._at_data:
                # Neither base64 nor numbers have this character: the data end here.
                end = chunk.find(b"<", place)
                end = len(chunk) if end < 0 else end
                self._skipped += end - place
                self._at_data = end == len(chunk)
                place = end
                continue
            # Tag by tag, so that none of the data is behind a tag that starts them.
            stop = chunk.find(b">", place) + 1 or len(chunk)
            self._parse(chunk[place:stop])
            place = stop

    def finish(self) -> None:
        """Take note that the document ends here."""
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if self.markup.attributes is None:
                raise self._error("is no XML, and so not GIFTI", "Check the path") from error
            raise self._error(_ENDS_EARLY, _AGAIN) from error
        if self.markup.attributes is None:
            raise self._error("is an XML file of another kind, not GIFTI", "Check the path")

    def _parse(self, piece: bytes) -> None:
        self._fed += len(piece)
        self._run += len(piece)
        if self._fed > _MOST_MARKUP:
            raise self._too_large(f"{in_units(_MOST_MARKUP)} of XML besides its data")
        if self._run > _LONGEST_RUN:
            raise self._too_large(f"{in_units(_LONGEST_RUN)} of text or of a tag in one piece")
        if piece.endswith(b">"):
            self._run = 0
        try:
            self._parser.Parse(piece, False)
        except expat.ExpatError as error:
            place = self._parser.ErrorByteIndex + self._skipped
            what = expat.ErrorString(error.code)
            raise self._error(f"its XML is damaged at byte {place} ({what})", _AGAIN) from error
        except (LookupError, ValueError) as error:
            # The encoding that the document says it has is unknown, or one of many bytes.
            raise self._error(f"its XML cannot be read ({error})", _AGAIN) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open.append(tag)
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise self._too_large(f"{_MOST_ELEMENTS} elements of XML")
        self._at_data = tag == "Data"
        if len(self._open) > _DEEPEST:
            raise self._error("its XML is nested deeper than that of GIFTI", "Check the file")
        self._text = []
        markup = self.markup
        if tag == "GIFTI" and len(self._open) == 1:
            markup.attributes = attributes
        elif tag == "DataArray":
            markup.arrays.append(ArrayMarkup(attributes))
        elif tag == "Label":
            self._label = attributes
        elif tag == "Data" and markup.arrays:
            if markup.arrays[-1].start >= 0:
                raise self._error("a data array has its data twice", _AGAIN)
            markup.arrays[-1].start = self._place
        elif tag in ("MD", "CoordinateSystemTransformMatrix"):
            self._texts = {}

    def _end(self, tag: str) -> None:
        self._at_data = False
        self._open.pop()
        if tag in _TEXTS:
            self._texts[tag] = "".join(self._text)
        markup = self.markup
        array = markup.arrays[-1] if "DataArray" in self._open else None
        if tag == "Label":
            markup.labels.append((self._label, self._texts[tag].strip()))
        elif tag == "MD":
            entries = markup.metadata if array is None else array.metadata
            name = self._texts.get("Name", "").strip()
            entries[name] = self._texts.get("Value", "").strip()
        elif tag == "CoordinateSystemTransformMatrix" and array is not None:
            names = ("DataSpace", "TransformedSpace", "MatrixData")
            array.coordinates.append(
                Coordinates(*(self._texts.get(name, "").strip() for name in names))
            )
        elif tag == "Data" and array is not None:
            array.stop = self._place

    def _characters(self, text: str) -> None:
        self._at_data = False
        if self._open[-1] not in _TEXTS:
            return
        self._text.append(text)

    def _entity(self, *_: object) -> None:
        # A few of them, each made of others, can stand for more text than there is memory.
        raise self._error("its XML defines entities, which no GIFTI file needs", "Check the file")

    def _too_large(self, most: str) -> ImageFileError:
        return self._error(f"it has more than {most}, which no GIFTI file has", "Check the file")

    @property
    def _place(self) -> int:
        """Byte of the file at which what expat tells of begins."""
        return self._parser.CurrentByteIndex + self._skipped
