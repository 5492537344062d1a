"""Files of every format, and what can happen to one: a list of edits, so that it can be shrunk."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.nifti1 import Nifti1Extension

__all__ = ["Edit", "Original", "originals", "random_edits", "written"]

SHAPE = (5, 4, 3, 6)
EXTREMES = (0, 1, 2, 7, 8, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000)
"""Integers at the ends of their types, as a length or an offset may be one."""


@dataclass(frozen=True)
class Original:
    """A whole file: its name, its content before it was packed, and how that is done."""

    name: str
    content: bytes
    pack: Callable[[bytes], bytes] = bytes
    others: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_image(self) -> bool:
        return not self.name.endswith((".tsv", ".json", ".bval"))


@dataclass(frozen=True)
class Edit:
    """One change of a file: `new` in place of `length` bytes at a place.

    `inside` says that it happens before the file is packed, so that the checksum is right.
    """

    place: int
    length: int
    new: bytes
    inside: bool

    def applied(self, content: bytes) -> bytes:
        return content[: self.place] + self.new + content[self.place + self.length :]


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _members(content: bytes) -> bytes:
    middle = len(content) // 2
    return _gzip(content[:middle]) + _gzip(content[middle:])


@cache
def originals() -> tuple[Original, ...]:
    """Return one file of each kind."""
    rng = np.random.default_rng(0)
    data = rng.integers(-100, 100, SHAPE).astype(np.int16)
    plain = _nifti(nib.Nifti1Image(data, np.diag([2.0, 2, 3, 1])))
    floats = _nifti(nib.Nifti1Image(rng.normal(size=SHAPE).astype(np.float32), np.eye(4)))
    swapped = nib.Nifti1Image(data, np.eye(4), nib.Nifti1Header(endianness=">"))
    extended = nib.Nifti1Image(data, np.eye(4))
    extended.header.extensions.append(Nifti1Extension(6, b"what was done"))
    extended.header.extensions.append(Nifti1Extension(4, b"<?xml version='1.0'?><AFNI/>"))
    mgh = _nifti(nib.MGHImage(data.astype(np.float32), np.eye(4)))
    header, image = _pair(nib.Nifti1Pair(data, np.eye(4)))
    return (
        Original("a.nii", plain),
        Original("a.nii", floats),
        Original("a.nii", _nifti(swapped)),
        Original("a.nii", _nifti(nib.Nifti2Image(data, np.eye(4)))),
        Original("a.nii", _nifti(extended)),
        Original("a.nii.gz", plain, _gzip),
        Original("a.nii.gz", _nifti(extended), _gzip),
        Original("a.nii.gz", plain, _members),
        Original("a.nii.bz2", plain, bz2.compress),
        Original("a.mgh", mgh),
        Original("a.mgz", mgh, _gzip),
        Original("a.hdr", header, others=(("a.img", image),)),
        Original("a.img", image, others=(("a.hdr", header),)),
        Original("a.tsv", b"rot_x\tfd\n" + b"0.5\tn/a\n0.25\t1e-3\n" * 3),
        Original("a.json", json.dumps({"RepetitionTime": 2.0, "T": [1, 2, 3]}).encode()),
        Original("a.bval", b"0 1000 1000 0 2000 5\n"),
    )


def _nifti(image: nib.Nifti1Image) -> bytes:
    content: bytes = image.to_bytes()
    return content


def _pair(image: nib.Nifti1Pair) -> tuple[bytes, bytes]:
    """Return the two files of a pair."""
    files = image.make_file_map()
    for holder in files.values():
        holder.fileobj = BytesIO()
    image.to_file_map(files)
    return files["header"].fileobj.getvalue(), files["image"].fileobj.getvalue()


def random_edits(rng: np.random.Generator, original: Original) -> list[Edit]:
    """Return one to three changes of a file."""
    edits = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        inside = original.pack is bytes or bool(rng.random() < 0.5)
        length = len(original.content if inside else original.pack(original.content))
        edits.append(_edit(rng, length, inside))
    return edits


def _edit(rng: np.random.Generator, length: int, inside: bool) -> Edit:
    anywhere = int(rng.integers(length + 1))
    start = int(rng.integers(min(length, 560)))  # in the header
    end = max(length - int(rng.integers(1, 12)), 0)  # in the checksum
    place = int(rng.choice([anywhere, start, start, end]))
    match int(rng.integers(7)):
        case 0:
            return Edit(anywhere, length, b"", inside)
        case 1:
            return Edit(place, 0, rng.bytes(int(rng.integers(1, 40))), inside)
        case 2:
            return Edit(place, int(rng.integers(1, 40)), b"", inside)
        case 3:
            return Edit(length, 0, rng.bytes(int(rng.integers(1, 40))), inside)
        case 4:
            number = int(rng.choice(EXTREMES)) & 0xFFFFFFFF
            size = int(rng.choice([1, 2, 4]))
            low = number & ((1 << 8 * size) - 1)
            packed = low.to_bytes(size, "little" if rng.random() < 0.7 else "big")
            return Edit(place // 2 * 2, size, packed, inside)
        case 5:
            special = np.array(rng.choice([np.nan, np.inf, -np.inf, 1e38, -0.0, 1e-45]), "<f4")
            return Edit(start // 4 * 4, 4, special.tobytes(), inside)
    return Edit(place, 1, rng.bytes(1), inside)


def written(folder: Path, original: Original, edits: list[Edit]) -> Path:
    """Write a file with its edits, and what else it consists of."""
    content = original.content
    for edit in edits:
        content = edit.applied(content) if edit.inside else content
    packed = original.pack(content)
    for edit in edits:
        packed = packed if edit.inside else edit.applied(packed)
    for name, other in original.others:
        (folder / name).write_bytes(other)
    path = folder / original.name
    path.write_bytes(packed)
    return path
