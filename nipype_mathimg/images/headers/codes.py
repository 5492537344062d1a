"""The codes of NIfTI header fields (nifti1.h and nifti2.h) and what they are called."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "AFNI_EXTENSION",
    "DATATYPES",
    "DATATYPE_CODES",
    "INTENTS",
    "SLICE_ORDERS",
    "SPACE_BITS",
    "TIME_BITS",
    "UNITS",
    "XFORMS",
    "axes_explained",
    "label",
]

# Registered in nifti1.h; the content is an XML text of AFNI's own header, with its axes.
AFNI_EXTENSION = 4
"""Code of the header extension in which AFNI repeats the axes."""

SPACE_BITS, TIME_BITS = 0x07, 0x38
"""The bits of xyzt_units that hold the unit of x, y and z, and of t."""

# Hz, ppm and rad/s stand in the bits of time: the fourth axis may be that of a spectrum.
UNITS = {
    1: "meter",
    2: "mm",
    3: "micron",
    8: "sec",
    16: "msec",
    24: "usec",
    32: "hz",
    40: "ppm",
    48: "rads",
}
"""xyzt_units."""

XFORMS = {1: "scanner", 2: "aligned", 3: "talairach", 4: "mni", 5: "template"}
"""qform_code and sform_code: the space in which the affine places the voxels."""

SLICE_ORDERS = {
    1: "sequential increasing",
    2: "sequential decreasing",
    3: "alternating increasing",
    4: "alternating decreasing",
    5: "alternating increasing 2",
    6: "alternating decreasing 2",
}
"""slice_code."""

INTENTS = {
    2: "correlation",
    3: "t test",
    4: "f test",
    5: "z score",
    6: "chi2",
    7: "beta",
    8: "binomial",
    9: "gamma",
    10: "poisson",
    11: "normal",
    12: "non central f test",
    13: "non central chi2",
    14: "logistic",
    15: "laplace",
    16: "uniform",
    17: "non central t test",
    18: "weibull",
    19: "chi",
    20: "inverse gaussian",
    21: "extreme value 1",
    22: "p value",
    23: "log p value",
    24: "log10 p value",
    1001: "estimate",
    1002: "label",
    1003: "neuroname",
    1004: "general matrix",
    1005: "symmetric matrix",
    1006: "displacement vector",
    1007: "vector",
    1008: "pointset",
    1009: "triangle",
    1010: "quaternion",
    1011: "dimensionless",
    2001: "time series",
    2002: "node index",
    2003: "rgb vector",
    2004: "rgba vector",
    2005: "shape",
    2006: "fnirt disp field",
    2007: "fnirt cubic spline coef",
    2008: "fnirt dct coef",
    2009: "fnirt quad spline coef",
    2016: "topup cubic spline coef",
    2017: "topup quad spline coef",
    2018: "topup field",
}
"""intent_code, with those of FSL."""

DATATYPES: dict[int, np.dtype[Any]] = {
    code: np.dtype(name)
    for code, name in (
        (2, "uint8"),
        (4, "int16"),
        (8, "int32"),
        (16, "float32"),
        (32, "complex64"),
        (64, "float64"),
        (256, "int8"),
        (512, "uint16"),
        (768, "uint32"),
        (1024, "int64"),
        (1280, "uint64"),
        (1792, "complex128"),
    )
}
"""datatype -> the dtype of the voxels, for those that hold one number each.

Without float128 (1536) and complex256 (2048): few machines have a type of that format.
"""

DATATYPE_CODES = {dtype: code for code, dtype in DATATYPES.items()}
"""The code of each dtype, native endian."""


_COMPONENTS = range(1004, 1011)
_COLOURS = (2003, 2004)
_COEFFICIENTS = (2007, 2008, 2009, 2016, 2017)
_NODE_INDEX = 2002
_SURFACES_AND_FSL = 2000


def axes_explained(intent: int, ndim: int) -> range | None:
    """Return the axes of an image that its intent explains, None where it describes the values.

    Parameters
    ----------
    intent : int
        A code of nifti1.h, or of FSL (2006 and later).
    ndim : int
        Number of axes of the image.

    Returns
    -------
    range or None
        Counted from 0. Matrices, vectors, quaternions and colours lie along dim[5], which leaves
        t alone; FSL's warps along dim[4]; its spline coefficients fill the whole image.

    Examples
    --------
    >>> axes_explained(1007, 5), axes_explained(2006, 4), axes_explained(3, 3)
    (range(4, 5), range(3, 4), None)
    """
    if intent in _COMPONENTS or intent in _COLOURS:
        return range(4, ndim)
    if intent in _COEFFICIENTS:
        return range(ndim)
    if intent >= _SURFACES_AND_FSL and intent != _NODE_INDEX:
        return range(3, ndim)
    return None


def label(labels: dict[int, str], code: object) -> str:
    """Return what `code` is called: empty for 0, the number where the standard has no name.

    Examples
    --------
    >>> label(XFORMS, 4), label(XFORMS, 77), label(XFORMS, 0)
    ('mni', '77', '')
    """
    number = int(str(code))
    return labels.get(number, str(number) if number else "")
