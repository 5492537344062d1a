"""Axes whose elements a list names: grayordinates and parcels, copied as bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.cifti.scan import CiftiError, Element
from nipype_mathimg.spec import FloatArray

__all__ = ["Listed", "Members", "listed_of"]

_APPLIES = re.compile(rb"(AppliesToMatrixDimension\s*=\s*)(\"[^\"]*\"|'[^']*')")
_NUMBERS = b"0123456789 \t\r\n"
_TYPE = "CIFTI_INDEX_TYPE_"


class Members:
    """Which elements a dense or parcellated axis has, in their order: equal where all are.

    Files of one kind have the same bytes when one program wrote them; only where these differ are
    the lists compared as numbers.

    Parameters
    ----------
    element : Element
        The MatrixIndicesMap.
    outline : tuple
        What its attributes say: structures, counts, names.
    """

    __slots__ = ("_digest", "_element", "outline")

    def __init__(self, element: Element, outline: tuple[object, ...]) -> None:
        self._element = element
        self._digest: bytes | None = None
        self.outline = outline

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Members):
            return NotImplemented
        if self is other:
            return True
        if self.outline != other.outline:
            return False
        return self._element.inner == other._element.inner or self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.outline)

    def listed(self) -> Listed:
        """Return the axis."""
        return listed_of(self._element).changed(members=self)

    @property
    def digest(self) -> bytes:
        """A fingerprint of the lists of vertices and voxels, however they are written."""
        if self._digest is None:
            from hashlib import sha1  # OpenSSL takes 3 MB, and files of one program need none

            found = sha1(usedforsecurity=False)
            for child in self._element.children:
                parcel = child.tag == "Parcel"
                # The matrix of a volume is compared with a tolerance, elsewhere.
                lists = () if child.tag == "Volume" else child.children
                for one in sorted(lists, key=_structure) if parcel else lists:
                    numbers = np.fromstring(one.inner, np.int64, sep=" ")
                    # In a model the order counts, a parcel is a set.
                    if one.tag == "VoxelIndicesIJK":
                        rows = numbers.reshape(-1, 3)
                        numbers = rows[np.lexsort(rows.T)] if parcel else rows
                    elif parcel:
                        numbers = np.sort(numbers)
                    found.update(one.tag.encode() + numbers.tobytes())
            self._digest = found.digest()
        return self._digest


class Listed(Frozen):
    """An axis whose elements a list names: grayordinates, or parcels. Copied as bytes.

    Parameters
    ----------
    kind : str
        ``"BRAIN_MODELS"`` or ``"PARCELS"``.
    element : Element
        The MatrixIndicesMap.
    members : Members
        Their identity.
    length : int
        Number of elements.
    """

    kind: str
    element: Element
    members: Members
    length: int

    @property
    def counts(self) -> dict[str, int]:
        """Number of elements of each structure, or 1 for each parcel by its name."""
        if self.kind == "PARCELS":
            return dict.fromkeys(self.names, 1)
        found: dict[str, int] = {}
        for model in self.element.all("BrainModel"):
            structure = model.attributes.get("BrainStructure", "").removeprefix("CIFTI_STRUCTURE_")
            found[structure] = found.get(structure, 0) + model.number("IndexCount")
        return found

    @property
    def names(self) -> list[str]:
        """Names of the parcels."""
        return [one.attributes.get("Name", "") for one in self.element.all("Parcel")]

    @property
    def volume(self) -> tuple[tuple[int, ...], FloatArray] | None:
        """Shape of the volume that the voxels are in, and its affine in mm; None without one."""
        for volume in self.element.all("Volume"):
            shape = tuple(int(n) for n in volume.attributes["VolumeDimensions"].split(","))
            for matrix in volume.children:
                exponent = int(matrix.attributes.get("MeterExponent", "-3"))
                numbers = np.array(matrix.inner.split(), float).reshape(4, 4)
                numbers[:3] *= 10.0 ** (exponent + 3)
                return shape, numbers
        return None

    def xml(self, dimensions: str) -> bytes:
        """Return the map for one dimension of the matrix, or for two (``"0,1"``)."""
        raw, head = self.element.raw, self.element.span[1] - self.element.span[0]
        tag = _APPLIES.sub(rb'\1"' + dimensions.encode() + rb'"', raw[:head])
        return tag + raw[head:]


def listed_of(element: Element) -> Listed:
    """Return the grayordinates or parcels that a MatrixIndicesMap lists.

    Raises
    ------
    CiftiError
        It lists none, or its counts contradict each other.
    """
    kind = element.attributes.get("IndicesMapToDataType", "").removeprefix(_TYPE)
    if kind == "BRAIN_MODELS":
        return _dense(element)
    if kind == "PARCELS":
        return _parcels(element)
    raise CiftiError(f"one of its axes is of the type {kind!r}, which CIFTI-2 does not know")


def _dense(element: Element) -> Listed:
    at, outline = 0, []
    for model in element.all("BrainModel"):
        offset, count = model.number("IndexOffset"), model.number("IndexCount")
        structure = model.attributes.get("BrainStructure", "")
        if offset != at:
            raise CiftiError(f"{structure} begins at element {offset}, where {at} is the next one")
        of_voxels = model.attributes.get("ModelType", "").endswith("VOXELS")
        tag, each = ("VoxelIndicesIJK", 3) if of_voxels else ("VertexIndices", 1)
        listed = sum(_count(one) for one in model.all(tag))
        if listed != each * count:
            raise CiftiError(f"{structure} has IndexCount={count}, and a list of {listed // each}")
        vertices = model.attributes.get("SurfaceNumberOfVertices", "")
        outline.append((structure, of_voxels, count, vertices))
        at += count
    volumes = [one.attributes.get("VolumeDimensions", "") for one in element.all("Volume")]
    members = Members(element, (*outline, *volumes))
    return Listed("BRAIN_MODELS", element, members, at)


def _parcels(element: Element) -> Listed:
    parcels = element.all("Parcel")
    sizes = []
    for parcel in parcels:
        _each_counted(parcel.children)
        sizes.append(tuple(sorted(map(_structure, parcel.children))))
    names = [one.attributes.get("Name", "") for one in parcels]
    surfaces = [
        (one.attributes.get("BrainStructure", ""), one.attributes.get("SurfaceNumberOfVertices"))
        for one in element.all("Surface")
    ]
    volumes = [one.attributes.get("VolumeDimensions", "") for one in element.all("Volume")]
    outline = (*zip(names, sizes, strict=True), *sorted(surfaces, key=str), *volumes)
    return Listed("PARCELS", element, Members(element, outline), len(parcels))


def _structure(element: Element) -> str:
    """Return the surface that vertices are of; empty for voxels."""
    return element.attributes.get("BrainStructure", "")


def _each_counted(lists: Iterable[Element]) -> None:
    for one in lists:
        _count(one)


def _count(element: Element) -> int:
    """Return how many numbers a list has, without making any of them."""
    inner = element.inner
    if inner.translate(None, _NUMBERS):
        raise CiftiError(f"its {element.tag} has something else than whole numbers")
    digits = np.frombuffer(inner, np.uint8) >= ord("0")
    if not digits.size:
        return 0
    return int(np.count_nonzero(digits[1:] & ~digits[:-1])) + int(digits[0])
