"""``np.logical_and.reduce([a, b, c])`` and its like: a function of two over all of a list."""

from __future__ import annotations

from functools import partial

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.reductions import ROWS as REDUCTIONS
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static, Values

__all__ = ["ROWS"]

_SAME = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
"""For a function of two operands the reduction that does the same along an axis."""

_BY_NAME = {row.name: row for row in REDUCTIONS}


def _reduce(name: str, build: Builder, args: Arguments) -> Operand:
    """Fold a list item by item, so that it is never stacked; reduce an array."""
    value, axis = args["array"], args["axis"]
    kept = build.flag(args["keepdims"], "keepdims")
    if not isinstance(value, Values) or len(value.items) < 2 or axis != Static(0) or kept:
        row = _BY_NAME[_SAME[name]]
        return row(build, [value], [("axis", axis), ("keepdims", args["keepdims"])])
    result = value.items[0]
    for item in value.items[1:]:
        result = apply(build, name, result, item)
    return result


ROWS: tuple[Function, ...] = tuple(
    Function(f"{name}.reduce", "array, axis=0, keepdims=False", partial(_reduce, name))
    for name in _SAME
)
"""The rows of the function table that fold a list."""
