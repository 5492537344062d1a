"""Images that a caller has in memory: those of nibabel, and arrays on the grid of another image.

The voxels of an image of nibabel that was opened from a file, and not been changed, are read from
the file; its header is the one in memory, which may have been changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.image_file import ImageFile, open_image_file
from nipype_mathimg.images.files.input_file import FileIdentity, InputFile
from nipype_mathimg.images.files.stored import StoredArray
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.images.headers.volume import VolumeHeader
from nipype_mathimg.spec import Array, ArraySpec

__all__ = ["IN_MEMORY", "array_image", "open_in_memory"]

IN_MEMORY = "(in memory)"
"""What messages call the file of an image that has none."""


class _NoFile(InputFile):
    """Stands where others have their file."""

    __slots__ = ()

    def check_unchanged(self) -> None:
        """Do nothing: the caller knows what becomes of the image."""

    def error(self, problem: str, remedy: str) -> ImageFileError:
        """Return the error for this image: whose input, what is wrong, what to do."""
        return ImageFileError(f"Input {self.name!r}, an image in memory: {problem}. {remedy}")


def open_in_memory(name: str, image: Any) -> ImageFile:  # noqa: ANN401 - of any class of nibabel
    """Return an image of nibabel as others are opened from files.

    Parameters
    ----------
    name : str
        Name of the input in the formula, for messages.
    image : nibabel.spatialimages.SpatialImage
        It is not changed.

    Raises
    ------
    ImageFileError
        It holds no numbers, or its file is gone or damaged.
    """
    from nipype_mathimg.images.files.other_formats import as_nifti

    no_file = _no_file(name)
    if image.affine is None:
        problem = "it has no affine, so that nobody knows where its voxels lie"
        raise no_file.error(problem, "Make it with one: nibabel.Nifti1Image(data, affine)")
    affine = np.asarray(image.affine, dtype=np.float64)
    stored = _stored_in_file(name, image) or _stored_array(no_file, image.dataobj)
    stored.check(affine)
    header = as_nifti(image.header, affine)
    header.set_shape(stored.shape)
    # Of the voxels here, which may be another one than the header has for a file to come.
    header.set_dtype(stored.effective_dtype if stored.proxy is not None else stored.dtype)
    header["scl_slope"], header["scl_inter"] = stored.slope, stored.inter
    return ImageFile(VolumeHeader(header, affine), stored)


def array_image(name: str, array: Array, like: ImageHeader) -> ImageFile:
    """Return an array as an image on the grid of another one.

    Parameters
    ----------
    name : str
        Name of the input in the formula, for messages.
    array : ndarray
        Of three axes or more; x, y and z are as long as those of the other image.
    like : ImageHeader
        Of the other image: gives the grid, the units, and the TR of a fourth axis.

    Raises
    ------
    ImageFileError
        It holds no numbers, x, y and z have another length, or the other image is no volume.
    """
    no_file = _no_file(name)
    if not isinstance(like, VolumeHeader) or array.shape[:3] != like.grid.shape:
        space = " x ".join(map(str, like.grid.shape))
        raise no_file.error(
            f"it is an array of the shape {array.shape}, which takes the grid of the other image, "
            f"{like.described} of {space}",
            "Give an array of that shape, or an image with a grid of its own: "
            "nibabel.Nifti1Image(array, affine)",
        )
    stored = _stored_array(no_file, array)
    stored.check(like.affine)
    spec = ArraySpec(array.shape, stored.effective_dtype, like.axes(array.shape))
    header, _ = like.fresh(Outcome(spec), [like])
    header.nifti["xyzt_units"] = like.nifti["xyzt_units"]
    if min(array.ndim, len(like.nifti.shape)) > 3:
        header.nifti["pixdim"][4] = like.nifti["pixdim"][4]
    return ImageFile(VolumeHeader(header.nifti, like.affine), stored)


def _no_file(name: str) -> InputFile:
    return _NoFile(name, IN_MEMORY, FileIdentity(0, 0, 0, 0))


def _stored_in_file(name: str, image: Any) -> StoredArray | None:  # noqa: ANN401 - as above
    """Return the voxels of the file that an image was opened from, None where it has none."""
    path = image.get_filename()
    # An array stands in place of the proxy where somebody computed the voxels.
    if path is None or not getattr(image.dataobj, "is_proxy", False):
        return None
    stored = open_image_file(name, str(path)).stored
    if isinstance(stored, StoredArray) and stored.shape == tuple(image.shape):
        return stored
    return None


def _stored_array(file: InputFile, data: Any) -> StoredArray:  # noqa: ANN401 - array, or proxy
    if getattr(data, "is_proxy", False):
        # Which dtype the values have shows only in one that was read and scaled.
        dtype = np.asanyarray(data[(slice(0, 1),) * len(data.shape)]).dtype
    else:
        # In the order of a file. In C order the voxels of a volume lie far apart, and each volume
        # would cost a walk through the whole array; nibabel and nilearn give the order of files,
        # of which no copy is made.
        data = np.asfortranarray(data)
        if data.dtype.kind == "b":
            data = data.view(np.uint8)
        dtype = data.dtype
    shape = tuple(int(length) for length in data.shape)
    return StoredArray(file, shape, dtype.newbyteorder("="), ends_with_data=False, proxy=data)
