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

__all__ = ["MOST_BEFORE_VOXELS", "LongHeaderError", "NiftiFile", "read_nifti"]

ByteOrder = Literal["<", ">"]
_ORDERS: tuple[tuple[Literal["little", "big"], ByteOrder], ...] = (("little", "<"), ("big", ">"))

# Sizes of the header, as its first field says them -> version, byte order of the file.
_SIZES: dict[bytes, tuple[Version, ByteOrder]] = {
    LAYOUTS[version].itemsize.to_bytes(4, endian): (version, order)
    for version in LAYOUTS
    for endian, order in _ORDERS
}
_FLAG_BYTES = 4
MOST_BEFORE_VOXELS = 64 << 20
"""Bytes of header and extensions, which are read whole: ten times the longest XML of CIFTI."""
# FreeSurfer stores the 163,842 values of a surface as 27307 x 1 x 6, because dim is int16, and
# other long vectors with dim[1] = -1 and their length in glmin. nibabel decodes both.
_ICO7 = (27307, 1, 6)
# CIFTI-2 is NIfTI-2 with these intents, and its axes in an XML text of this extension.
_CIFTI_INTENTS = range(3000, 3100)
_CIFTI_EXTENSION = 32


class LongHeaderError(Exception):
    """Header and extensions are longer than `MOST_BEFORE_VOXELS`."""


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


def read_nifti(read: Callable[[int], bytes]) -> NiftiFile | None:
    """Read a header and its extensions.

    Parameters
    ----------
    read : callable
        Number of bytes -> that many of the (inflated) file, from its start on; fewer at its end.

    Returns
    -------
    NiftiFile or None
        None for whatever is not a regular NIfTI-1 or NIfTI-2 file of numbers: other formats,
        headers that contradict themselves, colours, and the vectors that FreeSurfer
        encodes in dim.

    Raises
    ------
    LongHeaderError
        The voxels begin so far behind the header that its extensions cannot be read whole.
    """
    start = read(4)
    if start not in _SIZES:
        return None
    version, order = _SIZES[start]
    layout = LAYOUTS[version]
    content = start + read(layout.itemsize - len(start))
    if len(content) < layout.itemsize:
        return None
    header = NiftiHeader.from_record(
        np.frombuffer(content, layout.newbyteorder(order)).reshape(())
    )
    # Whoever reads the file, nibabel too, has the extensions in memory, up to 2 GiB each.
    if header["vox_offset"] > MOST_BEFORE_VOXELS:
        raise LongHeaderError
    if not _is_regular(header, version):
        return None
    repair(header)
    if read(_FLAG_BYTES)[:1] > b"\0":
        room = int(header["vox_offset"]) - layout.itemsize - _FLAG_BYTES
        extensions = _extensions(read, room, order)
        if extensions is None:
            return None
        header.extensions = extensions
    return NiftiFile(header, order)


def _is_regular(header: NiftiHeader, version: Version) -> bool:
    ndim, *lengths = header["dim"].tolist()
    scaling = header.scaling or (1.0, 0.0)
    first = LAYOUTS[version].itemsize + _FLAG_BYTES
    return (
        bytes(header["magic"].item()) == MAGIC[version, True]
        # nibabel reads files whose check is all 0 as well.
        and (version == 1 or tuple(header["eol_check"].tolist()) in (EOL_CHECK, (0, 0, 0, 0)))
        and 1 <= ndim <= len(lengths)
        and lengths[0] != -1
        and tuple(lengths[:3]) != _ICO7
        and int(header["datatype"]) in DATATYPES
        and math.isfinite(scaling[1])
        and bool(first <= header["vox_offset"])  # NaN fails the comparison
    )


def _extensions(
    read: Callable[[int], bytes], room: int, order: ByteOrder
) -> list[Extension] | None:
    """Return what lies between the header and the voxels, None when it makes no sense."""
    found = []
    head = struct.Struct(f"{order}2i")
    # The shortest extension; what is less fills up the space to vox_offset.
    while room >= 16:
        start = read(head.size)
        if len(start) < head.size:
            return None
        size, code = head.unpack(start)
        if size < head.size or size % 16 or size > room:
            return None
        content = read(size - head.size)
        if len(content) < size - head.size:
            return None
        # The size counts what fills an extension up; the true length stands nowhere.
        found.append(Extension(code, content.rstrip(b"\0")))
        room -= size
    return found
