"""Opening one image file: what its header says, checked against the length of the file."""

from __future__ import annotations

import os
from contextlib import closing

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.codecs import Codec, codec_of
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.nifti_file import (
    IrregularError,
    LongHeaderError,
    NiftiFile,
    read_nifti,
)
from nipype_mathimg.images.files.stored import Part, StoredArray, damage_error
from nipype_mathimg.images.headers.affines import header_affine
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.images.headers.kinds import is_gifti
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.volume import VolumeHeader

__all__ = ["ImageFile", "open_image_file"]

_NIFTI = ".nii"

_Opened = tuple[ImageHeader, StoredArray]


class ImageFile(Frozen):
    """What the header of one file says.

    Parameters
    ----------
    header : ImageHeader
        Of the class for its kind.
    stored : Part
        Where the elements lie.
    """

    header: ImageHeader
    stored: Part


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
        Missing, empty, no regular file, unknown, without numbers, or of another length than its
        header says.
    """
    file = InputFile.found(name, os.path.expanduser(given))
    codec = codec_of(file.path)
    missing = None if codec is None else codec.missing()
    if missing:
        raise file.error(*missing)
    if is_gifti(file.path):
        return _open_gifti(file)
    with np.errstate(all="ignore"):  # NaN and infinity are looked for in what comes of them
        try:
            header, stored = _open_nifti(file)
        except IrregularError as error:
            header, stored = _open_other_format(file, str(error))
    _check_length(stored)
    return ImageFile(header, stored)


def _open_gifti(file: InputFile) -> ImageFile:
    from nipype_mathimg.images.files.gifti.document import open_gifti
    from nipype_mathimg.images.files.gifti.reader import GiftiPart

    found = open_gifti(file)
    return ImageFile(found.header, GiftiPart(found))


def _open_nifti(file: InputFile) -> _Opened:
    """Open a regular single-file NIfTI image; nibabel, which costs time to load, is not needed."""
    codec = codec_of(file.path)
    stem = file.path if codec is None else os.path.splitext(file.path)[0]
    if not stem.lower().endswith(_NIFTI):
        raise IrregularError
    try:
        return _nifti_image(file, _read(file, codec))
    except LongHeaderError as error:
        raise file.error(str(error), "Copy or create the file again, without them") from error


def _read(file: InputFile, codec: Codec | None) -> NiftiFile:
    with file.open() as content:
        if codec is None:
            return read_nifti(content.read)
        try:
            with closing(codec.open(content)) as stream:
                return read_nifti(stream.read)
        except codec.errors as error:
            raise damage_error(file, codec, error) from error


def _nifti_image(file: InputFile, found: NiftiFile) -> _Opened:
    header = found.header
    stored = StoredArray(
        file,
        header.shape,
        header.dtype.newbyteorder(found.byte_order),
        # A float in NIfTI-1, which has it from Analyze.
        int(header["vox_offset"]),
        *(header.scaling or ()),
    )
    if found.is_cifti:
        return _cifti_image(file, header, stored)
    affine = header_affine(header)
    stored.check(affine)
    return VolumeHeader(header, affine), stored


def _cifti_image(file: InputFile, header: NiftiHeader, stored: StoredArray) -> _Opened:
    # Nothing of it is loaded for a volume.
    from nipype_mathimg.images.files.cifti_file import open_cifti

    stored.check(np.eye(4))
    # Before its XML is walked through: a truncated file may end within it.
    _check_length(stored)
    return open_cifti(file, header, stored)


def _open_other_format(file: InputFile, unusual: str) -> _Opened:
    # Loading nibabel takes as long as many a formula: only where a file needs it.
    from nipype_mathimg.images.files.other_formats import open_other_format

    header, affine, stored = open_other_format(file, unusual)
    return VolumeHeader(header, affine), stored


def _check_length(stored: StoredArray) -> None:
    """Compare the length of the file with what its header describes."""
    # Only nibabel knows where the voxels of such a format lie.
    if stored.proxy is not None:
        return
    size, codec = stored.file.identity.size, stored.codec
    if codec is not None:
        # The true length shows only at the end of the stream; but a damaged dim that describes
        # terabytes must be found before a plan is made for it.
        if size * codec.most < stored.end:
            raise stored.error(
                f"its header describes {stored.end} bytes, and {size} bytes of {codec.name} "
                "cannot hold as much",
                "Copy or create the file again",
            )
        return
    if size < stored.end:
        raise stored.ends_early(size)
    if size > stored.end and stored.ends_with_data:
        raise stored.ends_late(str(size))
