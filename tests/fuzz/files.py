"""A case through files: written as NIfTI by hand, read and stored by the package."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from nipype_mathimg import math_img
from nipype_mathimg.errors import FormulaError, HeaderError, MathImgError
from tests.fuzz.images import Image

__all__ = ["POLICIES", "stored_wrong"]

POLICIES = ("auto", "auto", "auto", "header", "float32", "float64", "int16", "uint8", "int64")
"""What is asked for as the dtype of the file."""

MEMORY = 1 << 28


def stored_wrong(
    formula: str, inputs: Mapping[str, Any], got: np.ndarray, policy: str, threads: int
) -> str | None:
    """Return what is wrong with the file of a result, None where nothing is.

    Parameters
    ----------
    formula, inputs
        The case.
    got : numpy.ndarray
        The result as it is computed in memory, which has been compared with the reference.
    policy : str
        One of `POLICIES`.
    threads : int
        That compute.
    """
    with tempfile.TemporaryDirectory(prefix="mathimg_fuzz_") as name:
        folder = Path(name)
        files = {
            name: _written(folder / f"{name}.nii", x) if isinstance(x, Image) else x
            for name, x in inputs.items()
        }
        donor = next((name for name, x in inputs.items() if isinstance(x, Image)), None)
        if donor is None:
            return None
        out = folder / "out.nii.gz"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                math_img(
                    formula,
                    files,
                    out,
                    copy_header_from=donor,
                    dtype=policy,
                    memory=MEMORY,
                    num_threads=threads,
                )
        except MathImgError as error:
            return _refused_wrongly(error, got, policy)
        image = nib.load(out)
        return _differs(np.asanyarray(image.dataobj), got, policy)


def _written(path: Path, image: Image) -> str:
    """Write an image as its bytes lie in memory, with its slope in the header."""
    order = ">" if image.data.dtype.byteorder == ">" else "<"
    header = nib.Nifti1Header(endianness=order)
    header.set_data_dtype(image.data.dtype)
    header.set_data_shape(image.data.shape)
    header.set_sform(np.eye(4), 1)
    header.set_slope_inter(1 if image.slope is None else image.slope, 0)
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    path.write_bytes(header.binaryblock + bytes(4) + image.data.tobytes("F"))
    return str(path)


def _refused_wrongly(error: MathImgError, got: np.ndarray, policy: str) -> str | None:
    if isinstance(error, HeaderError) or got.ndim < 3 or got.ndim > 7:
        return None  # the result has no place in space
    if isinstance(error, FormulaError) and (
        "axis of space" in error.message or "no image" in error.message
    ):
        return None
    if got.dtype.kind == "c" and "complex" in str(error):
        return None
    fits = got if policy in ("auto", "float32", "header") else np.rint(got.real)
    if "does not fit" in str(error) and policy != "float64":
        finite = np.isfinite(fits)
        largest = np.abs(fits[finite].astype(float)).max(initial=0)
        if not finite.all() or largest > 255 or fits[finite].min(initial=0) < 0:
            return None
    return f"dtype={policy!r} is refused: {str(error)[:200]}"


def _differs(stored: np.ndarray, got: np.ndarray, policy: str) -> str | None:
    if stored.ndim < got.ndim:  # NIfTI drops trailing axes of length 1
        stored = stored.reshape(stored.shape + (1,) * (got.ndim - stored.ndim))
    if got.ndim < stored.ndim:
        got = got.reshape(got.shape + (1,) * (stored.ndim - got.ndim))
    if stored.shape != got.shape:
        return f"the file has the shape {stored.shape}, the result {got.shape}"
    if policy not in ("auto", "header") and stored.dtype.name != policy:
        return f"the file has the dtype {stored.dtype} instead of {policy}"
    if stored.dtype.kind in "iu":
        whole = got if got.dtype.kind in "biu" else np.rint(got)
        same = [int(v) for v in whole.ravel()] == [int(v) for v in stored.ravel()]
    else:
        native = stored.astype(stored.dtype.newbyteorder("="))
        wanted = got.astype(native.dtype)
        same = bool(np.array_equal(native, wanted, equal_nan=True))
        if got.dtype.kind in "biu" and policy == "auto" and native.dtype != np.float64:
            return f"integers are stored as {native.dtype}"
    return None if same else f"dtype={policy!r}: the file holds {stored!r} instead of {got!r}"
