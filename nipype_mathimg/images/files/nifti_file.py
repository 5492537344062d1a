"""Reading the header of a single-file NIfTI image."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Literal

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.codes import DATATYPES
from nipype_mathimg.images.headers.nifti import (
    EOL_CHECK,
    LAYOUTS,
    MAGIC,
    Extension,
    NiftiHeader,
    Version,
)
from nipype_mathimg.images.headers.repair import repair
from nipype_mathimg.words import in_units

__all__ = [
    "IrregularError",
    "LongHeaderError",
    "NiftiFile",
    "read_nifti",
]

ByteOrder = Literal["<", ">"]
_ORDERS: tuple[tuple[Literal["little", "big"], ByteOrder], ...] = (("little", "<"), ("big", ">"))

# Sizes of the header, as its first field says them -> version, byte order of the file.
_SIZES: dict[bytes, tuple[Version, ByteOrder]] = {
    LAYOUTS[version].itemsize.to_bytes(4, endian): (version, order)
    for version in LAYOUTS
    for endian, order in _ORDERS
}
_FLAG_BYTES = 4
_MOST_EXTENSIONS = 1 << 12
"""Programs write one each; of the shortest, millions would fit in what is read."""
_MOST_BEFORE_VOXELS = 64 << 20
"""Bytes of header and extensions, which are read whole: ten times the longest XML of CIFTI."""
# FreeSurfer stores the 163,842 values of a surface as 27307 x 1 x 6, because dim is int16, and
# other long vectors with dim[1] = -1 and their length in glmin. nibabel decodes both.
_ICO7 = (27307, 1, 6)
# CIFTI-2 is NIfTI-2 with these intents, and its axes in an XML text of this extension.
_CIFTI_INTENTS = range(3000, 3100)
_CIFTI_EXTENSION = 32


_NO_NUMBERS = {1: "bits", 128: "RGB colours", 2304: "RGBA colours"}
"""Datatypes of NIfTI that are no numbers."""


class IrregularError(Exception):
    """Not a regular NIfTI file; the text says what is unusual about it.

    Nibabel may know what to make of it: other formats, the vectors that FreeSurfer encodes in dim.
    """


class LongHeaderError(Exception):
    """Header and extensions take more memory than any file needs; the text says what is too long.

    Nibabel is not to be asked: it would read them.
    """


class NiftiFile(Frozen):
    """What the start of a file says.

    Parameters
    ----------
    header : NiftiHeader
        Native endian.
    byte_order : str
        Of the file, ``<`` or ``>``.
    """

    header: NiftiHeader
    byte_order: ByteOrder

    @property
    def is_cifti(self) -> bool:
        """Whether it is a matrix of CIFTI-2, by its intent or the extension with its axes."""
        return (
            self.header.version == 2 and int(self.header["intent_code"]) in _CIFTI_INTENTS
        ) or any(one.code == _CIFTI_EXTENSION for one in self.header.extensions)


def read_nifti(read: Callable[[int], bytes]) -> NiftiFile:
    """Read a header and its extensions.

    Parameters
    ----------
    read : callable
        Number of bytes -> that many of the (inflated) file, from its start on; fewer at its end.

    Raises
    ------
    IrregularError
        No regular NIfTI-1 or NIfTI-2 file of numbers: another format, a header that contradicts
        itself or ends early, colours, and the vectors that FreeSurfer encodes in dim.
    LongHeaderError
        The voxels begin so far behind the header that its extensions cannot be read whole.
    """
    start = read(4)
    if start not in _SIZES:
        raise IrregularError("its first bytes are not those of a NIfTI file")
    version, order = _SIZES[start]
    layout = LAYOUTS[version]
    content = start + read(layout.itemsize - len(start))
    if len(content) < layout.itemsize:
        raise IrregularError(
            f"the file is truncated within its header: {len(content)} of {layout.itemsize} bytes"
        )
    header = NiftiHeader.from_record(
        np.frombuffer(content, layout.newbyteorder(order)).reshape(())
    )
    # Whoever reads the file, nibabel too, has the extensions in memory, up to 2 GiB each.
    if header["vox_offset"] > _MOST_BEFORE_VOXELS:
        raise LongHeaderError(
            "its header says that the data begin behind more than "
            f"{in_units(_MOST_BEFORE_VOXELS)} of extensions"
        )
    unusual = _unusual(header, version)
    if unusual:
        raise IrregularError(unusual)
    repair(header)
    if read(_FLAG_BYTES)[:1] > b"\0":
        room = int(header["vox_offset"]) - layout.itemsize - _FLAG_BYTES
        header.extensions = _extensions(read, room, order)
    return NiftiFile(header, order)


def _unusual(header: NiftiHeader, version: Version) -> str:
    """Say what a regular header does not have; empty where nothing is."""
    ndim, *lengths = header["dim"].tolist()
    code, offset = int(header["datatype"]), header["vox_offset"].item()
    first = LAYOUTS[version].itemsize + _FLAG_BYTES
    slope_and_inter = header.scaling or (1.0, 0.0)
    if bytes(header["magic"].item()) != MAGIC[version, True]:
        return (
            f"its header is damaged, or of another format: its magic is {header['magic'].item()}"
        )
    # nibabel reads files whose check is all 0 as well.
    if version == 2 and tuple(header["eol_check"].tolist()) not in (EOL_CHECK, (0, 0, 0, 0)):
        return "its header is damaged, as by a program that took the file for text (eol_check)"
    if not 1 <= ndim <= len(lengths):
        return f"its header is damaged: it says that there are {ndim} axes (dim[0])"
    if lengths[0] == -1 or tuple(lengths[:3]) == _ICO7:
        return "it has the vectors of FreeSurfer, which nibabel does not read from it"
    if code not in DATATYPES:
        what = _NO_NUMBERS.get(code, "nothing that NIfTI knows")
        return f"its datatype is {code}, {what}, where a number belongs"
    if not math.isfinite(slope_and_inter[1]):
        return f"its header is damaged: scl_inter is {slope_and_inter[1]}"
    # NaN fails the comparison.
    if not offset >= first:
        return f"its header is damaged: the data begin at byte {offset:g}, within it (vox_offset)"
    return ""


def _extensions(read: Callable[[int], bytes], room: int, order: ByteOrder) -> list[Extension]:
    """Return what lies between the header and the voxels."""
    found: list[Extension] = []
    head = struct.Struct(f"{order}2i")
    # The shortest extension; what is less fills up the space to vox_offset.
    while room >= 16:
        if len(found) == _MOST_EXTENSIONS:
            raise LongHeaderError(f"its header has more than {_MOST_EXTENSIONS} extensions")
        start = read(head.size)
        size, code = head.unpack(start) if len(start) == head.size else (head.size, 0)
        # By the standard a multiple of 16, which not every program heeds; nibabel reads it so.
        if not head.size <= size <= room:
            raise IrregularError(
                f"its header is damaged: an extension says that it has {size} bytes, where "
                f"{room} are left before the data"
            )
        content = read(size - head.size)
        if len(start) + len(content) < size:
            raise IrregularError(
                "the file is truncated within the extensions of its header, before its data begin"
            )
        # The size counts what fills an extension up; the true length stands nowhere.
        found.append(Extension(code, content.rstrip(b"\0")))
        room -= size
    return found
