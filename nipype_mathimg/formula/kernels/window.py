"""Filters of SciPy, which look at the neighbours of a voxel, block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any, Literal

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.types.regions import Region, local
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["EXACT_IN_FLOAT64", "DistanceFilter", "Filter", "MaskFilter", "OwnFilter"]

EXACT_IN_FLOAT64 = 2**53
"""SciPy's filters look at every value as float64, which holds whole numbers up to here."""

_WINDOWS = ("footprint", "structure", "structure1", "structure2", "weights")
"""Arguments that name neighbours one by one."""

_BY_FOOTPRINT = ("ndimage.median_filter", "ndimage.rank_filter", "ndimage.percentile_filter")
"""Functions that make a footprint of a size; of the others SciPy takes one axis at a time."""

_GROWING = ("ndimage.binary_propagation", "ndimage.binary_fill_holes")
"""Functions that repeat a dilation until nothing changes."""

Options = tuple[tuple[str, Any], ...]
"""Names and values of arguments; arrays are nested tuples."""

Place = tuple[slice | int, ...]


class Filter(Frozen, Kernel):
    """A function of `scipy.ndimage` on every volume of a block.

    A block comes with its halo: where it ends inside of the image it reaches so far beyond the
    result that what SciPy makes up behind its end is not seen; where it ends with the image, that
    is the mode that was asked for.

    Parameters
    ----------
    name : str
        Its name, as in ``"ndimage.laplace"``.
    options : tuple
        Arguments beside the image.
    axes : tuple of int
        Axes of a volume; along every other axis lie volumes.
    dtype : numpy.dtype
        Of the result.
    computed : numpy.dtype, optional
        What the operand is converted to, where SciPy needs it.
    output : str
        Argument that takes the memory for the result.
    second : str
        Argument that takes the second operand; empty where there is none.
    order : str
        Order of the memory of the result.
    hidden : float
        See `Kernel`.
    table : int
        See `table_bytes` and `Kernel`.
    """

    dear = uses_scipy = True
    name: str
    options: Options
    axes: tuple[int, ...]
    dtype: np.dtype[Any]
    computed: np.dtype[Any] | None = None
    output: str = "output"
    second: str = ""
    order: Literal["C", "F"] = "F"
    hidden: float = 0.0
    table: int = 0

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Filter the volumes of a block and cut the halo off."""
        block = np.asarray(blocks[0])
        self._check(block)
        function = self.function()
        result: Array = np.empty(block.shape, self.dtype, order=self.order)
        for place in self._volumes(block.shape):
            slot = result[place]
            target = _contiguous(slot, self.order)
            options: dict[str, Any] = {**dict(self.options), self.output: target}
            if self.second:
                options[self.second] = blocks[1][place]
            volume = _contiguous(block[place], "F")
            if self.computed is not None:
                volume = volume.astype(self.computed, order="F", copy=False)
            function(volume, **options)
            if target is not slot:
                slot[...] = target
        frame = regions[0]
        if frame == out:
            return result
        # A copy, so that the memory of the halo is free again.
        return np.copy(result[local(out, frame)], order="F")

    def effort(self) -> float:
        """See `Kernel`: a rank is found among all cells, and most others go axis by axis."""
        options = dict(self.options)
        if self.name not in _BY_FOOTPRINT:
            return 25.0
        cells = np.size(options["footprint"]) if "footprint" in options else None
        return 6.0 * (cells or math.prod(options.get("size") or (3,) * len(self.axes)))

    def function(self) -> Callable[..., Any]:
        """Return what filters a volume, and writes to memory that it is given."""
        # Only formulas that use it wait for SciPy.
        from nipype_mathimg.formula.kernels.scipy_modules import ndimage

        found: Callable[..., Any] = getattr(ndimage, self.name.removeprefix("ndimage."))
        return found

    def table_bytes(self, lengths: Sequence[int]) -> int:
        """Return the bytes of the table in which SciPy keeps where neighbours lie.

        It has an entry of 8 bytes for each neighbour, once for every place in a window that a
        voxel near a border may have (`NI_InitFilterOffsets`); with the neighbours' coordinates
        where a mask grows on from what changed. So it grows with the square of a window: 170 MB
        for ``ball(9)``.

        Parameters
        ----------
        lengths : sequence of int
            Of the axes of a volume.
        """
        given = dict(self.options)
        windows = [np.asarray(given[key]) for key in _WINDOWS if key in given]
        if "size" in given and self.name in _BY_FOOTPRINT:
            windows.append(np.ones(given["size"], bool))
        if self.name.startswith("ndimage.grey") and "footprint" not in given:
            windows = [np.ones(window.shape, bool) for window in windows]
        places = [
            math.prod(map(min, window.shape, lengths)) * np.count_nonzero(window)
            for window in windows
        ]
        grows = self.name in _GROWING or given.get("iterations", 1) != 1
        return 8 * (1 + len(lengths) * grows) * int(max(places, default=0))

    def _volumes(self, shape: Sequence[int]) -> Iterator[Place]:
        """Yield the index of each volume of a block."""
        choices = (
            [slice(None)] if axis in self.axes else range(n) for axis, n in enumerate(shape)
        )
        yield from product(*choices)

    def _check(self, block: Array) -> None:
        # Integers of 32 bits are exact in float64, so only those of 64 have to be looked at.
        if block.dtype.itemsize < 8 or block.dtype.kind not in "iu" or not block.size:
            return
        # As Python's integers: abs of the least int64 is itself in NumPy.
        largest = max(abs(int(block.min())), abs(int(block.max())))
        if largest > EXACT_IN_FLOAT64 and self.dtype.kind in "iu":
            raise FormulaError(
                f"{self.name} computes in float64, which does not hold the whole "
                f"number {largest}; convert it first, as in `img.astype('float64')`"
            )


class OwnFilter(Filter):
    """A function of `kernels.volume_functions` on every volume of a block."""

    def function(self) -> Callable[..., Any]:
        """Return the function of this name."""
        from nipype_mathimg.formula.kernels import volume_functions

        found: Callable[..., Any] = getattr(volume_functions, self.name)
        return found


class MaskFilter(Filter):
    """SciPy's erosion or dilation, as `kernels.mask_functions` has it: without SciPy."""

    uses_scipy = False

    def function(self) -> Callable[..., Any]:
        """Return the function with the steps of this name."""
        from nipype_mathimg.formula.kernels.mask_functions import STEPS, morphology

        return partial(morphology, STEPS[self.name.removeprefix("ndimage.")])

    def table_bytes(self, lengths: Sequence[int]) -> int:
        """Return 0: what SciPy would keep in a table is computed."""
        return 0


class DistanceFilter(Filter):
    """SciPy's map of distances, as `kernels.distances` has it."""

    def effort(self) -> float:
        """See `Kernel`: with places to be measured from all over the volume."""
        return 80.0

    def function(self) -> Callable[..., Any]:
        """Return what computes the distances."""
        from nipype_mathimg.formula.kernels.distances import distance_transform_edt

        return distance_transform_edt


def _contiguous(volume: Array, order: Literal["C", "F"]) -> Array:
    """Return a volume as one run of memory, itself where it is.

    Lines and planes of a block are not. SciPy's filters of ranks copy such memory to and fro, and
    leave a warning of NumPy about it (SciPy 1.17).
    """
    return volume if volume.flags.forc else np.copy(volume, order=order)
