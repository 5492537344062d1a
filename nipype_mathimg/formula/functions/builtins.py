"""Python's own functions that a formula may call; their names end with brackets in the table."""

from __future__ import annotations

from functools import partial

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Selected, Static, Value, Values

__all__ = ["ROWS"]


def _items(low: Lowering, args: Arguments, name: str) -> tuple[Value, ...]:
    """Return what is compared or added: two arguments, or the items of a list."""
    first = args["a"]
    if args.given("b"):
        return (first, args["b"])
    if isinstance(first, Values) and first.items:
        return first.items
    if isinstance(first, Op | Selected):
        raise low.fail(f"Python's {name}() does not look at voxels; write np.{name}(...)")
    raise low.fail(f"{name}() takes a list, or two numbers")


def _extreme(name: str, function: str, low: Lowering, args: Arguments) -> Value:
    items = _items(low, args, name)
    if any(isinstance(item, Op) and item.shape for item in items):
        raise low.fail(f"Python's {name}() cannot compare images; write np.{function}(a, b)")
    result = items[0]
    for item in items[1:]:
        result = apply(low, function, result, item)
    return result


def _sum(low: Lowering, args: Arguments) -> Value:
    result: Value = Static(0)
    for item in _items(low, args, "sum"):
        result = apply(low, "add", result, item)
    return result


def _len(low: Lowering, args: Arguments) -> Value:
    value = args["a"]
    if isinstance(value, Values):
        return Static(len(value.items))
    if isinstance(value, Static) and isinstance(value.value, tuple):
        return Static(len(value.value))
    if isinstance(value, Op) and value.shape:
        return Static(value.shape[0])
    if isinstance(value, Selected) and value.mask is None:
        return Static(value.op.spec.size)
    raise low.fail("len() takes an image or a list")


ROWS: tuple[Function, ...] = (
    Function("min()", "a, b=None", partial(_extreme, "min", "minimum")),
    Function("max()", "a, b=None", partial(_extreme, "max", "maximum")),
    Function("sum()", "a, b=None", _sum),
    Function("len()", "a", _len),
)
"""The rows of the function table for Python's own functions."""
