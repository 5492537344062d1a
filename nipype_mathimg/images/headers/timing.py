"""The repetition time and the time of the first volume, in seconds."""

from __future__ import annotations

import math

from nipype_mathimg.images.headers.codes import TIME_BITS
from nipype_mathimg.images.headers.nifti import NiftiHeader

__all__ = ["repetition_time", "time_offset"]

_SECONDS = {8: 1.0, 16: 1e-3, 24: 1e-6}


def repetition_time(header: NiftiHeader) -> float | None:
    """Return the TR in seconds, or None when the header does not give one with a unit of time.

    ``pixdim[4]`` in the unit of the bits 0x38 of ``xyzt_units`` (NIfTI-1 standard, "units of
    spatial and temporal dimensions").
    """
    if header["dim"][0] < 4:
        return None
    seconds = _SECONDS.get(int(header["xyzt_units"]) & TIME_BITS, 0.0)
    tr = float(header["pixdim"][4]) * seconds
    return tr if math.isfinite(tr) and tr > 0 else None


def time_offset(header: NiftiHeader) -> float:
    """Return the time of the first volume in seconds (``toffset``), 0 without a unit of time."""
    seconds = _SECONDS.get(int(header["xyzt_units"]) & TIME_BITS, 0.0)
    offset = float(header["toffset"]) * seconds
    return offset if math.isfinite(offset) else 0.0
