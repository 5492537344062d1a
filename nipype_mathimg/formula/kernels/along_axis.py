"""Kernels that move, repeat, sort or transform the elements along one axis, or re-arrange all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise, Kernel, Scalar
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Fill", "Gradient", "Repeat", "Reshape", "Sort", "Take", "Transform"]


class Take(Frozen, Kernel):
    """Takes elements by their positions along an axis.

    Parameters
    ----------
    axis : int
        Along which axis.
    positions : tuple of int
        Which elements, in this order.
    """

    name = "take"
    axis: int
    positions: tuple[int, ...]

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Take those that a region of the result shows; the axis is there from end to end."""
        low, high = out[self.axis]
        return np.take(blocks[0], self.positions[low:high], axis=self.axis)


class Gradient(Frozen, Blockwise):
    """Central differences along an axis, as `numpy.gradient`.

    Parameters
    ----------
    axis : int
        Along which axis.
    spacing : float
        Distance of the elements.
    """

    name = "gradient"
    hidden = 1.0
    axis: int
    spacing: float

    def __call__(self, block: Array) -> Array:
        """Return the gradient of a block that is whole along the axis."""
        result: Array = np.gradient(block, self.spacing, axis=self.axis)
        return result


class Repeat(Frozen, Blockwise):
    """Repeats every element along an axis.

    Parameters
    ----------
    axis : int
        Along which axis.
    times : int
        How often each element comes.
    """

    name = "repeat"
    axis: int
    times: int

    def __call__(self, block: Array) -> Array:
        """Repeat the elements of a block."""
        return np.repeat(block, self.times, axis=self.axis)


class Sort(Frozen, Blockwise):
    """Sorts along an axis.

    Parameters
    ----------
    axis : int
        Along which axis.
    """

    name = "sort"
    hidden = 1.0
    axis: int

    def effort(self) -> float:
        """See `Kernel`: values are put in order."""
        return 12.0

    def __call__(self, block: Array) -> Array:
        """Sort a block that is whole along the axis."""
        return np.sort(block, axis=self.axis)


class Transform(Frozen, Blockwise):
    """A Fourier transform along an axis, computed in 64 bits.

    Parameters
    ----------
    name : str
        Name of the function.
    function : callable
        Of `numpy.fft`.
    count : int
        Number of points.
    axis : int
        Along which axis.
    dtype : numpy.dtype
        Of the result.
    """

    # An operand of 32 bits is widened, and the result is complex before it is narrowed.
    hidden = 6.0
    name: str
    function: Callable[..., Array]
    count: int
    axis: int
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Transform a block that is whole along the axis."""
        # NumPy 1 transforms in 64 bits whatever it is given, NumPy 2 in the operand's own
        # precision: widened beforehand, both give the same bits.
        wide = block.astype(complex if block.dtype.kind == "c" else float, copy=False)
        return self.function(wide, n=self.count, axis=self.axis).astype(self.dtype, copy=False)


class Reshape(Frozen, Blockwise):
    """Gives all elements other axes, in C order as NumPy.

    Parameters
    ----------
    name : str
        Name of the function.
    shape : tuple of int
        Of the result.
    """

    hidden = 1.0
    name: str
    shape: tuple[int, ...]

    def __call__(self, block: Array) -> Array:
        """Reshape everything."""
        return block.reshape(self.shape)


class Fill(Frozen, Kernel):
    """A constant for every element.

    Parameters
    ----------
    name : str
        Name of the function.
    value : number
        The constant.
    dtype : numpy.dtype
        Of the result.
    """

    name: str
    value: Scalar
    dtype: np.dtype[Any]

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return a block of the constant."""
        return np.full(shape_of(out), self.value, self.dtype, order="F")
