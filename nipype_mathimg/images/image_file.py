"""Opening one image file: what its header says, checked against the length of the file."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from nibabel.brikhead import AFNIArrayProxy
from nibabel.fileholders import FileHolder
from nibabel.freesurfer.mghformat import MGHImage
from nibabel.spatialimages import SpatialImage

from nipype_mathimg.images.codecs import codec_of
from nipype_mathimg.images.stored import StoredArray, file_error

__all__ = ["open_image_file"]

_MAX_AXES = 7
_PAIR_WRAPPERS = ("", ".gz", ".bz2", ".zst")
_MGH_SUFFIXES = (".mgh", ".mgz")


def open_image_file(name: str, given: str) -> tuple[SpatialImage, StoredArray]:
    """Read the header of one file and check it.

    Parameters
    ----------
    name : str
        Name of the input in the formula, for messages.
    given : str
        Path of the file; ``~`` is expanded, nothing else.

    Returns
    -------
    image : nibabel SpatialImage
        Its voxels are not loaded.
    stored : StoredArray
        Where the voxels lie.

    Raises
    ------
    ImageFileError
        Missing, empty, unknown, without numbers, or of another length than its header says.
    """
    path = os.path.expanduser(given)
    _size_on_disk(name, path)
    image = _load(name, path)
    stored = _stored_array(name, path, image)
    _check_voxels(stored)
    _check_length(stored)
    return image, stored


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


def _load(name: str, path: str) -> SpatialImage:
    try:
        mgh = os.path.splitext(path)[1].lower() in _MGH_SUFFIXES
        image = _load_mgh(path) if mgh else _load_nifti1(path) or nib.load(path)
    except Exception as error:  # each format of nibabel raises classes of its own
        problem = _without_header(path) or f"not an image that nibabel can open ({error})"
        remedy = "Give an intact NIfTI, MGH, Analyze or AFNI file whose suffix tells its format"
        raise file_error(name, path, problem, remedy) from error
    if not isinstance(image, SpatialImage):
        problem = f"a {type(image).__name__} has no x, y and z axes"
        raise file_error(name, path, problem, "Give a volume image, for example NIfTI")
    return image


def _load_nifti1(path: str) -> SpatialImage | None:
    """Read the header of the commonest format, without asking every other one first."""
    if not path.endswith((".nii", ".nii.gz")):
        return None
    try:
        image: SpatialImage = nib.Nifti1Image.from_filename(path)
    except Exception:  # whatever is wrong, nibabel.load says it better
        return None
    return image


def _without_header(path: str) -> str | None:
    """Return the problem of an ``.img`` that lacks its ``.hdr``."""
    stem, dot, rest = path.rpartition(".img")
    if (
        dot
        and rest in _PAIR_WRAPPERS
        and not any(os.path.exists(f"{stem}.hdr{one}") for one in _PAIR_WRAPPERS)
    ):
        return f"its header file {stem}.hdr is missing"
    return None


def _load_mgh(path: str) -> SpatialImage:
    """Read header and footer of an MGH file.

    nibabel by itself leaves the file open, and inflates all of a ``.mgz`` with zlib, to reach
    the footer.
    """
    codec = codec_of(path)
    with closing(open(path, "rb") if codec is None else codec.open(path)) as stream:
        load: Any = MGHImage.from_file_map
        holder: Any = FileHolder
        image: SpatialImage = load({"image": holder(path, stream)})
        return image


def _stored_array(name: str, path: str, image: SpatialImage) -> StoredArray:
    proxy = image.dataobj
    if isinstance(proxy, ArrayProxy) and proxy.order == "F":
        data_path = path if isinstance(image, MGHImage) else str(proxy.file_like)
        if type(proxy) in (ArrayProxy, AFNIArrayProxy):
            return StoredArray(
                name,
                data_path,
                tuple(int(length) for length in proxy.shape),
                proxy.dtype,
                int(proxy.offset),
                float(proxy.slope),
                float(proxy.inter),
                ends_with_data=not isinstance(image, MGHImage),
                factors=_factors(proxy),
            )
    return _behind_proxy(name, path, image)


def _factors(proxy: ArrayProxy) -> tuple[float, ...] | None:
    """Return the scale factor of each sub-brick of an AFNI file that has any."""
    scaling = proxy.scaling if isinstance(proxy, AFNIArrayProxy) else None
    return None if scaling is None else tuple(float(factor) for factor in scaling)


def _behind_proxy(name: str, path: str, image: SpatialImage) -> StoredArray:
    """Return the voxels of a layout that only nibabel can read."""
    try:
        voxel = np.asanyarray(image.dataobj[(slice(0, 1),) * len(image.shape)])
    except Exception as error:  # each format of nibabel raises classes of its own
        problem = f"nibabel cannot read its voxels ({error})"
        raise file_error(name, path, problem, "Copy or create the file again") from error
    holder = image.file_map.get("image")
    data_path = path if holder is None or holder.filename is None else str(holder.filename)
    dtype = voxel.dtype.newbyteorder("=")
    return StoredArray(
        name, data_path, image.shape, dtype, ends_with_data=False, proxy=image.dataobj
    )


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


def _check_length(stored: StoredArray) -> None:
    size = _size_on_disk(stored.name, stored.path)
    if stored.codec is not None or stored.proxy is not None:
        return
    if size < stored.end:
        raise stored.ends_early(size)
    if size > stored.end and stored.ends_with_data:
        raise stored.ends_late(size)
