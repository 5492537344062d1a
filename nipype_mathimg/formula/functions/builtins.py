"""Python's own functions that a formula may call; their names end with brackets in the table."""

from __future__ import annotations

from functools import partial

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Listed, Masked, Operand, Static, Values

__all__ = ["ROWS"]


def _items(build: Builder, args: Arguments, name: str) -> tuple[Operand, ...]:
    """Return what is compared or added: two arguments, or the items of a list."""
    first = args["a"]
    if args.given("b"):
        return (first, args["b"])
    if isinstance(first, Values) and first.items:
        return first.items
    if isinstance(first, Op | Masked):
        raise build.fail(f"Python's {name}() does not look into images; write np.{name}(...)")
    raise build.fail(f"{name}() takes a list, or two numbers")


def _extreme(name: str, function: str, build: Builder, args: Arguments) -> Operand:
    items = _items(build, args, name)
    if any(isinstance(item, Op) and item.shape for item in items):
        raise build.fail(f"Python's {name}() cannot compare images; write np.{function}(a, b)")
    result = items[0]
    for item in items[1:]:
        result = apply(build, function, result, item)
    return result


def _sum(build: Builder, args: Arguments) -> Operand:
    result: Operand = Static(0)
    for item in _items(build, args, "sum"):
        result = apply(build, "add", result, item)
    return result


def _len(build: Builder, args: Arguments) -> Operand:
    value = args["a"]
    if isinstance(value, Values):
        return Static(len(value.items))
    if isinstance(value, Static) and isinstance(value.value, tuple):
        return Static(len(value.value))
    if isinstance(value, Listed) and value.size is not None:
        return value.size
    if isinstance(value, Op) and value.shape:
        return Static(value.shape[0])
    if isinstance(value, Masked) and value.mask is None:
        return Static(value.op.spec.size)
    raise build.fail("len() takes an image or a list")


ROWS: tuple[Function, ...] = (
    Function("min()", "a, b=None", partial(_extreme, "min", "minimum")),
    Function("max()", "a, b=None", partial(_extreme, "max", "maximum")),
    Function("sum()", "a, b=None", _sum),
    Function("len()", "a", _len),
)
"""The rows of the function table for Python's own functions."""
