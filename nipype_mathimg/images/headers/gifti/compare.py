"""What differs between the headers of two GIFTI files, and what a fresh one does not have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from nipype_mathimg.images.headers.compare import Difference, HeaderComparison
from nipype_mathimg.images.headers.gifti.values import STRUCTURE

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.gifti.header import GiftiHeader

__all__ = ["compare", "lost"]

_ABSENT = "(none)"
_NAMES_SHOWN = 3


def compare(reference: GiftiHeader, image: GiftiHeader) -> HeaderComparison:
    """Compare the headers of two files, entry by entry.

    Returns
    -------
    HeaderComparison
        The differences: surface, dtype, metadata, table of labels, and those of each array.
    """
    differences = tuple(
        Difference(field, _ABSENT if a is None else a, _ABSENT if b is None else b)
        for field, a, b in _pairs(reference, image)
        if a != b
    )
    same = reference.grid.mismatch(image.grid, 0) is None
    apart = f"{reference.grid.place} and {image.grid.place}"
    return HeaderComparison(differences, 0.0 if same else None, apart)


def _pairs(
    first: GiftiHeader, second: GiftiHeader
) -> Iterator[tuple[str, str | None, str | None]]:
    yield "vertices", str(first.vertices), str(second.vertices)
    yield STRUCTURE, first.structure or None, second.structure or None
    yield "dtype", str(first.stored), str(second.stored)
    yield "arrays", str(len(first.maps)), str(len(second.maps))
    yield from _entries("", dict(first.metadata), dict(second.metadata))
    yield from _entries("label ", _table(first), _table(second))
    for k, (one, other) in enumerate(zip_longest(first.maps, second.maps)):
        if one is None or other is None:
            return
        yield f"array {k + 1} Intent", one.intent, other.intent
        yield from _entries(f"array {k + 1} ", dict(one.metadata), dict(other.metadata))


def _table(header: GiftiHeader) -> dict[str, str]:
    return {
        str(one.key): " ".join([one.name, *(f"{name} {value}" for name, value in one.colour)])
        for one in header.labels
    }


def _entries(
    prefix: str, first: dict[str, str], second: dict[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    for name in dict.fromkeys([*first, *second]):
        if name != STRUCTURE:
            yield f"{prefix}{name}", first.get(name), second.get(name)


def lost(donor: GiftiHeader, fresh: GiftiHeader) -> list[str]:
    """Return what `donor` carries and a fresh header does not, each as ``name value``."""
    found = []
    names = [one.name for one in donor.maps if one.name]
    if names:
        more = ", ..." if len(names) > _NAMES_SHOWN else ""
        found.append(f"names {', '.join(names[:_NAMES_SHOWN])}{more}")
    kept = {one.intent for one in fresh.maps}
    intents = dict.fromkeys(one.intent for one in donor.maps if one.intent not in kept)
    found += [f"intent {one.removeprefix('NIFTI_INTENT_')}" for one in intents]
    entries = [name for name, _ in donor.metadata if name not in dict(fresh.metadata)]
    if entries:
        found.append(f"metadata {', '.join(entries)}")
    if donor.labels and not fresh.labels:
        found.append(f"table of {len(donor.labels)} labels")
    return found
