"""The repetition time, whatever the format."""

from __future__ import annotations

from typing import Any

import numpy as np
from nibabel.brikhead import AFNIHeader
from nibabel.freesurfer.mghformat import MGHHeader
from nibabel.nifti1 import Nifti1Header
from nibabel.spatialimages import SpatialHeader

__all__ = ["repetition_time"]

_SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
_AFNI_SECONDS = {77001: 1e-3, 77002: 1.0}


def repetition_time(header: SpatialHeader) -> float | None:
    """Return the TR in seconds, or None when the header does not give one with a unit.

    NIfTI-1: ``pixdim[4]`` in the unit of ``xyzt_units``. MGH: ``tr`` is in ms. AFNI: second
    number of TAXIS_FLOATS in the unit of TAXIS_NUMS.
    """
    zooms = header.get_zooms()
    if len(zooms) < 4 or len(header.get_data_shape()) < 4:
        return None
    tr = float(zooms[3]) * _seconds_per_unit(header)
    return tr if np.isfinite(tr) and tr > 0 else None


def _seconds_per_unit(header: SpatialHeader) -> float:
    if isinstance(header, Nifti1Header):
        untyped: Any = header
        return _SECONDS.get(untyped.get_xyzt_units()[1], 0.0)
    if isinstance(header, MGHHeader):
        return 1e-3
    if isinstance(header, AFNIHeader):
        numbers = header.info.get("TAXIS_NUMS", ())
        return _AFNI_SECONDS.get(numbers[2], 0.0) if len(numbers) > 2 else 0.0
    return 0.0
