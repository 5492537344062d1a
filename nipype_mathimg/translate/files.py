"""What a translation has to know of a file, where the meaning of an operation depends on it."""

from __future__ import annotations

import os
from pathlib import Path

from nipype_mathimg.frozen import Frozen

__all__ = ["Facts", "facts_of", "with_suffix"]


class Facts(Frozen):
    """The header of an image, as far as operations depend on it.

    Parameters
    ----------
    shape : tuple of int
        Voxels along x, y, z.
    run : bool
        There are volumes along t.
    radiological : bool
        x runs from right to left: the determinant of the affine is negative.
    """

    shape: tuple[int, ...]
    run: bool
    radiological: bool


def with_suffix(file: str) -> str:
    """Return the name of a file as it lies on the disk: FSL lets the suffix be left out."""
    if os.path.exists(file) or Path(file).suffix:
        return file
    found = (file + suffix for suffix in (".nii.gz", ".nii") if os.path.exists(file + suffix))
    return next(found, f"{file}.nii.gz")


def facts_of(file: str) -> Facts | None:
    """Read the header of an image; None where it cannot be read."""
    import nibabel as nib
    import numpy as np

    try:
        image = nib.load(file)
    except (OSError, nib.filebasedimages.ImageFileError):
        return None
    if not isinstance(image, nib.spatialimages.SpatialImage) or image.affine is None:
        return None
    affine = image.affine
    shape = (*image.shape, 1, 1, 1)
    return Facts(
        shape[:3],
        any(length > 1 for length in shape[3:]),
        float(np.linalg.det(affine[:3, :3])) < 0,
    )
