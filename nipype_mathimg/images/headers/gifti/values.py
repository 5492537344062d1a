"""What a GIFTI file says besides its values, in small pieces."""

from __future__ import annotations

from nipype_mathimg.frozen import Frozen

__all__ = [
    "LABEL",
    "NONE",
    "SHAPE",
    "STRUCTURE",
    "TIME_SERIES",
    "TIME_STEP",
    "Coordinates",
    "GiftiMap",
    "Label",
    "Metadata",
    "value_of",
    "with_entry",
]

Metadata = tuple[tuple[str, str], ...]
"""Names and values, in the order of the file."""

TIME_SERIES = "NIFTI_INTENT_TIME_SERIES"
SHAPE = "NIFTI_INTENT_SHAPE"
LABEL = "NIFTI_INTENT_LABEL"
NONE = "NIFTI_INTENT_NONE"

STRUCTURE = "AnatomicalStructurePrimary"
"""Name of the entry that says which part of the brain a surface is: CortexLeft, ..."""

TIME_STEP = "TimeStep"
"""Name of the entry that has the distance between time points; the format gives it no unit."""

_NAME = "Name"


class Label(Frozen):
    """An entry of a table of labels.

    Parameters
    ----------
    key : int
        The value that stands for it.
    name : str
        What it means.
    colour : tuple of (str, str)
        Red, Green, Blue and Alpha as the file has them, from 0 to 1; empty where it has none.
    """

    key: int
    name: str
    colour: Metadata = ()


class Coordinates(Frozen):
    """A matrix from one space to another; it comes with the surface and says nothing of values.

    Parameters
    ----------
    data_space, transformed_space : str
        Such as NIFTI_XFORM_TALAIRACH.
    matrix : str
        Sixteen numbers, as the file has them.
    """

    data_space: str
    transformed_space: str
    matrix: str


class GiftiMap(Frozen):
    """What a file says of one value per vertex: a time point, a map.

    Parameters
    ----------
    intent : str
        What the values are: NIFTI_INTENT_TIME_SERIES, ...
    metadata : tuple of (str, str)
        Such as its Name.
    coordinates : tuple of Coordinates
        Those that the file repeats with it.
    """

    intent: str
    metadata: Metadata = ()
    coordinates: tuple[Coordinates, ...] = ()

    @property
    def name(self) -> str:
        """Its name, empty where it has none."""
        return value_of(self.metadata, _NAME) or ""

    def with_entry(self, name: str, value: str | None) -> GiftiMap:
        """Return it with another value of an entry of its metadata, or (None) without it."""
        return self.changed(metadata=with_entry(self.metadata, name, value))

    def renamed(self, name: str) -> GiftiMap:
        """Return it under another name."""
        return self.with_entry(_NAME, name)


def value_of(metadata: Metadata, name: str) -> str | None:
    """Return the value of an entry, None where there is none of the name."""
    return dict(metadata).get(name)


def with_entry(metadata: Metadata, name: str, value: str | None) -> Metadata:
    """Return metadata with another value of an entry in its place, or (None) without it."""
    entries = dict(metadata)
    if value is None:
        entries.pop(name, None)
    else:
        entries[name] = value
    return tuple(entries.items())
