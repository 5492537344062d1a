"""The repetition time and the time of the first volume, in seconds."""

from __future__ import annotations

import math

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.codes import AFNI_EXTENSION, SPACE_BITS, TIME_BITS
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import Note
from nipype_mathimg.words import option, worded

__all__ = ["repetition_time", "stacked", "time_offset", "with_repetition_time"]

# No Hz, ppm or rad/s: the fourth axis is no time then.
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


def stacked(header: NiftiHeader, shape: tuple[int, ...]) -> NiftiHeader:
    """Return the header of a run of volumes from that of the first volume's file.

    Parameters
    ----------
    header : NiftiHeader
        Of a file without an axis of time; not changed.
    shape : tuple of int
        Of the run.

    Returns
    -------
    NiftiHeader
        With the TR of the file where its ``pixdim[4]`` carries one in a unit of time. The 1 that
        programs write where there is no such axis is none.
    """
    run = header.copy()
    run.set_shape(shape)
    if repetition_time(run) is None or header["pixdim"][4] == 1:
        run["pixdim"][4], run["toffset"] = 1, 0
        run["xyzt_units"] = int(run["xyzt_units"]) & SPACE_BITS
    run.extensions = [item for item in run.extensions if item.code != AFNI_EXTENSION]
    return run


def with_repetition_time(header: NiftiHeader, tr: float | None) -> tuple[NiftiHeader, list[Note]]:
    """Return a copy of `header` with a TR in seconds; an image without a fourth axis has none.

    Parameters
    ----------
    header : NiftiHeader
        Not changed; returned itself where there is nothing to do.
    tr : float or None
        None leaves it as it is.

    Raises
    ------
    HeaderError
        It is no positive number.
    """
    if tr is None:
        return header, []
    if not (math.isfinite(tr) and tr > 0):
        raise HeaderError(
            worded(
                "{option} is {tr}; it has to be a positive number of seconds",
                option=option("tr"),
                tr=tr,
            )
        )
    if header["dim"][0] < 4:
        return header, []
    result = header.copy()
    units = int(result["xyzt_units"])
    unit = units & TIME_BITS
    if unit not in _SECONDS:
        unit = 8
        result["xyzt_units"] = units & SPACE_BITS | unit
    result["pixdim"][4] = tr / _SECONDS[unit]
    return result, [Note("pixdim", f"TR set to {tr:g} s")]
