"""Chosen parts of the header of one GIFTI file in that of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.chosen import chosen_parts
from nipype_mathimg.images.headers.gifti.change import set_step
from nipype_mathimg.images.headers.gifti.values import TIME_STEP, GiftiMap
from nipype_mathimg.spec import ArraySpec, Note
from nipype_mathimg.words import sentence

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.gifti.header import GiftiHeader

__all__ = ["PARTS", "copy_parts"]


def copy_parts(
    own: GiftiHeader, donor: GiftiHeader, spec: ArraySpec, parts: Sequence[str]
) -> tuple[GiftiHeader, list[Note]]:
    """Return the header of a file with some parts of another one's.

    Parameters
    ----------
    own : GiftiHeader
        Of the file itself.
    donor : GiftiHeader
        Of that which gives the parts.
    spec : ArraySpec
        Of the file itself, with its dtype in the file to be written.
    parts : sequence of str
        Any of `PARTS`. ``metadata``: that of the file, with the structure. ``time``: the
        TimeStep. ``labels``: the table. ``intent`` and ``names``: those of each array.
        ``all``: these, and what else is said of each array.

    Raises
    ------
    HeaderError
        A part does not exist, or the files are of two surfaces.
    """
    chosen = chosen_parts(parts, _COPY, "the header of a surface")
    difference = own.grid.mismatch(donor.grid, 0)
    if difference is not None:
        raise HeaderError(sentence(difference))
    header = own.changed(stored=spec.dtype)
    notes = []
    if len(own.maps) != len(donor.maps) and any(part in _PER_ARRAY for part in chosen):
        told = f"kept: the donor has {len(donor.maps)} arrays and the image {len(own.maps)}"
        notes.append(Note("arrays", told))
        chosen = [part for part in chosen if part not in _PER_ARRAY]
    for part in chosen:
        header = _COPY[part](header, donor)
    return header, notes


def _metadata(header: GiftiHeader, donor: GiftiHeader) -> GiftiHeader:
    step = dict(header.metadata).get(TIME_STEP)
    kept = [(name, value) for name, value in donor.metadata if name != TIME_STEP]
    # The step is a part of its own.
    entries = kept if step is None else [*kept, (TIME_STEP, step)]
    return header.changed(metadata=tuple(entries))


def _time(header: GiftiHeader, donor: GiftiHeader) -> GiftiHeader:
    return set_step(header, donor.time_step) if header.is_series else header


def _labels(header: GiftiHeader, donor: GiftiHeader) -> GiftiHeader:
    return header.changed(labels=donor.labels)


def _of_each(
    copy: Callable[[GiftiMap, GiftiMap], GiftiMap],
) -> Callable[[GiftiHeader, GiftiHeader], GiftiHeader]:
    def copied(header: GiftiHeader, donor: GiftiHeader) -> GiftiHeader:
        pairs = zip(header.maps, donor.maps, strict=True)
        return header.changed(maps=tuple(copy(own, other) for own, other in pairs))

    return copied


_PER_ARRAY = ("all", "intent", "names")

# "all" comes first: it copies what belongs to none of the others too.
_COPY: dict[str, Callable[[GiftiHeader, GiftiHeader], GiftiHeader]] = {
    "all": _of_each(lambda own, other: other),
    "metadata": _metadata,
    "time": _time,
    "labels": _labels,
    "intent": _of_each(lambda own, other: own.changed(intent=other.intent)),
    "names": _of_each(lambda own, other: own.renamed(other.name)),
}

PARTS = tuple(_COPY)
"""What `copy_parts` can copy."""
