"""The number that a formula gave, with what a user should know about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import eq, ne
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from nipype_mathimg.calc.options import told
from nipype_mathimg.display import html_table, short
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.frozen import Unique
from nipype_mathimg.spec import Array, Note

__all__ = ["Value"]


class Value(NDArrayOperatorsMixin, Unique):
    """A number that a formula gave; it behaves as its number, a list of them as an array.

    Parameters
    ----------
    value : int, float, complex, bool, or list of these
        A list for a result with one axis.
    plan : Plan
        How it was computed.
    notes : tuple of Note
        What a user should know.
    """

    value: Any
    plan: Plan
    notes: tuple[Note, ...]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: ANN401

        return np.asarray(self.value, dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:  # noqa: ANN401
        """Let arithmetic, comparisons and functions of NumPy see the number."""
        plain = [one.value if isinstance(one, Value) else one for one in inputs]
        try:
            found = getattr(ufunc, method)(*plain, **options)
        except TypeError as error:
            # NumPy knows no "equal" for a number and a text; Python does, and for a Value too.
            if ufunc in (np.equal, np.not_equal) and method == "__call__" and len(plain) == 2:
                return (eq if ufunc is np.equal else ne)(*plain)
            raise TypeError(_no_numbers(ufunc.__name__, plain)) from error
        # Numbers of Python in, numbers of Python out.
        return found.item() if isinstance(found, np.generic) else found

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        index: int = self.value.__index__()
        return index

    def __complex__(self) -> complex:
        return complex(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __round__(self, digits: int | None = None) -> Any:  # noqa: ANN401 - as of the number
        return round(self.value, digits)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __hash__(self) -> int:
        return hash(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - an index or a slice
        return self.value[place]

    def __getattr__(self, name: str) -> NoReturn:
        hint = "; as an array: numpy.asarray(value)" if hasattr(np.ndarray, name) else ""
        raise AttributeError(f"a Value has no {name!r}{hint}; its plain number is value.value")

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return short(repr(self.value))

    def _repr_html_(self) -> str:
        rows = [("value", repr(self.value)), *(("note", str(note)) for note in self.notes)]
        return html_table(rows)


def _no_numbers(name: str, values: Sequence[object]) -> str:
    """Return what is said of an operation with a Value and what is no number."""
    both = " and ".join(told(value) for value in values)
    return f"a Value is a number, and {name} of {both} takes numbers only; make numbers of both"
