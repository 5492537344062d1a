"""What a kernel is: the computation of one block of a result from blocks of its operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = ["Compute", "Computing", "Scalar", "Value"]

Scalar = bool | int | float | complex
"""A plain number."""

Value = Array | Scalar
"""A block, or a plain number where there are no axes."""

Compute = Callable[[Sequence[Any], Region, Sequence[Region]], Any]
"""Called with the operands' blocks, the region of the result, the regions of the operands."""

Computing = Callable[[NumType, Sequence[NumType]], Compute]
"""From the types of the result and of the operands to the function that computes."""
