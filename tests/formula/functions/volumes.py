"""SciPy called directly on every whole volume: what `ndimage.` in a formula has to equal."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

AS_FLOATS = (
    "gaussian_filter", "gaussian_gradient_magnitude", "gaussian_laplace", "laplace", "sobel",
    "prewitt", "uniform_filter", "correlate", "convolve",
)  # fmt: skip
"""Functions that give floats: SciPy would cut the fractions of integers off."""


STRUCTURES = ("generate_binary_structure", "iterate_structure")


class Volumes:
    """`scipy.ndimage`, volume by volume where an image has more than three axes."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(ndimage, name)
        if name in STRUCTURES:
            return function

        def each(image: Any, *args: Any, **more: Any) -> Any:
            image = np.asarray(image)
            if name in AS_FLOATS and image.dtype.kind in "biu":
                image = image.astype(float)
            if image.ndim <= 3:
                return function(image, *args, **more)
            mask = more.pop("mask", None)
            volumes = []
            for k in np.ndindex(image.shape[3:]):
                inside = {} if mask is None else {"mask": mask[(..., *k)]}
                volumes.append(function(image[(..., *k)], *args, **more, **inside))
            if name == "label":
                found, counts = zip(*volumes, strict=True)
                shape = image.shape
                return np.stack(found, -1).reshape(shape), np.reshape(counts, shape[3:])
            return np.stack(volumes, -1).reshape((*image.shape[:3], *image.shape[3:]))

        return each


VOLUMES = Volumes()


def away(widths: Any) -> Any:
    """Return, for the voxels of a window, their steps from the middle along each axis."""
    half = [int(n) // 2 for n in widths]
    return np.stack(np.mgrid[tuple(slice(-n, n + 1) for n in half)])


def ball(r: float) -> Any:
    """Return the ball of scikit-image."""
    return (away([2 * r + 1] * 3) ** 2).sum(0) <= r * r


def itk_ball(r: int) -> Any:
    """Return the ball of ITK."""
    return (away([2 * r + 1] * 3) ** 2).sum(0) <= (r + 0.5) ** 2


def box(n: int) -> Any:
    return np.ones((n, n, n), bool)


def cross(n: int) -> Any:
    return (away([n] * 3) != 0).sum(0) <= 1


NAMES = {"ndimage": VOLUMES, "ball": ball, "itk_ball": itk_ball, "box": box, "cross": cross}
"""What stands for the words of a formula in Python."""
