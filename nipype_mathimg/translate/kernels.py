"""What ``fslmaths -kernel`` stands for, as arguments of neighbourhood functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from nipype_mathimg.frozen import Frozen

__all__ = ["Kernel", "ball", "box", "box_of_mm", "gauss"]


class Kernel(Frozen):
    """Which neighbours count, and with which weights.

    Parameters
    ----------
    structure : str
        The neighbours, as a structure.
    window : str
        The same for filters of ranks: ``size=3``.
    sigma : str
        Width of a Gaussian in mm, where they are weighted.
    widths : tuple of int
        Voxels along x, y, z, where they are known.
    """

    structure: str
    window: str
    sigma: str = ""
    widths: tuple[int, ...] = ()

    def weighted(self, x: str) -> str:
        """Return the weighted sum of neighbours, with zeros outside of the image."""
        if self.sigma:
            radii = ", ".join(
                f"int({6 * float(self.sigma)!r} // {x}.zooms[{k}])" for k in range(3)
            )
            return (
                f"ndimage.gaussian_filter({x}, {self.sigma}*mm, mode='constant', radius=[{radii}])"
            )
        return f"ndimage.correlate({x}, {self.structure}, mode='constant')"

    def weights(self, x: str) -> str:
        """Return the sum of the weights that lie inside of the image."""
        ones = f"np.ones_like({x})"
        return self.weighted(ones).replace(f"{ones}.zooms", f"{x}.zooms")

    def unnormalised(self, x: str) -> str:
        """Return the weighted sum over the sum of all weights, also those outside."""
        if self.sigma:
            return self.weighted(x)
        # The most weights that fit; all of them, unless the image is smaller than the kernel.
        number = str(math.prod(self.widths)) if self.widths else f"np.max({self.weights(x)})"
        return f"{self.weighted(x)} / {number}"

    def median(self, x: str) -> tuple[str, ...]:
        """Return lines for the upper middle of the neighbours that are inside of the image.

        At a border their number is smaller: outside are infinities, behind all others.
        """
        counts = sorted({math.prod(cut) for cut in product(*map(_inside, self.widths))})
        lines = [f"count = {self.weights(x)}"]
        text = self._ranked(x, counts[-1])
        for count in reversed(counts[:-1]):
            text = f"np.where({{count}} < {count + 0.5}, {self._ranked(x, count)}, {text})"
        return (*lines, text)

    def _ranked(self, x: str, count: int) -> str:
        return (
            f"ndimage.rank_filter({x}, {count // 2}, {self.window}, mode='constant', cval=np.inf)"
        )


def _inside(width: int) -> Sequence[int]:
    """Return how many voxels of a window may lie inside of an image, along one axis."""
    low = (width - 1) // 2
    return range(min(low, width - 1 - low) + 1, width + 1)


def box(widths: Sequence[int]) -> Kernel:
    """Return a window of so many voxels."""
    equal = len(set(widths)) == 1
    structure = f"box({widths[0]})" if equal else _ones(widths)
    size = str(widths[0]) if equal else str(list(widths))
    return Kernel(structure, f"size={size}", widths=tuple(widths))


def _ones(widths: Sequence[int]) -> str:
    text = "1"
    for width in reversed(widths):
        text = "[" + ", ".join([text] * width) + "]"
    return text


def box_of_mm(width: str) -> Kernel:
    """Return a window of so many mm: voxels not further than half of it along an axis."""
    return Kernel(f"box({width}*mm)", f"size={width}*mm")


def ball(radius: str) -> Kernel:
    """Return the voxels within a radius in mm."""
    return Kernel(f"ball({radius}*mm)", f"footprint=ball({radius}*mm)")


def gauss(sigma: str) -> Kernel:
    """Return a Gaussian: for what has no weights, the box that it is cut to, 6 sigma each way."""
    width = f"{12 * float(sigma):g}"
    return Kernel(f"box({width}*mm)", f"size={width}*mm", sigma=sigma)
