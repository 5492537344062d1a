"""Two headers, field by field, and the distance between their grids in mm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nipype_mathimg.display import html_table, short
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.affines import corner_displacement, header_affine, spatial_shape
from nipype_mathimg.images.headers.nifti import Extension, NiftiHeader
from nipype_mathimg.spec import Array

__all__ = ["Difference", "HeaderComparison", "compare_headers"]

# The entries of a field, or every extension.
_Field = Array | list[Extension]

_ABSENT = "(no such field)"
_UNSET = {name: np.asarray(np.nan) for name in ("vox_offset", "scl_slope", "scl_inter")}


class Difference(NamedTuple):
    """One field in which two headers differ.

    Parameters
    ----------
    field : str
        Name of the field, or ``"extensions"``.
    reference, image : str
        The field of each header as numpy prints it.
    """

    field: str
    reference: str
    image: str


class HeaderComparison(Frozen):
    """What differs between two headers; ``str()`` gives it as a table.

    Parameters
    ----------
    differences : tuple of Difference
        In the order in which the fields lie in the file.
    displacement_mm : float or None
        Largest distance between equal corners of the two volumes, see `corner_displacement`;
        None when they cannot be laid upon each other.
    apart : str
        Why not.
    """

    differences: tuple[Difference, ...]
    displacement_mm: float | None
    apart: str = "x, y and z differ in length"

    @property
    def same(self) -> bool:
        """Whether no field differs and no voxel lies elsewhere."""
        return not self.differences and self.displacement_mm == 0

    def __str__(self) -> str:
        rows = [("field", "reference", "image")]
        rows += [(item.field, item.reference, item.image) for item in self.differences]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines = table if self.differences else ["no field differs"]
        return "\n".join([*lines, f"grids: {self._grids()}"])

    def __repr__(self) -> str:
        return short(str(self))

    def _repr_html_(self) -> str:
        rows = [*self.differences, ("grids", self._grids(), "")]
        return html_table(rows, Difference._fields)

    def _grids(self) -> str:
        if self.displacement_mm is None:
            return self.apart
        return f"displaced by {self.displacement_mm:.4g} mm at most"


def compare_headers(reference: NiftiHeader, image: NiftiHeader) -> HeaderComparison:
    """Compare two headers field by field, and their grids in mm.

    NaN equals NaN and -0.0 equals 0.0. Fields that only one of the formats has are listed. A
    number counts as equal when it is so in the shorter of its two floating point types, so that
    NIfTI-1 and NIfTI-2 can be compared. Two headers of different formats are compared as NIfTI.

    Parameters
    ----------
    reference, image : NiftiHeader
        The headers.

    Returns
    -------
    HeaderComparison
        The differences, and the displacement of the grids.
    """
    first, second = _comparable(reference, image)
    differences = [
        Difference(field, _text(first.get(field)), _text(second.get(field)))
        for field in dict.fromkeys([*first, *second])
        if not _equal(first.get(field), second.get(field))
    ]
    displacement = None
    if spatial_shape(reference.shape) == spatial_shape(image.shape):
        affines = header_affine(reference), header_affine(image)
        displacement = corner_displacement(*affines, reference.shape)
    return HeaderComparison(tuple(differences), displacement)


def _comparable(
    reference: NiftiHeader, image: NiftiHeader
) -> tuple[dict[str, _Field], dict[str, _Field]]:
    """Return the fields of both headers, as they are when one format or two NIfTI."""
    first, second = reference.original, image.original
    if first and second and first.format == second.format and first.fields:
        return {**first.fields}, {**second.fields}
    return _fields(reference), _fields(image)


def _fields(header: NiftiHeader) -> dict[str, _Field]:
    """Return every field of a header by name, extensions last.

    Where the data begin and how they are scaled belongs to the file, not to the image: nibabel
    shows these fields as unset, whatever the file says, and so does this table.
    """
    fields: dict[str, _Field] = {name: np.asarray(header[name]) for name in header}
    fields.update(_UNSET)
    fields["extensions"] = header.extensions
    return fields


def _equal(first: _Field | None, second: _Field | None) -> bool:
    """Return whether two fields hold the same; floats in the shorter type of the two."""
    if first is None or second is None:
        return first is second
    if isinstance(first, list) or isinstance(second, list):
        return bool(first == second)
    if first.dtype.kind != "f":
        return np.array_equal(first, second)
    # A float64 beyond float32 becomes infinity there, and differs as it should.
    shorter = min(first.dtype, second.dtype, key=lambda dtype: dtype.itemsize)
    with np.errstate(over="ignore"):
        return np.array_equal(first.astype(shorter), second.astype(shorter), equal_nan=True)


def _text(value: _Field | None) -> str:
    """Return a field as numpy prints it, on one line."""
    if value is None:
        return _ABSENT
    if isinstance(value, list):
        items = (f"{code}: {content[:40]!r} ({len(content)} bytes)" for code, content in value)
        return ", ".join(items) or "none"
    if value.dtype.kind == "S" and not value.ndim:
        return repr(value.item())
    return np.array2string(value, max_line_width=10_000) if value.ndim else str(value)
