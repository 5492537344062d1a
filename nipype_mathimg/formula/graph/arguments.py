"""Reading what is known before any voxel: axes, numbers, dtypes, and the refusal of the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError, sentence
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static, Values, describe, is_number
from nipype_mathimg.spec import SPACE, Array
from nipype_mathimg.words import Message

__all__ = ["StaticReader"]


class StaticReader:
    """Reads the static arguments of a formula.

    Parameters
    ----------
    formula : str
        The text, for messages.

    Attributes
    ----------
    span : tuple of int
        The part that is being built.
    spans : dict
        For the id of a value, where it was written last.
    """

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.span = (0, 0)
        self.spans: dict[int, tuple[int, int]] = {}

    def fail(self, message: Message, span: tuple[int, int] | None = None) -> FormulaError:
        """Return the error to be raised, which underlines the part that is being built."""
        return FormulaError(sentence(message), self.formula, span or self.span)

    def wrong(self, value: Operand, message: Message) -> FormulaError:
        """Return the error to be raised, which underlines an argument where that is possible."""
        return self.fail(message, self.spans.get(id(value)))

    def integer(self, value: Operand, what: str) -> int:
        """Return a static integer."""
        number = value.value if isinstance(value, Static) else None
        if isinstance(number, int | np.integer) and not isinstance(number, bool):
            return int(number)
        raise self.wrong(
            value, f"{what} is {describe(value)}; it has to be a whole number known beforehand"
        )

    def count(self, value: Operand, what: str) -> int:
        """Return a static integer of 1 or more."""
        number = self.integer(value, what)
        if number < 1:
            raise self.wrong(value, f"{what} has to be 1 or more")
        return number

    def number(self, value: Operand, what: str) -> float:
        """Return a static real number."""
        number = value.value if isinstance(value, Static) else None
        if isinstance(number, int | float | np.number) and not isinstance(number, complex):
            return float(number)
        raise self.wrong(
            value, f"{what} is {describe(value)}; it has to be a number known beforehand"
        )

    def numbers_of(self, value: Operand, what: str) -> Array:
        """Return static numbers: one, a list, or a list input."""
        if isinstance(value, Op) and value.is_constant:
            return np.atleast_1d(np.asarray(value.value))
        if isinstance(value, Values) and all(is_number(item) for item in value.items):
            return np.asarray([i.value for i in value.items])  # type: ignore[union-attr]
        self.number(value, what)
        return np.asarray([value.value])  # type: ignore[union-attr]  # number: Static

    def reals_of(self, value: Operand, what: str) -> Array:
        """Return static numbers that have an order: one, a list, or a list input."""
        numbers = self.numbers_of(value, what)
        if numbers.dtype.kind == "c":
            raise self.wrong(value, f"{what} cannot be complex numbers, which have no order")
        return numbers

    def flag(self, value: Operand, what: str) -> bool:
        """Return a static True or False."""
        if isinstance(value, Static) and isinstance(value.value, bool | int):
            return bool(value.value)
        raise self.wrong(value, f"{what} is {describe(value)}; it has to be True or False")

    def word(self, value: Operand, what: str, choices: Collection[str]) -> str:
        """Return a static text, one of some."""
        text = value.value if isinstance(value, Static) else None
        if isinstance(text, str) and text in choices:
            return text
        listed = ", ".join(f"'{word}'" for word in choices)
        raise self.wrong(value, f"{what} is {describe(value)}; it has to be one of {listed}")

    def dtype(self, value: Operand) -> np.dtype[Any] | None:
        """Return a static dtype, None for None."""
        if isinstance(value, Static) and (
            value.value is None or isinstance(value.value, np.dtype)
        ):
            return value.value
        raise self.wrong(
            value, f"There is {describe(value)} where a dtype is expected, as in `np.float32`"
        )

    def axis(
        self, value: Operand, ndim: int, what: str = "axis", sources: Sequence[str | None] = ()
    ) -> int:
        """Return a static axis, counted from 0; `sources` are the names of those that there are.

        Raises
        ------
        FormulaError
            The array has no such axis.
        """
        axis = self.integer(value, what)
        if not -ndim <= axis < ndim:
            remedy = f"; take one from {-ndim} to {ndim - 1}" if ndim else ""
            if axis == ndim and tuple(sources) == SPACE:
                remedy += ": it has x, y and z, and no time axis"
            raise self.wrong(
                value, f"{what}={axis} is outside of an array with {ndim} axes{remedy}"
            )
        return axis % ndim

    def axes(
        self, value: Operand, ndim: int, sources: Sequence[str | None] = ()
    ) -> tuple[int, ...]:
        """Return static axes, ascending; None means all."""
        if isinstance(value, Static) and value.value is None:
            return tuple(range(ndim))
        items = value.items if isinstance(value, Values) else (value,)
        found = [self.axis(item, ndim, sources=sources) for item in items]
        if len(set(found)) < len(found):
            raise self.fail("An axis is named twice")
        return tuple(sorted(found))
