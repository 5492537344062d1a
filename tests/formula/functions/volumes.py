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


class Volumes:
    """`scipy.ndimage`, volume by volume where an image has more than three axes."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(ndimage, name)

        def each(image: Any, *args: Any, **more: Any) -> Any:
            image = np.asarray(image)
            if name in AS_FLOATS and image.dtype.kind in "biu":
                image = image.astype(float)
            if image.ndim <= 3:
                return function(image, *args, **more)
            places = np.ndindex(image.shape[3:])
            volumes = [function(image[(..., *k)], *args, **more) for k in places]
            return np.stack(volumes, -1).reshape((*image.shape[:3], *image.shape[3:]))

        return each


VOLUMES = Volumes()
