"""Kinds of image files: which axes each is for, and which suffixes say so."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import splitext

from nipype_mathimg.axis import (
    GRAYORDINATE,
    MAP,
    PARCEL,
    SEED,
    SEED_PARCEL,
    SPACE,
    TIME,
    VERTEX,
    Axis,
)
from nipype_mathimg.frozen import Frozen

__all__ = [
    "KINDS",
    "VOLUME",
    "Kind",
    "is_cifti",
    "is_gifti",
    "is_label_name",
    "kind_named",
    "kind_of",
    "unlabelled",
]


class Kind(Frozen):
    """A kind of image file.

    Parameters
    ----------
    described : str
        What such a file is, for a message.
    place : str or None
        The axis of space that tells it from others; None for volumes, which have x, y and z.
    beside : tuple of (str or None)
        The axes that may stand beside that one; None where it may stand alone.
    suffixes : tuple of str
        Ends of the names of its files, in lower case. The first is the usual one.
    """

    described: str
    place: str | None
    beside: tuple[str | None, ...]
    suffixes: tuple[str, ...]


VOLUME = Kind(
    "a volume",
    None,
    (),
    (".nii.gz", ".nii", ".nii.zst", ".hdr", ".img", ".hdr.gz", ".img.gz", ".mgz", ".mgh"),
)
"""Voxels on a grid."""

# CIFTI-2, section "File extensions and intents"; GIFTI, section "File naming". A label file holds
# maps whose values a table names: it has the axes of a file of maps.
KINDS = (
    VOLUME,
    Kind("a dense series (CIFTI-2)", GRAYORDINATE, (TIME,), (".dtseries.nii",)),
    Kind("dense maps (CIFTI-2)", GRAYORDINATE, (None, MAP), (".dscalar.nii", ".dlabel.nii")),
    Kind("a parcellated series (CIFTI-2)", PARCEL, (TIME,), (".ptseries.nii",)),
    Kind("parcellated maps (CIFTI-2)", PARCEL, (None, MAP), (".pscalar.nii", ".plabel.nii")),
    Kind("dense connectivity (CIFTI-2)", GRAYORDINATE, (SEED,), (".dconn.nii",)),
    Kind("parcellated connectivity (CIFTI-2)", PARCEL, (SEED_PARCEL,), (".pconn.nii",)),
    Kind("parcel to dense connectivity (CIFTI-2)", PARCEL, (SEED,), (".pdconn.nii",)),
    Kind("dense to parcel connectivity (CIFTI-2)", GRAYORDINATE, (SEED_PARCEL,), (".dpconn.nii",)),
    Kind("a surface series (GIFTI)", VERTEX, (TIME,), (".func.gii", ".func.gii.gz")),
    Kind(
        "surface maps (GIFTI)",
        VERTEX,
        (None, MAP),
        tuple(f".{one}.gii{end}" for end in ("", ".gz") for one in ("shape", "func", "label")),
    ),
)
"""Every kind; one of several has no suffix of its own."""


def kind_of(axes: Sequence[Axis]) -> Kind | None:
    """Return the kind of file that an array with these axes becomes; None where there is none.

    Examples
    --------
    >>> kind_of([Axis("grayordinate"), Axis("t")]).suffixes
    ('.dtseries.nii',)
    """
    sources = {axis.source for axis in axes}
    for kind in KINDS:
        if kind.place is not None and kind.place in sources:
            others = sources - {kind.place} or {None}
            if others <= set(kind.beside):
                return kind
    return VOLUME if sources & set(SPACE) else None


def is_cifti(kind: Kind) -> bool:
    """Tell whether files of a kind are of CIFTI-2."""
    return kind.place in (GRAYORDINATE, PARCEL)


def kind_named(path: str) -> tuple[str, Kind] | None:
    """Return the known suffix of a name, the longest one, and a kind that has it.

    Examples
    --------
    >>> kind_named("a.DTSERIES.nii")[0]
    '.dtseries.nii'
    """
    name = path.lower()
    known = [(suffix, kind) for kind in KINDS for suffix in kind.suffixes]
    fitting = [(suffix, kind) for suffix, kind in known if name.endswith(suffix)]
    return max(fitting, key=lambda one: len(one[0]), default=None)


def is_label_name(path: str) -> bool:
    """Tell whether a name asks for labels: maps whose values a table names.

    Examples
    --------
    >>> is_label_name(".dlabel.nii"), is_label_name("a.dscalar.nii")
    (True, False)
    """
    found = kind_named(path)
    return found is not None and found[0].endswith(("label.nii", "label.gii"))


def unlabelled(path: str) -> str:
    """Return the suffix of the same maps without labels.

    Examples
    --------
    >>> unlabelled("a.plabel.nii")
    '.pscalar.nii'
    """
    found = kind_named(path)
    return found[1].suffixes[0] if found else ""


def is_gifti(path: str) -> bool:
    """Tell by its name whether a file is GIFTI, perhaps compressed once more.

    Examples
    --------
    >>> is_gifti("a.shape.gii.gz"), is_gifti("a.gii"), is_gifti("a.nii.gz")
    (True, True, False)
    """
    stem, suffix = splitext(path.lower())
    return suffix == ".gii" or splitext(stem)[1] == ".gii"
