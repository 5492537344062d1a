"""Chosen parts of one CIFTI-2 header in another: what ``CopyHeader`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.chosen import chosen_parts
from nipype_mathimg.images.headers.cifti.grid import apart
from nipype_mathimg.images.headers.cifti.header import CiftiHeader
from nipype_mathimg.images.headers.cifti.maps import Named, NamedMap, Series
from nipype_mathimg.spec import ArraySpec, Note

__all__ = ["PARTS", "copy_parts"]


def copy_parts(
    own: CiftiHeader, donor: CiftiHeader, spec: ArraySpec, parts: Sequence[str]
) -> tuple[CiftiHeader, list[Note]]:
    """Return the header of a file with some parts of another one's.

    Parameters
    ----------
    own : CiftiHeader
        Of the file itself, whose axes and intent stay.
    donor : CiftiHeader
        Gives the parts.
    spec : ArraySpec
        Shape of the file itself and its dtype in the file to be written.
    parts : sequence of str
        Any of `PARTS`: ``time`` (start, step and unit of the series), ``names`` (of the maps, with
        palettes, without labels), ``labels`` (names with the table), ``metadata`` (of the
        matrix), ``descrip``; ``all`` is every one that both have.

    Raises
    ------
    HeaderError
        A part does not exist, or the files have other grayordinates or parcels.
    """
    names = chosen_parts(parts, _COPY, "the header of a CIFTI file")
    if own.slow.members != donor.slow.members:
        raise HeaderError(f"the two files do not belong together: {apart(own.slow, donor.slow)}")
    base = own.base.copy()
    base.set_dtype(spec.dtype)
    result, notes = own.changed(base=base), []
    for name in names:
        copied = _COPY[name](result, donor)
        if copied is not None:
            result = copied
        elif "all" not in parts:
            notes.append(Note(name, f"the two files do not both have {name}: the own is kept"))
    return result, notes


def _time(own: CiftiHeader, donor: CiftiHeader) -> CiftiHeader | None:
    if not (isinstance(own.fast, Series) and isinstance(donor.fast, Series)):
        return None
    return own.changed(fast=donor.fast.changed(length=own.fast.length))


def _names(own: CiftiHeader, donor: CiftiHeader) -> CiftiHeader | None:
    first, second = own.fast, donor.fast
    if not (isinstance(first, Named) and isinstance(second, Named)):
        return None
    if first.length != second.length or "LABELS" in (first.kind, second.kind):
        return None
    maps = tuple(one if not one.keys else NamedMap(one.name) for one in second.maps)
    return own.changed(fast=first.changed(maps=maps))


def _labels(own: CiftiHeader, donor: CiftiHeader) -> CiftiHeader | None:
    first, second = own.fast, donor.fast
    if not (isinstance(first, Named) and isinstance(second, Named)):
        return None
    if first.length != second.length or second.kind != "LABELS" or first.kind != "LABELS":
        return None
    return own.changed(fast=second)


def _metadata(own: CiftiHeader, donor: CiftiHeader) -> CiftiHeader | None:
    return own.changed(metadata=donor.metadata)


def _descrip(own: CiftiHeader, donor: CiftiHeader) -> CiftiHeader | None:
    base = own.base.copy()
    for field in ("descrip", "aux_file"):
        base[field] = donor.base[field]
    return own.changed(base=base)


_COPY: dict[str, Callable[[CiftiHeader, CiftiHeader], CiftiHeader | None]] = {
    "time": _time,
    "names": _names,
    "labels": _labels,
    "metadata": _metadata,
    "descrip": _descrip,
}

PARTS = ("all", *_COPY)
"""What `copy_parts` can copy."""
