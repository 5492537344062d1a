"""What a part of a formula stands for while it is inferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np

from nipype_mathimg.domain import domain_of
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.kernel import Scalar
from nipype_mathimg.frozen import Frozen

__all__ = [
    "Entries",
    "Length",
    "Listed",
    "Masked",
    "Operand",
    "Static",
    "StaticSlice",
    "Structure",
    "Values",
    "describe",
    "is_number",
    "python_number",
]


class Length(Frozen):
    """A length in the world, as in ``5*mm``: a number of voxels for each axis.

    Parameters
    ----------
    mm : float
        So many millimetres.
    """

    mm: float


class Structure(Frozen):
    """Which neighbours of a voxel are looked at, as in ``ball(4*mm)``."""


class Static(Frozen):
    """Something known before any voxel is read: a number, a shape, a length, None, `...`."""

    value: Any


class StaticSlice(Frozen):
    """``start:stop:step`` of known numbers."""

    start: int | None
    stop: int | None
    step: int | None


class Values(Frozen):
    """A list or tuple, not (yet) an array.

    Parameters
    ----------
    items : tuple of Value
        What is in it.
    of : str
        The function whose values they are: different things, which make no array.
    """

    items: tuple[Operand, ...]
    of: str = ""


class Masked(Frozen):
    """``array[mask]``, or ``array.ravel()`` (`mask` is None): values without their places.

    It lives only until a reduction takes it: how many voxels a mask selects is not known before
    they are read. Axes of `op` beyond those of the mask remain axes.
    """

    op: Op
    mask: Op | None
    covered: int

    @property
    def many(self) -> str:
        """What is selected: voxels, vertices."""
        return domain_of(self.op.spec.axes).many

    def same_selection(self, other: Masked) -> bool:
        """Tell whether two selections pick the same places."""
        if self.covered != other.covered or (self.mask is None) != (other.mask is None):
            return False
        if self.mask is None or other.mask is None:
            return self.op.shape == other.op.shape
        return self.mask.index == other.mask.index


class Entries(Frozen):
    """Numbers by their names: the columns of a table, or the entries of a sidecar.

    Parameters
    ----------
    name : str
        What the formula calls it.
    entries : mapping
        By name a number, a list of numbers, a matrix, or further entries.
    """

    name: str
    entries: Mapping[str, Any]


class Listed(Frozen):
    """A list of numbers whose length is known only after reading: a result, and nothing else.

    Parameters
    ----------
    op : Op
        What gives it; its shape says how long it may be at most.
    remedy : str
        What to write where something is computed from it.
    size : Op, optional
        How many numbers it has.
    """

    op: Op
    remedy: str
    size: Op | None = None


Operand = Static | StaticSlice | Values | Masked | Entries | Listed | Op


def is_key(value: Operand) -> bool:
    """Tell whether a value is the name of an entry, or a list of names."""
    if isinstance(value, Values):
        return bool(value.items) and all(map(is_key, value.items))
    return isinstance(value, Static) and isinstance(value.value, str)


def is_length(value: Operand) -> bool:
    """Tell whether a value is a length."""
    return isinstance(value, Static) and isinstance(value.value, Length)


def is_number(value: Operand) -> TypeGuard[Static]:
    """Tell whether a value is a number that is known already."""
    return isinstance(value, Static) and isinstance(value.value, Scalar | np.number)


def python_number(value: Scalar | np.generic) -> Scalar:
    """Return a number of NumPy as a number of Python."""
    number: Scalar = value.item() if isinstance(value, np.generic) else value
    return number


def describe(value: Operand) -> str:
    """Say what a value is, for a message."""
    if isinstance(value, Op):
        return f"an array of shape {value.shape}" if value.shape else "a number"
    if isinstance(value, Masked):
        return f"a selection of {value.many}"
    if isinstance(value, Listed):
        return f"the list of np.{value.op.name}"
    if isinstance(value, Values):
        return f"a list of {len(value.items)}"
    if isinstance(value, StaticSlice):
        return "a slice"
    if isinstance(value, Entries):
        return f"the table `{value.name}`"
    return _describe_static(value.value)


def _describe_static(value: object) -> str:
    match value:
        case None:
            return "None"
        case np.dtype():
            return f"the dtype {value}"
        case Structure():
            return "a structure"
        case Length():
            return f"a length of {value.mm:g} mm"
        case str():
            return f"the text {value!r}"
        case tuple():
            return f"the shape {value}"
    return "`...`" if value is Ellipsis else f"the number {value}"
