"""Real images that Nipype and nibabel ship, as files and as float64 arrays."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import nipype
import numpy as np

NIPYPE = Path(nipype.__file__).parent / "testing" / "data"
NIBABEL = Path(nib.__file__).parent / "tests" / "data"

BOLD = NIPYPE / "ds003_sub-01_mc.nii.gz"
"""A run: float32, TR 2 s, mm and s, no codes, 16 x 16 x 9 x 20."""

MASK = NIPYPE / "ds003_sub-01_mc_brainmask.nii.gz"
"""Its brain mask: int16."""

FUNCTIONAL = NIBABEL / "functional.nii"
"""A run: scaled int16, TR 2 s, mm and s, codes 2/2, 17 x 21 x 3 x 20."""

ANATOMICAL = NIBABEL / "anatomical.nii"
"""An anatomical image: big-endian int16, mm and s, codes 2/2, 33 x 41 x 25."""

TPMS = [NIPYPE / f"tpm_0{tissue}.nii.gz" for tissue in range(3)]
"""Tissue probability maps: float32, mm and s, codes 1/1, 61 x 73 x 61."""

TPM_MASK = NIPYPE / "tpms_msk.nii.gz"
"""Their mask: float32."""


def values(path) -> np.ndarray:
    """Return the voxels in float64."""
    return np.asarray(nib.load(path).dataobj, dtype=np.float64)


def save_like(reference, data: np.ndarray, path: Path) -> str:
    """Save voxels under the header of another image, in their own dtype."""
    image = nib.load(reference)
    header = image.header.copy()
    header.set_data_dtype(data.dtype)
    header.set_slope_inter(1, 0)
    nib.save(image.__class__(data, image.affine, header), path)
    return str(path)


def geometry(path) -> dict[str, object]:
    """Return what other programs need to know of an image besides its voxels."""
    header = nib.load(path).header
    return {
        "zooms": header.get_zooms(),
        "units": header.get_xyzt_units(),
        "codes": (int(header["qform_code"]), int(header["sform_code"])),
        "affine": header.get_best_affine().tolist(),
    }
