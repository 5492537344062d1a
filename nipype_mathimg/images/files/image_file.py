"""Opening one image file: what its header says, checked against the length of the file."""

from __future__ import annotations

import os
from contextlib import closing
from typing import NamedTuple

import numpy as np

from nipype_mathimg.images.files.codecs import codec_of
from nipype_mathimg.images.files.nifti_file import NiftiFile, read_nifti
from nipype_mathimg.images.files.stored import StoredArray, damage_error, file_error
from nipype_mathimg.images.headers.affines import header_affine
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import FloatArray

__all__ = ["ImageFile", "open_image_file"]

_MAX_AXES = 7
_NIFTI = ".nii"


class ImageFile(NamedTuple):
    """What the header of one file says.

    Parameters
    ----------
    header : NiftiHeader
        Made from that of the file where it is of another format.
    affine : numpy.ndarray
        Shape (4, 4), from voxels to mm.
    stored : StoredArray
        Where the voxels lie.
    """

    header: NiftiHeader
    affine: FloatArray
    stored: StoredArray


def open_image_file(name: str, given: str) -> ImageFile:
    """Read the header of one file and check it.

    Parameters
    ----------
    name : str
        Name of the input in the formula, for messages.
    given : str
        Path of the file; ``~`` is expanded, nothing else.

    Raises
    ------
    ImageFileError
        Missing, empty, unknown, without numbers, or of another length than its header says.
    """
    path = os.path.expanduser(given)
    size = _size_on_disk(name, path)
    image = _open_nifti(name, path) or _open_other_format(name, path)
    stored = image.stored
    _check_voxels(stored)
    if not np.isfinite(image.affine).all():
        raise stored.error("its affine holds NaN or infinity", "Give it a valid header first")
    _check_length(stored, size if stored.path == path else _size_on_disk(name, stored.path))
    return image


def _size_on_disk(name: str, path: str) -> int:
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError as error:
        raise file_error(name, path, "no such file", "Check the path") from error
    except IsADirectoryError as error:
        raise file_error(name, path, "is a folder", "Give an image file in it") from error
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise file_error(name, path, problem, "Check its permissions") from error
    if not size:
        raise file_error(name, path, "the file is empty", "Copy or create it again")
    return size


def _open_nifti(name: str, path: str) -> ImageFile | None:
    """Open a regular single-file NIfTI image; nibabel, which costs time to load, is not needed."""
    codec = codec_of(path)
    stem = path if codec is None else os.path.splitext(path)[0]
    if not stem.lower().endswith(_NIFTI):
        return None
    if codec is None:
        with open(path, "rb") as file:
            found = read_nifti(file.read)
    else:
        try:
            stream = codec.open(path)
        except codec.errors:
            return None  # nibabel says which library it lacks
        try:
            with closing(stream):
                found = read_nifti(stream.read)
        except codec.errors as error:
            raise damage_error(name, path, codec, error) from error
    return None if found is None else _nifti_image(name, path, found)


def _nifti_image(name: str, path: str, found: NiftiFile) -> ImageFile:
    header = found.header
    stored = StoredArray(
        name,
        path,
        header.shape,
        header.dtype.newbyteorder(found.byte_order),
        int(header["vox_offset"]),
        *(header.scaling or ()),
    )
    return ImageFile(header, header_affine(header), stored)


def _open_other_format(name: str, path: str) -> ImageFile:
    # Loading nibabel takes as long as many a formula: only where a file needs it.
    from nipype_mathimg.images.files.other_formats import open_other_format

    return ImageFile(*open_other_format(name, path))


def _check_voxels(stored: StoredArray) -> None:
    if stored.dtype.kind not in "iufc":
        kind = "RGB colours" if stored.dtype.names else f"{stored.dtype} elements"
        raise stored.error(f"stores {kind}, not one number per voxel", "Convert it first")
    if not stored.shape or min(stored.shape) < 1 or len(stored.shape) > _MAX_AXES:
        raise stored.error(
            f"the shape {stored.shape} in its header holds no image",
            "An image has one to seven axes, each with at least one voxel; create it again",
        )
    if stored.offset < 0:
        raise stored.error(f"negative data offset {stored.offset}", "Create the file again")


def _check_length(stored: StoredArray, size: int) -> None:
    if stored.codec is not None or stored.proxy is not None:
        return
    if size < stored.end:
        raise stored.ends_early(size)
    if size > stored.end and stored.ends_with_data:
        raise stored.ends_late(size)
