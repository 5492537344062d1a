"""Opening a CIFTI-2 file: its XML checked against the matrix, before any element is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.stored import StoredArray
from nipype_mathimg.images.headers.cifti.header import CIFTI_EXTENSION, CiftiHeader, intent_of
from nipype_mathimg.images.headers.cifti.maps import AnyMap, map_of
from nipype_mathimg.images.headers.cifti.places import Listed
from nipype_mathimg.images.headers.cifti.scan import CiftiError, Element, scan
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import Array

__all__ = ["LabelArray", "open_cifti"]

_REMEDY = "Create the file again, or look at it with `wb_command -file-information`"
_AXES = 6
"""dim[0] of a matrix: four axes of length 1, columns and rows."""


class LabelArray(StoredArray):
    """Labels, which Workbench stores as floats: whole numbers, read as such and checked."""

    @property
    def effective_dtype(self) -> np.dtype[Any]:
        """The dtype of the values: integers."""
        floats = self.scaled or self.dtype.kind == "f"
        return np.dtype(np.int32) if floats else self.exact_dtype

    def decode(self, block: Array) -> Array:
        """Return the labels of stored elements."""
        with np.errstate(all="ignore"):
            values = block.astype(np.float64 if self.scaled else self.exact_dtype, copy=False)
            if self.scaled:
                values = values * self.slope + self.inter
            labels = values.astype(self.effective_dtype, copy=False)
        if values.dtype.kind == "f" and not np.array_equal(labels, values):
            wrong = values[labels != values][0]
            raise self.error(
                f"it is a file of labels and has the value {wrong:g}, which is no whole number",
                "Write it again without scaling, with integers or floats",
            )
        return labels


def open_cifti(
    file: InputFile, header: NiftiHeader, stored: StoredArray
) -> tuple[CiftiHeader, StoredArray]:
    """Return header and matrix of a CIFTI-2 file.

    Parameters
    ----------
    file : InputFile
        For messages.
    header : NiftiHeader
        Its fields and extensions.
    stored : StoredArray
        Where its elements lie, with the six axes of the file.

    Raises
    ------
    ImageFileError
        The XML is damaged, contradicts itself, or describes another matrix than there is.
    """
    texts = [one.content for one in header.extensions if one.code == CIFTI_EXTENSION]
    others = [one for one in header.extensions if one.code != CIFTI_EXTENSION]
    if not texts:
        problem = "its intent is one of CIFTI-2, and it lacks the XML that says what its axes are"
        raise file.error(problem, "Copy the file again; a NIfTI has another intent")
    try:
        found = _header(header, texts[0])
        _check_matrix(header, found)
    except CiftiError as error:
        raise file.error(str(error), _REMEDY) from None
    base = header.copy()
    base.extensions = others
    labels = found.fast.kind == "LABELS"
    kind = LabelArray if labels else StoredArray
    array = kind(file, found.shape, stored.dtype, stored.offset, stored.slope, stored.inter)
    return found.changed(base=base), array


def _header(header: NiftiHeader, xml: bytes) -> CiftiHeader:
    scanned = scan(xml)
    by_dimension: dict[str, Element] = {}
    for element in scanned.maps:
        for dimension in element.attributes.get("AppliesToMatrixDimension", "").split(","):
            if dimension.strip() in by_dimension:
                raise CiftiError(f"dimension {dimension} of its matrix has two maps")
            by_dimension[dimension.strip()] = element
    if sorted(by_dimension) != ["0", "1"]:
        raise CiftiError(
            f"its XML describes the dimensions {', '.join(sorted(by_dimension)) or 'none'} of a "
            "matrix; those of two dimensions are understood, 0 and 1"
        )
    slow = map_of(by_dimension["1"])
    same = by_dimension["0"] is by_dimension["1"]
    fast = slow if same else map_of(by_dimension["0"])
    if not isinstance(slow, Listed) or not _is_known(fast, slow):
        raise CiftiError(
            f"its matrix has {_called(fast)} along rows and {_called(slow)} along columns; that "
            "is no series, maps or connectivity of grayordinates or parcels"
        )
    return CiftiHeader(header, fast, slow, scanned.metadata)


def _is_known(fast: AnyMap, slow: Listed) -> bool:
    # Tables of labels for parcels have no intent of their own, and are read.
    labels = (fast.kind, slow.kind) == ("LABELS", "PARCELS")
    return labels or intent_of(fast, slow)[1] != "ConnUnknown"


def _called(one: AnyMap) -> str:
    return one.kind.lower().replace("_", " ")


def _check_matrix(header: NiftiHeader, found: CiftiHeader) -> None:
    """Compare what the XML counts with the matrix."""
    if len(header.shape) != _AXES or any(n != 1 for n in header.shape[:4]):
        raise CiftiError(f"its dimensions are {header.shape}, which is no matrix of CIFTI-2")
    there, told = header.shape[4:], (found.fast.length, found.slow.length)
    if there != told:
        raise CiftiError(
            f"its XML counts {told[0]} {_called(found.fast)} and {told[1]} {_called(found.slow)}, "
            f"and its matrix is {there[0]} x {there[1]}"
        )
