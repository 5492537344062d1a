"""The tools with which a row of the function table turns a call into operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.formula.graph.op import Graph, Op
from nipype_mathimg.formula.graph.operands import (
    Entries,
    Listed,
    Masked,
    Operand,
    Static,
    Values,
    describe,
    is_number,
    python_number,
)
from nipype_mathimg.formula.graph.shaping import Shaping
from nipype_mathimg.formula.graph.tape import Tape
from nipype_mathimg.formula.kernels.kernel import Scalar
from nipype_mathimg.formula.kernels.kernel import Value as Block
from nipype_mathimg.formula.types.numtype import largest_float, type_of_number
from nipype_mathimg.formula.types.regions import (
    Region,
    whole,
)
from nipype_mathimg.spec import ArraySpec, Axis, FloatArray

if TYPE_CHECKING:
    from nipype_mathimg.formula.graph.label_source import LabelSource

__all__ = ["MAX_NUMBERS", "Builder"]


MAX_NUMBERS = 1 << 20
"""What is computed from numbers alone is kept as numbers up to so many."""


class Builder(Shaping):
    """The graph of one formula while it grows.

    Parameters
    ----------
    graph : Graph
        Receives the operations.
    formula : str
        The text, for messages.
    stored : numpy.dtype, optional
        In which the result is stored, where that is asked for.
    affine : ndarray of float64, (4, 4), optional
        Of the grid that all images share: voxel indices to mm.
    labels : LabelSource, optional
        What is known of label images.
    grid : ArraySpec, optional
        Of an image that has x, y and z from end to end.
    """

    def __init__(
        self,
        graph: Graph,
        formula: str,
        stored: np.dtype[Any] | None = None,
        affine: FloatArray | None = None,
        labels: LabelSource | None = None,
        grid: ArraySpec | None = None,
    ) -> None:
        super().__init__(graph, formula)
        self.labels = labels
        self.grid = grid
        self.affine = affine
        self.stored = stored

    def largest_stored(self, op: Op) -> float:
        """Return the largest number that an operation and the file of the result both hold.

        Where no dtype was asked for, that is float32, or float64 for what is wide.
        """
        stored = self.stored or np.dtype(np.float64 if op.spec.wide else np.float32)
        return min(largest_float(op.spec.dtype), largest_float(stored))

    # From values to arrays and static values

    def array(self, value: Operand, what: str = "an image or a number") -> Op:
        """Return a value as an operation: numbers and lists become constants.

        Raises
        ------
        FormulaError
            The value cannot stand here.
        """
        if isinstance(value, Op):
            return value
        if is_number(value):
            number = python_number(value.value)
            return self.graph.constant(number, type_of_number(number), self.span)
        if isinstance(value, Values):
            return self._from_list(value, what)
        if isinstance(value, Static) and isinstance(value.value, tuple):
            return self.numbers([int(v) for v in value.value])
        if isinstance(value, Masked):
            return self._not_here(value)
        if isinstance(value, Listed):
            raise self.wrong(
                value,
                f"How long the list of np.{value.op.name} is, is known only after reading, so it "
                f"can be a result, and nothing is computed from it here; {value.remedy}",
            )
        if isinstance(value, Entries):
            raise self.wrong(value, f"`{value.name}` is a table; {_picked(value)}")
        hint = ""
        if isinstance(value, Static) and value.value is None:
            hint = "; to ask whether an input is given, write `x if m0 is None else y`"
        if isinstance(value, Static) and isinstance(value.value, str):
            hint = _unquoted(value.value)
        raise self.wrong(value, f"There is {describe(value)} where {what} is expected{hint}")

    def result(self, value: Operand) -> Op:
        """Return a result of the formula as an operation; raises as `array`."""
        return value.op if isinstance(value, Listed) else self.array(value)

    def _not_here(self, value: Masked) -> Op:
        if value.mask is None:
            return self.reshaped(value.op, (value.op.spec.size,), "ravel")
        raise self.fail(
            f"How many {value.many} a mask selects is known only after reading, so `img[mask]` "
            "can be the argument of a reduction, as in `np.mean(img[mask > 0])`; to keep the "
            "image's shape write `np.where(mask, img, 0)`"
        )

    def _from_list(self, values: Values, what: str) -> Op:
        if values.of:
            raise self.wrong(
                values,
                f"{values.of} gives {len(values.items)} values; take one, as in "
                f"`{values.of}(...)[0]`",
            )
        numbers = [python_number(item.value) for item in values.items if is_number(item)]
        if values.items and len(numbers) == len(values.items):
            return self.numbers(numbers)
        if not values.items:
            raise self.wrong(values, f"There is an empty list where {what} is expected")
        ops = [self.array(item, what) for item in values.items]
        if all(op.is_constant for op in ops):
            return self._matrix(values, ops)
        return self.stacked(ops, 0)

    def _matrix(self, values: Values, rows: Sequence[Op]) -> Op:
        """Return a list of lists of numbers as a constant."""
        if len({row.shape for row in rows}) > 1:
            lengths = sorted({row.shape[0] if row.shape else 1 for row in rows})
            raise self.wrong(
                values,
                "The lists in a list have to be equally long, as the rows of a matrix; these have "
                f"{' and '.join(map(str, lengths))} numbers",
            )
        return self.graph.constant_array(np.stack([row.value for row in rows]), Axis(), self.span)

    def numbers(self, numbers: Sequence[Scalar]) -> Op:
        """Return a list of numbers as a constant array of one axis."""
        array = np.asarray(numbers)
        if array.dtype.kind not in "biufc":
            raise self.fail("A list holds a number that does not fit into 64 bits")
        return self.graph.constant_array(array, Axis(), self.span)

    def known(self, value: Operand) -> Operand:
        """Compute what is computed from numbers alone, so that it can stand where numbers can.

        ``bval < 50`` becomes a list of True and False, ``np.max(times)`` a number.
        """
        if not isinstance(value, Op) or not value.static or value.is_constant:
            return value
        if value.spec.size > MAX_NUMBERS:
            return value
        region = whole(value.shape)
        tape = Tape.of((value,), frozenset())
        with np.errstate(all="ignore"):
            (found,) = tape.run(tape.demand([region]), _unread, [region])
        if not value.shape:
            return Static(found)
        return self.graph.constant_array(np.array(found), Axis(), value.span)


def _unquoted(text: str) -> str:
    """Return what is said of a text that is a number, mostly nothing."""
    try:
        float(text)
    except ValueError:
        return ""
    return f"; write {text.strip()} without quotation marks"


def _picked(table: Entries) -> str:
    first = next(iter(table.entries), "name")
    return (
        f'pick a column or an entry, as in `{table.name}["{first}"]`, or several columns, as in '
        f'`{table.name}[["{first}", ...]]`'
    )


def _unread(op: Op, region: Region) -> Block:
    raise AssertionError(f"{op.name} is not made of numbers alone")
