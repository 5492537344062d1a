"""What lies around the voxels of an MGH file, by nibabel."""

from __future__ import annotations

from typing import Any

import numpy as np
from nibabel.freesurfer.mghformat import DATA_OFFSET, MGHError, MGHImage, header_dtype

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.headers.affines import header_affine
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.timing import repetition_time
from nipype_mathimg.spec import ArraySpec

__all__ = ["mgh_head_and_tail"]

_MOST_AXES = 4


def mgh_head_and_tail(header: NiftiHeader, spec: ArraySpec) -> tuple[bytes, bytes]:
    """Return the bytes before and after the voxels of an MGH file.

    Parameters
    ----------
    header : NiftiHeader
        Its affine and its TR (written in ms) are kept.
    spec : ArraySpec
        Shape and dtype of the voxels.

    Raises
    ------
    ImageFileError
        More than four axes, or a dtype that the format cannot hold.
    """
    if spec.ndim > _MOST_AXES:
        msg = f"MGH files have at most four axes, the result has {spec.ndim}. Write .nii.gz"
        raise ImageFileError(msg)
    # One element seen many times: nibabel looks at shape and dtype only.
    voxels = np.broadcast_to(np.zeros((), spec.dtype), spec.shape)
    untyped: Any = MGHImage
    try:
        written = untyped(voxels, header_affine(header)).header
    except MGHError as error:
        choices = "float32, int32, int16 or uint8"
        msg = f"MGH files cannot hold {spec.dtype}. Ask for the dtype {choices}"
        raise ImageFileError(msg) from error
    written["tr"] = 1e3 * (repetition_time(header) or 0.0)
    # nibabel has the footer (TR, flip angle, TE, TI), which a file has behind the voxels, in one
    # block with the header.
    block = written.binaryblock
    head, tail = block[: header_dtype.itemsize], block[header_dtype.itemsize :]
    return head.ljust(DATA_OFFSET, b"\0"), tail
