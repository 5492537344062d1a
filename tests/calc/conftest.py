"""Small images for the public functions."""

from __future__ import annotations

import struct

import nibabel as nib
import numpy as np
import pytest

AFFINE = np.array([[-2.0, 0, 0, 10], [0, 3, 0, -20], [0, 0, 4, 30], [0, 0, 0, 1]])


@pytest.fixture
def save(tmp_path):
    """Return a function that writes an image with codes, units and a TR."""

    def write(name, data, *, affine=AFFINE, tr=2.5, dtype=None, order="<", slope=None):
        header = nib.Nifti1Header(endianness=order)
        header.set_data_dtype(dtype or data.dtype)
        image = nib.Nifti1Image(data, affine, header)
        image.header.set_xyzt_units("mm", "sec")
        image.set_sform(affine, 1)
        image.set_qform(affine, 1)
        if data.ndim > 3:
            image.header.set_zooms((*image.header.get_zooms()[:3], tr))
        nib.save(image, tmp_path / name)
        if slope is not None:  # nibabel would choose a slope of its own
            with open(tmp_path / name, "r+b") as file:
                file.seek(112)
                file.write(struct.pack(order + "ff", slope, 0))
        return str(tmp_path / name)

    return write


@pytest.fixture
def images(save):
    """Return the files and the arrays of a run, a mask and labels."""
    rng = np.random.default_rng(8)
    arrays = {
        "img": rng.integers(0, 12, (5, 4, 3, 8)).astype(np.int16),
        "bold": rng.normal(100, 10, (5, 4, 3, 8)).astype(np.float32),
        "mask": (rng.random((5, 4, 3)) > 0.4).astype(np.uint8),
        "a": rng.normal(0, 1, (5, 4, 3)).astype(np.float32),
        "b": rng.normal(0, 1, (5, 4, 3)).astype(np.float32),
        "c": rng.normal(0, 1, (5, 4, 3)).astype(np.float32),
    }
    arrays["bold"][0, 0, 0, 2] = np.nan
    files = {name: save(f"{name}.nii.gz", array) for name, array in arrays.items()}
    return files, arrays
