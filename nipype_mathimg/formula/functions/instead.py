"""What does the job of a function that the formula language does not have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

__all__ = ["INSTEAD", "INSTEAD_OF_OTHERS", "INSTEAD_OF_SCIPY", "in_numpy"]

_SMOOTH = "write `ndimage.gaussian_filter(img, fwhm=6*mm)`"
_NOT_RANDOM = "nothing is random here; give noise to an input, as an image"

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "argsort": "take values in order by np.sort, the first and last by np.argmin, np.argmax",
        "broadcast_to": "leave it out: arrays are spread by themselves, as in `img * mask`",
        "compress": "take values for a reduction by `img[mask > 0]`, positions by np.take",
        "copy": "a formula changes no image; write `img` itself",
        "dot": "write `np.sum(a * b, axis=-1)`",
        "empty": "write `np.zeros_like(img)`",
        "extract": "take values for a reduction by `img[mask > 0]`",
        "float16": "16-bit floats are too coarse for an image; write np.float32",
        "full": "write `np.full_like(img, 1)`",
        "indices": "write `.i`, `.j` and `.k` of an image, or `.x`, `.y` and `.z` (mm)",
        "inner": "write `np.sum(a * b, axis=-1)`",
        "load": "give the file to an input",
        "loadtxt": "give the list of numbers to an input",
        "matmul": "write `np.sum(a * b, axis=-1)`",
        "meshgrid": "write `.i`, `.j` and `.k` of an image, or `.x`, `.y` and `.z` (mm)",
        "mgrid": "write `.i`, `.j` and `.k` of an image, or `.x`, `.y` and `.z` (mm)",
        "nonzero": "mark them by `img != 0`, count them by np.count_nonzero",
        "ones": "write `np.ones_like(img)`",
        "piecewise": "write np.where, or np.select for several conditions",
        "rot90": "write np.flip and np.swapaxes",
        "random.normal": _NOT_RANDOM,
        "random.rand": _NOT_RANDOM,
        "random.randn": _NOT_RANDOM,
        "smooth": _SMOOTH,
        "split": "write a slice, as in `img[..., :10]`",
        "vectorize": "leave it out: every function works on whole images",
        "zeros": "write `np.zeros_like(img)`",
        "zscore": "write `(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)`",
    }
)
"""For a name after ``np.`` that is no function here, how the same is written."""

_RESAMPLES = "it gives voxels another place, which is the work of a tool that resamples"
_ANY_FUNCTION = "a formula has no functions of its own; write the filter by its name"

INSTEAD_OF_SCIPY: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ndimage": {
            **dict.fromkeys(
                ("affine_transform", "geometric_transform", "map_coordinates", "rotate",
                 "spline_filter", "spline_filter1d", "zoom"),
                _RESAMPLES,
            ),
            **dict.fromkeys(
                ("generic_filter", "generic_filter1d", "generic_gradient_magnitude",
                 "generic_laplace", "labeled_comprehension", "vectorized_filter"),
                _ANY_FUNCTION,
            ),
            "distance_transform_bf": "write ndimage.distance_transform_edt, or _cdt",
            "extrema": "write ndimage.minimum and ndimage.maximum",
            "find_objects": "write `crop(img, labels == 3)`, the box around a region",
            "value_indices": "write `labels == 3`, or np.unique for the labels",
            "watershed_ift": "a watershed is the work of a tool that segments",
        }
    }
)  # fmt: skip
"""For a namespace of SciPy: its names that are no function here, and how the same is written."""


_RESAMPLE = "bring the images to one grid beforehand, with a tool that resamples"
_VOXELS = "leave it out: the name of an input stands for its voxels"
_WORLD = "write `.x`, `.y` and `.z` for the place of a voxel in mm, `.zooms` for its size"
_HEADER = "name an input beside the formula whose header the result gets"
_INPUT = "give the file to an input, and write the name of the input"
_REDUCE = "write `np.mean(img[mask > 0], axis=0)` for one number a volume"

INSTEAD_OF_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        # nilearn
        "binarize_img": "write `img > 3`",
        "clean_img": "write `detrend(img, 1)`, `bandpass(img, 0.01, 0.1)`, or see `regress`",
        "concat_imgs": "give one input a list of files, or write `np.stack([a, b], axis=-1)`",
        "copy_img": "a formula changes no image; write `img` itself",
        "crop_img": "write `crop(img, mask)`",
        "index_img": "write `img[..., 0]`",
        "iter_img": "leave it out: every function works on all volumes",
        "largest_connected_component_img": "write `largest(img > 0)`",
        "load_img": _INPUT,
        "math_img": "write the formula of it alone",
        "mean_img": "write `np.mean(img, axis=-1)`",
        "new_img_like": _HEADER,
        "smooth_img": _SMOOTH,
        "swap_img_hemispheres": "write `mirror(img)`",
        "threshold_img": "write `np.where(np.abs(img) > 3, img, 0)`",
        **dict.fromkeys(("apply_mask", "fit_transform"), _REDUCE),
        **dict.fromkeys(("resample_img", "resample_to_img", "reorder_img"), _RESAMPLE),
        # nibabel
        **dict.fromkeys(("dataobj", "fdata", "get_data", "get_fdata"), _VOXELS),
        **dict.fromkeys(("affine", "get_affine", "sform", "qform"), _WORLD),
        **dict.fromkeys(("header", "get_header"), f"write `.zooms`, `.tr` or `.shape`; {_HEADER}"),
        **dict.fromkeys(("to_filename", "save"), "leave it out: the result is saved by itself"),
        # What steps of pipelines are called
        **dict.fromkeys(("resample", "reslice", "resize"), _RESAMPLE),
        # Python
        "open": _INPUT,
        "print": "leave it out: the value of the last line is the result",
        "range": "write `np.arange(4)`",
        # 3dcalc
        "iszero": "write `img == 0`",
        "notzero": "write `img != 0`",
        **dict.fromkeys(("ispositive", "step"), "write `img > 0`"),
        "posval": "write `np.maximum(img, 0)`",
        "within": "write `(img >= 1) & (img <= 3)`",
    }
)
"""What other packages and calculators have, and how the same is written."""


def in_numpy(path: str) -> bool:
    """Tell whether NumPy itself has a name: who writes it made no slip of the hand.

    Examples
    --------
    >>> in_numpy("arange"), in_numpy("maen"), in_numpy("linalg.inv")
    (True, False, True)
    """
    found: object = np
    for name in path.split("."):
        found = getattr(found, name, None)
    return found is not None
