"""Kernels for what SciPy computes voxel by voxel: special functions and distributions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array, Intent

__all__ = ["Distribution", "Special"]

_Flag = Literal["readonly", "writeonly", "allocate"]

CHUNK = 1 << 13
"""Elements at a time: what is made on the way (some twenty arrays) stays in the cache."""


class Special(Frozen, Blockwise):
    """A function of `scipy.special`, or a conversion of one statistic to another.

    Parameters
    ----------
    name : str
        What a plan prints: ``"special.erf"``, ``"t_to_z"``.
    function : str
        The name of the function, behind the namespace.
    options : tuple
        Names and values of arguments that are no arrays.
    intent : Intent, optional
        See `Kernel`.
    """

    uses_scipy = True
    name: str
    function: str
    options: tuple[tuple[str, Any], ...] = ()
    intent: Intent | None = None

    def effort(self) -> float:
        """See `Kernel`: series and fractions."""
        return 60.0

    def __call__(self, *blocks: Array) -> Array:
        """Compute the values of blocks that broadcast."""
        # Only formulas that use it wait for SciPy.
        from nipype_mathimg.formula.kernels.conversions import CONVERSIONS
        from nipype_mathimg.formula.kernels.scipy_modules import special

        function: Callable[..., Any]
        function = CONVERSIONS.get(self.function) or getattr(special, self.function)
        options = dict(self.options)
        return in_chunks(lambda *chunk: np.asarray(function(*chunk, **options)), blocks)


class Distribution(Frozen, Blockwise):
    """A function of a distribution, as ``scipy.stats.norm.sf``.

    Parameters
    ----------
    name : str
        What a plan prints: ``"stats.norm.sf"``.
    family : str
        The distribution.
    function : str
        Its function.
    intent : Intent, optional
        See `Kernel`.
    """

    uses_scipy = True
    name: str
    family: str
    function: str
    intent: Intent | None = None

    def effort(self) -> float:
        """See `Kernel`: series and fractions."""
        return 60.0

    def __call__(self, *blocks: Array) -> Array:
        """Compute the values of blocks that broadcast."""
        from nipype_mathimg.formula.kernels import located  # loads SciPy

        discrete = self.family in located.DISCRETE
        of_family = located.of_counts if discrete else located.of_values
        return in_chunks(
            lambda *chunk: of_family(self.family, self.function, *chunk),
            blocks,
        )


def in_chunks(function: Callable[..., Array], blocks: tuple[Array, ...]) -> Array:
    """Apply a function to blocks that broadcast, as float64, some elements at a time."""
    operands: list[Any] = [np.asarray(block) for block in blocks]
    count = len(operands)
    flags: list[Sequence[_Flag]] = [["readonly"]] * count
    flags.append(["writeonly", "allocate"])
    with np.errstate(all="ignore"):
        chunks = np.nditer(
            [*operands, None],
            flags=["external_loop", "buffered", "zerosize_ok"],
            op_flags=flags,
            op_dtypes=[np.dtype(float)] * (count + 1),
            order="F",
            casting="unsafe",
            buffersize=CHUNK,
        )
        with chunks:
            for chunk in chunks:
                values = function(*chunk[:-1])
                # One NaN: the sign of a computed one depends on its place in a vector register.
                chunk[-1][...] = np.where(np.isnan(values), np.nan, values)
            result: Array = chunks.operands[-1]
    return result
