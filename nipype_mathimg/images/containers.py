"""What lies around the voxels in the files that are written: NIfTI, NIfTI pair, MGH."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal, TypeAlias

import numpy as np
from nibabel.freesurfer.mghformat import (
    DATA_OFFSET,
    MGHError,
    MGHImage,
    header_dtype,
)
from nibabel.nifti1 import Nifti1Header, Nifti1PairHeader
from nibabel.nifti2 import Nifti2Header, Nifti2PairHeader
from nibabel.spatialimages import HeaderDataError

from nipype_mathimg.errors import HeaderError, ImageFileError
from nipype_mathimg.images.repetition_time import repetition_time
from nipype_mathimg.spec import ArraySpec

__all__ = ["CONTAINERS", "Blocks", "Container", "Layout", "NiftiHeader", "layout_of"]

NiftiHeader: TypeAlias = Nifti1Header | Nifti2Header

_MGH_AXES = 4
_Untyped: TypeAlias = Any  # the methods of nibabel's headers carry no types


@dataclass(frozen=True, slots=True)
class Blocks:
    """The bytes of a file besides the voxels.

    Parameters
    ----------
    head, tail : bytes
        Before and after the voxels.
    side : bytes or None
        Content of a header file of its own.
    """

    head: bytes
    tail: bytes = b""
    side: bytes | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A layout of image files.

    Parameters
    ----------
    byte_order : str
        Of the voxels, as NumPy writes it.
    blocks : callable
        NIfTI header, ArraySpec -> Blocks. The lengths do not depend on the values of fields.
    """

    byte_order: Literal["=", ">"]
    blocks: Callable[[NiftiHeader, ArraySpec], Blocks]


def _single_blocks(header: NiftiHeader, spec: ArraySpec) -> Blocks:
    family = Nifti2Header if isinstance(header, Nifti2Header) else Nifti1Header
    return Blocks(_nifti_bytes(family, header, spec))


def _pair_blocks(header: NiftiHeader, spec: ArraySpec) -> Blocks:
    family = Nifti2PairHeader if isinstance(header, Nifti2Header) else Nifti1PairHeader
    return Blocks(b"", side=_nifti_bytes(family, header, spec))


def _nifti_bytes(family: _Untyped, header: _Untyped, spec: ArraySpec) -> bytes:
    """Return header and extensions as they lie before the voxels, native endian, unscaled."""
    native = header.as_byteswapped("native")
    # Byte swapping and a change of the class lose the extensions in nibabel.
    written = family(native.binaryblock, native.endianness, False, header.extensions)
    if tuple(written.get_data_shape()) != spec.shape:
        msg = f"the header has the shape {written.get_data_shape()}, the result {spec.shape}"
        raise HeaderError(msg)
    try:
        written.set_data_dtype(spec.dtype)
    except HeaderDataError as error:
        raise _no_such_dtype("NIfTI", spec.dtype, "float32, uint8 or int16") from error
    written["magic"] = family.single_magic if family.is_single else family.pair_magic
    written["vox_offset"] = 0  # nibabel then makes room for the extensions
    written.set_slope_inter(1, 0)
    buffer = BytesIO()
    written.write_to(buffer)
    if not family.is_single:
        return buffer.getvalue()
    return buffer.getvalue().ljust(int(written["vox_offset"]), b"\0")


def _mgh_blocks(header: _Untyped, spec: ArraySpec) -> Blocks:
    if spec.ndim > _MGH_AXES:
        msg = f"MGH files have at most four axes, the result has {spec.ndim}. Write .nii.gz"
        raise ImageFileError(msg)
    voxels = np.broadcast_to(np.zeros((), spec.dtype), spec.shape)
    make: Any = MGHImage
    try:
        written = make(voxels, header.get_best_affine()).header
    except MGHError as error:
        raise _no_such_dtype("MGH", spec.dtype, "float32, int32, int16 or uint8") from error
    written["tr"] = 1e3 * (repetition_time(header) or 0.0)
    block = written.binaryblock
    return Blocks(
        block[: header_dtype.itemsize].ljust(DATA_OFFSET, b"\0"), block[header_dtype.itemsize :]
    )


def _no_such_dtype(kind: str, dtype: np.dtype[Any], choices: str) -> ImageFileError:
    return ImageFileError(f"{kind} files cannot hold {dtype}. Ask for the dtype {choices}")


_NIFTI = Container("=", _single_blocks)
_PAIR = Container("=", _pair_blocks)
_MGH = Container(">", _mgh_blocks)

CONTAINERS: dict[str, tuple[Container, bool]] = {
    ".nii": (_NIFTI, False),
    ".nii.gz": (_NIFTI, True),
    ".hdr": (_PAIR, False),
    ".img": (_PAIR, False),
    ".hdr.gz": (_PAIR, True),
    ".img.gz": (_PAIR, True),
    ".mgh": (_MGH, False),
    ".mgz": (_MGH, True),
}
"""End of the name of a file to write, in lower case -> its layout, and whether it is gzipped."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the name of a file to write says.

    Parameters
    ----------
    container : Container
        The format.
    gzipped : bool
        Whether its files are compressed.
    data_path : str
        File of the voxels.
    side_path : str or None
        File of the header, for a pair.
    """

    container: Container
    gzipped: bool
    data_path: str
    side_path: str | None = None


def layout_of(out_file: str) -> Layout:
    """Return the layout that the suffix of `out_file` names, in upper or lower case.

    Raises
    ------
    ImageFileError
        The suffix is unknown.
    """
    name = out_file.lower()
    ending = max((one for one in CONTAINERS if name.endswith(one)), key=len, default=None)
    if ending is None:
        msg = f"{out_file}: unknown format. Let the name end in {', '.join(CONTAINERS)}"
        raise ImageFileError(msg)
    container, gzipped = CONTAINERS[ending]
    if container is not _PAIR:
        return Layout(container, gzipped, out_file)
    cut = len(out_file) - len(ending) + 1
    stem, kind, rest = out_file[:cut], out_file[cut : cut + 3], out_file[cut + 3 :]
    voxels, header = ("IMG", "HDR") if kind.isupper() else ("img", "hdr")
    return Layout(container, gzipped, stem + voxels + rest, stem + header + rest)
