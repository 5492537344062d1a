"""What differs between the images of a formula and may be meant: TRs, units of space."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.domain import domain_of
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.spec import Note

__all__ = ["meeting_notes", "tr_notes", "unit_notes"]


def tr_notes(images: Sequence[ImageSource]) -> list[Note]:
    """Return a note for each TR that differs from the first, with the first file that has it."""
    found: dict[float, str] = {}
    times = ""
    for image in images:
        for file, tr in zip(image.files, image.trs, strict=True):
            if tr is None or not any(axis.is_time for axis in image.spec.axes):
                continue
            # pixdim is float32, and some write the TR in ms: rounding stays far below 1e-4, and a
            # difference of 1e-4 shifts 300 volumes by 0.03 volumes.
            if all(abs(tr - known) > 1e-4 * max(tr, known) for known in found):
                found[tr] = _named(image, file)
                times = domain_of(image.spec.axes).times
    first, *others = found.items() or [(0.0, "")]
    return [
        Note(
            "TR",
            f"{first[1]} has a TR of {first[0]:g} s and {name} of {tr:g} s; "
            f"their {times} were combined one by one",
        )
        for tr, name in others
    ]


def unit_notes(images: Sequence[ImageSource]) -> list[Note]:
    """Return a note for each unit of space that differs from the first."""
    found: dict[str, str] = {}
    for image in images:
        for file, grid in zip(image.files, image.grids, strict=True):
            if grid.unit:
                found.setdefault(grid.unit, _named(image, file))
    first, *others = found.items() or [("", "")]
    return [
        Note(
            "units",
            f"{first[1]} says that its voxel sizes are in {first[0]} and {name} in {unit}; "
            "their numbers agree, and were compared as they are",
        )
        for unit, name in others
    ]


def _named(image: ImageSource, file: str) -> str:
    """Return the name of an input, and the file where it has several."""
    return f"{image.name!r}" + (f" ({file})" if len(image.files) > 1 else "")


def meeting_notes(images: Sequence[ImageSource]) -> list[Note]:
    """Return what the headers say of meeting the first one, see `ImageHeader.beside`."""
    first, *others = images
    names = [_named(image, image.files[0]) for image in images]
    return [
        note
        for image, name in zip(others, names[1:], strict=True)
        for note in first.header.beside(image.header, (names[0], name))
    ]
