"""What a kernel is: the computation of one block of a result from blocks of its operands.

A kernel is `Frozen`: its class and its fields say all that it does, so they are its identity.
Whoever writes one gives it a field for every static argument and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array, Intent

__all__ = [
    "Blockwise",
    "Constant",
    "Input",
    "Kernel",
    "MakeKernel",
    "Scalar",
    "Table",
    "Value",
    "identity",
]

Scalar = bool | int | float | complex
"""A plain number."""

Value = Array | Scalar
"""A block, or a plain number where there are no axes."""


class Kernel:
    """What an operation computes; `Frozen`, with hashable fields.

    Attributes
    ----------
    name : str
        What a plan prints: the name of the function.
    hidden : float
        Bytes of the copies that NumPy makes meanwhile, in units of the largest operand's bytes.
    table : int
        Bytes that it takes meanwhile in each thread, however small its blocks are.
    dear : bool
        It takes longer to compute a value anew than to keep it.
    uses_scipy : bool
        SciPy is loaded for it.
    intent : Intent or None
        What the values are, where the function says it: a z score, a p value.
    """

    name: str
    hidden: float = 0.0
    table: int = 0
    dear: bool = False
    uses_scipy: bool = False
    intent: Intent | None = None

    def effort(self) -> float:
        """Return how long an element takes, in units of one that is added to a sum.

        It is measured roughly, for what a plan says about time.
        """
        return 1.0

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Value:
        """Compute a region of the result.

        Parameters
        ----------
        blocks : sequence of numpy.ndarray
            A block of every operand, in its dtype.
        out : Region
            The region of the result.
        regions : sequence of Region
            Which regions of the operands the blocks are.
        """
        raise NotImplementedError


class Blockwise(Kernel):
    """A kernel that does the same wherever its blocks lie: it is called with them alone."""

    __call__: Callable[..., Any]

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Value:
        """Call the kernel with the blocks."""
        result: Value = self(*blocks)
        return result


MakeKernel = Callable[[NumType, Sequence[NumType]], Kernel]
"""From the types of the result and of the operands to the kernel."""


class Table(Frozen):
    """A static array, as a field of a kernel.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the elements.
    shape : tuple of int
        Lengths of the axes.
    data : bytes
        The elements in C order.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, array: Array) -> Table:
        """Return the elements of an array, as they are now."""
        # Bytes can be hashed, and unlike those of an array nobody can change them from outside.
        return cls(array.dtype, array.shape, array.tobytes())

    @property
    def array(self) -> Array:
        """The array; it cannot be written to."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


class Input(Frozen, Kernel):
    """An image that is read.

    Parameters
    ----------
    name : str
        Name of the input.
    """

    name: str

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Value:
        """Fail: an image is read, not computed."""
        raise AssertionError(f"{self.name} has nothing to compute it")


class Constant(Frozen, Kernel):
    """A number, or a list of numbers.

    Parameters
    ----------
    content : number or Table
        The value.
    """

    name = "number"
    content: Scalar | Table

    @property
    def value(self) -> Value:
        """The number, or the numbers as an array."""
        return self.content.array if isinstance(self.content, Table) else self.content

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Value:
        """Return the region of the value."""
        block: Array = np.asarray(self.value)[tuple(slice(*part) for part in out)]
        return block


_EXACT = frozenset(
    {int, str, bytes, type(None), np.ufunc, *map(type, map(np.dtype, "?bhilqBHILQfdFD"))}
)
"""Of these types equal values are the same, and none equals one of another."""


def identity(value: object) -> Hashable:
    """Return what two values have in common only where nothing tells them apart.

    It is stricter than ``==``, for which 0.0 is -0.0, and True is 1 is 1.0, and for which tuples
    of different classes are equal. Kernels are compared field by field.

    Parameters
    ----------
    value : object
        A kernel, or a field of one.

    Raises
    ------
    TypeError
        A field cannot be hashed, as a list or an array; see `Table`.

    Examples
    --------
    >>> identity((1, 0.0)) == identity((1, 0.0)), identity((1, 0.0)) == identity((1, -0.0))
    (True, False)
    """
    kind = type(value)
    if kind in _EXACT:
        return kind, value
    if kind is float or kind is complex:
        # Unlike ==, repr tells 0.0 from -0.0 and makes no difference between two NaNs.
        return kind, repr(value)
    if isinstance(value, tuple):
        if _EXACT.issuperset(map(type, value)):
            return kind, value
        return (kind, *map(identity, value))
    if isinstance(value, np.generic):
        return kind, value.tobytes()
    names = getattr(kind, "_fields", None) or getattr(kind, "__dataclass_fields__", None)
    if names:
        fields = [getattr(value, name) for name in names]
        return (kind, *(fields if _EXACT.issuperset(map(type, fields)) else map(identity, fields)))
    # Fails here rather than in a dict later, so that the kernel at fault is in the traceback.
    hash(value)
    return kind, value
