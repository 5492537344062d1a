"""Two CIFTI-2 headers, part by part."""

from __future__ import annotations

from nipype_mathimg.images.headers.affines import corner_displacement
from nipype_mathimg.images.headers.cifti.grid import apart
from nipype_mathimg.images.headers.cifti.header import CiftiHeader, intent_of
from nipype_mathimg.images.headers.cifti.maps import AnyMap, Named, Series
from nipype_mathimg.images.headers.cifti.places import Listed
from nipype_mathimg.images.headers.compare import Difference, HeaderComparison

__all__ = ["compare"]

_ABSENT = "(no such field)"
MOST_TEXT = 60
"""Characters of a value in the table."""


def compare(reference: CiftiHeader, image: CiftiHeader) -> HeaderComparison:
    """Compare what two files say of their matrices.

    Parameters
    ----------
    reference, image : CiftiHeader
        The headers.

    Returns
    -------
    HeaderComparison
        The displacement is that of the volumes of their voxels; 0 without any, None where
        grayordinates or parcels differ.
    """
    first, second = _fields(reference), _fields(image)
    differences = [
        Difference(field, first.get(field, _ABSENT), second.get(field, _ABSENT))
        for field in {**first, **second}
        if first.get(field) != second.get(field)
    ]
    rows = (reference.slow, image.slow)
    if rows[0].kind != rows[1].kind or rows[0].members != rows[1].members:
        why = apart(*rows) if rows[0].kind == rows[1].kind else "parcels and grayordinates"
        differences.append(Difference("rows", _counted(rows[0]), _counted(rows[1])))
        return HeaderComparison(tuple(differences), None, why)
    volumes = (rows[0].volume, rows[1].volume)
    displacement = 0.0
    if volumes[0] is not None and volumes[1] is not None:
        displacement = corner_displacement(volumes[0][1], volumes[1][1], volumes[0][0])
    return HeaderComparison(tuple(differences), displacement)


def _counted(listed: Listed) -> str:
    what = "parcels" if listed.kind == "PARCELS" else "grayordinates"
    return f"{listed.length} {what} ({len(listed.counts)} names)"


def _fields(header: CiftiHeader) -> dict[str, str]:
    found = {
        "intent_code": str(intent_of(header.fast, header.slow)[0]),
        "datatype": str(header.dtype),
        "descrip": repr(header.base["descrip"].item()),
        **_columns(header.fast),
    }
    for name, value in header.metadata:
        found[f"metadata {name}"] = repr(value[:MOST_TEXT])
    return found


def _columns(fast: AnyMap) -> dict[str, str]:
    if isinstance(fast, Series):
        fields = ("start", "step", "exponent", "unit", "length")
        return {f"series {name}": f"{getattr(fast, name)}" for name in fields}
    if isinstance(fast, Named):
        found = {"maps": ", ".join(repr(one.name) for one in fast.maps)}
        if fast.kind == "LABELS":
            found["labels"] = ", ".join(f"{len(one.keys)} labels" for one in fast.maps)
        return found
    return {"columns": _counted(fast)}
