"""Image files of every other format that nibabel opens, seen as NIfTI."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from nibabel.arrayproxy import ArrayProxy
from nibabel.brikhead import AFNIArrayProxy, AFNIHeader
from nibabel.freesurfer.mghformat import MGHHeader, MGHImage
from nibabel.nifti1 import Nifti1Extension, Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import SpatialHeader, SpatialImage
from nibabel.wrapstruct import WrapStruct

from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.nibabel_files import ImageFiles, load
from nipype_mathimg.images.files.stored import StoredArray
from nipype_mathimg.images.headers.affines import write_grid
from nipype_mathimg.images.headers.codes import DATATYPE_CODES
from nipype_mathimg.images.headers.nifti import (
    LAYOUTS,
    Extension,
    NiftiHeader,
    Original,
    version_for,
)
from nipype_mathimg.images.headers.repair import repair
from nipype_mathimg.spec import FloatArray

__all__ = ["as_nifti", "open_other_format"]

_EXTENSION_HEAD = 8
"""Bytes of size and code before the content of an extension (nifti1.h)."""
_MILLIMETRES, _SECONDS, _SCANNER = 2, 8, 1
# TAXIS_NUMS[2] of AFNI: milliseconds and seconds.
_AFNI_SECONDS = {77001: 0.001, 77002: 1.0}


def open_other_format(
    file: InputFile, unusual: str = ""
) -> tuple[NiftiHeader, FloatArray, StoredArray]:
    """Read the header of a file, whatever its format.

    Parameters
    ----------
    file : InputFile
        Its path was given; the format may have others beside it.
    unusual : str
        What makes it no regular NIfTI, where its name says that it is one.

    Returns
    -------
    header : NiftiHeader
        See `as_nifti`.
    affine : numpy.ndarray
        Shape (4, 4), from voxels to mm.
    stored : StoredArray
        Where the voxels lie.

    Raises
    ------
    ImageFileError
        nibabel cannot open the file, it is no volume image, or another one of its files is
        missing or no regular file; or as `StoredArray.check`.
    """
    files = ImageFiles(file)
    image = load(file, unusual)
    affine = np.asarray(image.affine, dtype=np.float64)
    stored = _stored_array(files, image)
    stored.check_unchanged()
    stored.check(affine)
    header = as_nifti(image.header, affine)
    # nibabel hides them in the header of an image.
    header["scl_slope"], header["scl_inter"] = stored.slope, stored.inter
    return header, affine, stored


def as_nifti(header: SpatialHeader, affine: FloatArray) -> NiftiHeader:
    """Return any header of nibabel as a NIfTI header.

    One of a NIfTI file stays as it is. Others become NIfTI-1 (NIfTI-2 where an axis is longer
    than 32767) with the affine as qform and sform, the voxel sizes in mm, the TR in seconds
    where the format tells its unit, and the texts that exist.

    Parameters
    ----------
    header : nibabel.spatialimages.SpatialHeader
        Of any format and byte order.
    affine : numpy.ndarray
        Shape (4, 4), of the image; only used where `header` is not NIfTI.
    """
    if isinstance(header, Nifti1Header):
        return _same_fields(header)
    shape = tuple(int(length) for length in header.get_data_shape())
    result = NiftiHeader(version_for(shape))
    result.original = _original(header)
    result.set_shape(shape)
    result.set_dtype(_stored_dtype(header))
    write_grid(result, affine, qform_code=_SCANNER, sform_code=_SCANNER)
    step, unit = _time_step(header)
    result["pixdim"][4], result["xyzt_units"] = step, _MILLIMETRES | unit
    for field in ("descrip", "aux_file", "db_name"):
        if field in result.original.fields and field in result:
            result[field] = result.original.fields[field]
    return result


def _content(extension: Nifti1Extension) -> bytes:
    """Return the bytes of an extension as a file has them, without the zeros that fill it up."""
    # Nibabel has an attribute for it from 5.3 on only.
    written = BytesIO()
    extension.write_to(written, byteswap=False)
    return written.getvalue()[_EXTENSION_HEAD:].rstrip(b"\0")


def _same_fields(header: Nifti1Header) -> NiftiHeader:
    layout = LAYOUTS[2 if isinstance(header, Nifti2Header) else 1]
    record = np.frombuffer(header.binaryblock, layout.newbyteorder(header.endianness))
    extensions = [Extension(int(one.get_code()), _content(one)) for one in header.extensions]
    result = NiftiHeader.from_record(record.reshape(()), extensions)
    # What nibabel decodes from the vectors that FreeSurfer encodes in dim.
    shape = tuple(int(length) for length in header.get_data_shape())
    if version_for(shape) == 2:
        result = result.converted(2)
    result.set_shape(shape)
    result.set_dtype(_stored_dtype(header))
    repair(result)
    return result


def _stored_dtype(header: SpatialHeader) -> np.dtype[Any]:
    """Return the dtype of the voxels, or the one that they are computed in where it is longer.

    What is no number counts as float64 here; it is refused with its name later.
    """
    dtype: np.dtype[Any] = header.get_data_dtype().newbyteorder("=")
    if dtype in DATATYPE_CODES:
        return dtype
    return np.dtype(np.complex128 if dtype.kind == "c" else np.float64)


def _original(header: SpatialHeader) -> Original:
    name = type(header).__name__.removesuffix("Header")
    if not isinstance(header, WrapStruct):
        return Original(name, {})
    return Original(name, {field: np.asarray(header[field]) for field in header})


def _time_step(header: SpatialHeader) -> tuple[float, int]:
    """Return the step along t and the bits of its unit; 1 of an unknown unit when unset."""
    steps = header.get_zooms()[3:4]
    if not steps or not steps[0] > 0:
        return 1.0, 0
    seconds = None
    if isinstance(header, MGHHeader):
        seconds = 0.001
    elif isinstance(header, AFNIHeader):
        seconds = _AFNI_SECONDS.get((header.info.get("TAXIS_NUMS") or [0, 0, 0])[2])
    return (float(steps[0]), 0) if seconds is None else (float(steps[0]) * seconds, _SECONDS)


def _stored_array(files: ImageFiles, image: SpatialImage) -> StoredArray:
    others = files.of(image)
    proxy = image.dataobj
    if isinstance(proxy, ArrayProxy) and proxy.order == "F":
        # The proxy of an MGH file knows the stream that `load` opened, and no path.
        data_path = files.given.path if isinstance(image, MGHImage) else str(proxy.file_like)
        # These classes exactly: one derived from them may scale in a way of its own, as AFNI's
        # does.
        if type(proxy) in (ArrayProxy, AFNIArrayProxy):
            return StoredArray(
                files.at(data_path),
                tuple(int(length) for length in proxy.shape),
                proxy.dtype,
                int(proxy.offset),
                float(proxy.slope),
                float(proxy.inter),
                ends_with_data=not isinstance(image, MGHImage),
                factors=_factors(proxy),
                others=others,
            )
    return _behind_proxy(files, image)


def _factors(proxy: ArrayProxy) -> tuple[float, ...] | None:
    """Return the scale factor of each sub-brick of an AFNI file that has any."""
    scaling = proxy.scaling if isinstance(proxy, AFNIArrayProxy) else None
    return None if scaling is None else tuple(float(factor) for factor in scaling)


def _behind_proxy(files: ImageFiles, image: SpatialImage) -> StoredArray:
    """Return the voxels of a layout that only nibabel can read."""
    try:
        # Which dtype the values have shows only in one that was read and scaled.
        voxel = np.asanyarray(image.dataobj[(slice(0, 1),) * len(image.shape)])
    except Exception as error:  # each format of nibabel raises classes of its own
        problem = f"nibabel cannot read its voxels ({error})"
        raise files.given.error(problem, "Copy or create the file again") from error
    holder = image.file_map.get("image")
    path = None if holder is None else holder.filename
    data = files.given if path is None else files.at(str(path))
    dtype = voxel.dtype.newbyteorder("=")
    proxy, others = image.dataobj, files.of(image)
    return StoredArray(data, image.shape, dtype, ends_with_data=False, proxy=proxy, others=others)
