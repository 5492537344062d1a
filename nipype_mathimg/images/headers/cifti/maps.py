"""What one axis of a CIFTI-2 matrix stands for: models, parcels, a series, or named maps."""

from __future__ import annotations

import re

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.cifti.places import Listed, listed_of
from nipype_mathimg.images.headers.cifti.scan import CiftiError, Element

__all__ = ["AnyMap", "Named", "NamedMap", "Series", "escaped", "map_of"]

_TYPE = "CIFTI_INDEX_TYPE_"
_SECONDS = "SECOND"
_CALLED = {"SECOND": ("s", "times"), "HERTZ": ("Hz", "frequencies"), "METER": ("m", "positions")}
"""Short names of units, and what the elements of a series in them are."""


def escaped(text: str) -> str:
    """Return a text as it stands between tags, or in the quotes of an attribute."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, entity)
    return text


class Series(Frozen):
    """An axis of times, or of frequencies.

    Parameters
    ----------
    start, step : float
        In units of ``10 ** exponent`` of `unit`.
    exponent : int
        See above.
    unit : str
        ``"SECOND"``, ``"HERTZ"``, ``"METER"`` or ``"RADIAN"``.
    length : int
        Number of elements.
    """

    start: float
    step: float
    exponent: int
    unit: str
    length: int
    kind = "SERIES"

    @property
    def called(self) -> str:
        """Short name of its unit."""
        return _CALLED.get(self.unit, (self.unit.lower(), ""))[0]

    @property
    def elements(self) -> str:
        """What its elements are."""
        return _CALLED.get(self.unit, ("", "elements"))[1]

    def real(self, field: str) -> float:
        """Return `start` or `step` without the exponent."""
        return float(f"{getattr(self, field)}e{self.exponent}")

    @property
    def seconds(self) -> tuple[float, float] | None:
        """Start and step in seconds; None where the unit is another or the step is none."""
        if self.unit != _SECONDS or not (np.isfinite(self.step) and self.step > 0):
            return None
        return self.real("start"), self.real("step")

    def xml(self, dimensions: str) -> bytes:
        """Return the map for one dimension of the matrix."""
        return (
            f'<MatrixIndicesMap AppliesToMatrixDimension="{dimensions}" '
            f'IndicesMapToDataType="{_TYPE}SERIES" NumberOfSeriesPoints="{self.length}" '
            f'SeriesExponent="{self.exponent}" SeriesStart="{self.start:.10g}" '
            f'SeriesStep="{self.step:.10g}" SeriesUnit="{self.unit}"/>'
        ).encode()


class NamedMap(Frozen):
    """One map of a file, with its name, its metadata (palettes), and its table of labels.

    Parameters
    ----------
    name : str
        Its name.
    raw : bytes
        The NamedMap element; made where it is empty.
    labels : tuple of (int, str)
        Keys and names of the table of labels.
    """

    name: str
    raw: bytes = b""
    labels: tuple[tuple[int, str], ...] = ()

    @property
    def keys(self) -> tuple[int, ...]:
        """Keys of the table of labels."""
        return tuple(key for key, _ in self.labels)

    def xml(self) -> bytes:
        """Return the element."""
        if self.raw:
            return self.raw
        return f"<NamedMap><MapName>{escaped(self.name)}</MapName></NamedMap>".encode()


class Named(Frozen):
    """An axis of maps.

    Parameters
    ----------
    kind : str
        ``"SCALARS"`` or ``"LABELS"``.
    maps : tuple of NamedMap
        One for each element.
    """

    kind: str
    maps: tuple[NamedMap, ...]

    @property
    def length(self) -> int:
        """Number of maps."""
        return len(self.maps)

    def xml(self, dimensions: str) -> bytes:
        """Return the map for one dimension of the matrix."""
        start = (
            f'<MatrixIndicesMap AppliesToMatrixDimension="{dimensions}" '
            f'IndicesMapToDataType="{_TYPE}{self.kind}">'
        )
        return start.encode() + b"".join(one.xml() for one in self.maps) + b"</MatrixIndicesMap>"


AnyMap = Listed | Series | Named


def map_of(element: Element) -> AnyMap:
    """Return what a MatrixIndicesMap says.

    Raises
    ------
    CiftiError
        Its counts contradict each other, or it is of no known type.
    """
    kind = element.attributes.get("IndicesMapToDataType", "").removeprefix(_TYPE)
    if kind == "SERIES":
        return _series(element)
    if kind in ("SCALARS", "LABELS"):
        return Named(kind, tuple(_named(one) for one in element.all("NamedMap")))
    return listed_of(element)


def _series(element: Element) -> Series:
    exponent = element.attributes.get("SeriesExponent", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,2}", exponent):
        raise CiftiError(f"its series has SeriesExponent={exponent!r}, which is no small number")
    start, step = element.real("SeriesStart"), element.real("SeriesStep")
    if not (np.isfinite(start) and np.isfinite(step)):
        raise CiftiError("its series has a start or a step that is no finite number")
    unit = element.attributes.get("SeriesUnit", "")
    return Series(start, step, int(exponent), unit, element.number("NumberOfSeriesPoints"))


def _named(element: Element) -> NamedMap:
    name = next((child.text for child in element.all("MapName")), "")
    labels = [one for table in element.all("LabelTable") for one in table.all("Label")]
    try:
        table = tuple((int(label.attributes["Key"]), label.text) for label in labels)
    except (KeyError, ValueError):
        msg = f"the labels of its map {name!r} have a key that is no number"
        raise CiftiError(msg) from None
    return NamedMap(name, element.raw, table)
