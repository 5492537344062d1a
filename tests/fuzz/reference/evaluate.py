"""A formula evaluated by NumPy in float64 and Python's integers, from its text alone.

The rules that differ from NumPy are those of the guide: integers are exact, division by zero
is that of floats for integers too, and images of different numbers of axes align by what the
axes are.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.fuzz.reference import (
    arithmetic,
    choices,
    composed,
    joining,
    order,
    parts,
    reductions,
    scans,
    shapes,
    truths,
)
from tests.fuzz.reference.calls import CALLS
from tests.fuzz.reference.indexing import indexed
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import RefusedError, Value, valued

__all__ = ["FILLED_BY", "evaluate"]

FILLED_BY = (
    arithmetic, choices, composed, joining, order, parts, reductions, scans, shapes, truths,
)  # fmt: skip
"""The modules whose functions are in the table since they were imported."""

_ALIASES = {
    "abs": "absolute", "acos": "arccos", "acosh": "arccosh", "amax": "max", "amin": "min",
    "around": "round", "asarray": "array", "asin": "arcsin", "asinh": "arcsinh",
    "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift", "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift", "concat": "concatenate", "conj": "conjugate",
    "fix": "trunc", "flatten": "ravel", "mod": "remainder", "permute_dims": "transpose",
    "pow": "power", "true_divide": "divide",
}  # fmt: skip
_BUILTINS = {
    "abs": "absolute", "min": "min()", "max": "max()", "sum": "sum()", "len": "len()",
    "round": "round", "pow": "power",
}  # fmt: skip
_DTYPES = {"bool": "bool", "int": "int64", "float": "float64", "complex": "complex128"}
_OPERATORS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.FloorDiv: "floor_divide", ast.Mod: "remainder", ast.Pow: "power",
    ast.BitAnd: "bitwise_and", ast.BitOr: "bitwise_or", ast.BitXor: "bitwise_xor",
    ast.LShift: "left_shift", ast.RShift: "right_shift", ast.USub: "negative",
    ast.UAdd: "positive", ast.Invert: "invert", ast.Lt: "less", ast.LtE: "less_equal",
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip


def evaluate(formula: str, inputs: Mapping[str, Any], rounding: Rounding | None = None) -> Value:
    """Return the value of a formula.

    Raises
    ------
    RefusedError
        NumPy does not allow it, or the language does not.
    UndecidedError
        The documented rules do not say what it means.
    """
    tree = ast.parse(formula.strip(), mode="eval").body
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = _Evaluation(inputs, rounding or Rounding()).visit(tree)
            if isinstance(result, list) and any(isinstance(v, Value) and v.ndim for v in result):
                return CALLS["stack"](Rounding(), result)
            return valued(result)
        except (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError) as error:
            raise RefusedError(f"{type(error).__name__}: {error}") from error


class _Evaluation:
    """One evaluation; numbers and lists of Python stay so until they meet an array."""

    def __init__(self, inputs: Mapping[str, Any], rounding: Rounding) -> None:
        self.inputs = inputs
        self.rounding = rounding

    def visit(self, node: ast.AST) -> Any:
        return getattr(self, "visit_" + type(node).__name__.lower())(node)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return CALLS[name](self.rounding, *args, **kwargs)

    def visit_constant(self, node: ast.Constant) -> Any:
        return node.value

    def visit_name(self, node: ast.Name) -> Any:
        return self.inputs[node.id] if node.id in self.inputs else _DTYPES[node.id]

    def visit_list(self, node: ast.List | ast.Tuple) -> list[Any]:
        return [self.visit(item) for item in node.elts]

    visit_tuple = visit_list

    def visit_slice(self, node: ast.Slice) -> slice:
        ends = (node.lower, node.upper, node.step)
        return slice(*(None if p is None else int(valued(self.visit(p)).data) for p in ends))

    def visit_unaryop(self, node: ast.UnaryOp) -> Any:
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.USub) and type(operand) in (int, float, complex):
            return -operand
        return self.call(_OPERATORS[type(node.op)], operand)

    def visit_binop(self, node: ast.BinOp) -> Any:
        name = _OPERATORS[type(node.op)]
        return self.call(name, self.visit(node.left), self.visit(node.right))

    def visit_compare(self, node: ast.Compare) -> Any:
        operands = [self.visit(o) for o in (node.left, *node.comparators)]
        pairs = zip(node.ops, operands, operands[1:], strict=False)
        links = [self.call(_OPERATORS[type(op)], a, b) for op, a, b in pairs]
        result = links[0]
        for part in links[1:]:
            result = self.call("logical_and", result, part)
        return result

    def visit_subscript(self, node: ast.Subscript) -> Any:
        base = self.visit(node.value)
        inner = node.slice
        items = [self.visit(i) for i in (inner.elts if isinstance(inner, ast.Tuple) else [inner])]
        if isinstance(base, list) and not isinstance(items[0], Value):
            return base[items[0]]
        if isinstance(base, list) and not items[0].ndim:
            return base[int(items[0].data)]
        return indexed(valued(base), items)

    def visit_attribute(self, node: ast.Attribute) -> Any:
        path = ast.unparse(node)
        if path.startswith("np."):
            name = path.removeprefix("np.")
            constants = {"pi": np.pi, "e": np.e, "inf": np.inf, "nan": np.nan, "newaxis": None}
            return constants.get(name, name)
        value = valued(self.visit(node.value))
        match node.attr:
            case "shape":
                return list(value.shape)
            case "ndim":
                return value.ndim
            case "size":
                return value.data.size
            case "T":
                return self.call("transpose", value)
        return self.call(node.attr, value)

    def visit_call(self, node: ast.Call) -> Any:
        args = [self.visit(a) for a in node.args]
        kwargs = {str(k.arg): self.visit(k.value) for k in node.keywords}
        path = ast.unparse(node.func)
        if isinstance(node.func, ast.Name):
            if path in _DTYPES:
                return self.call("astype", args[0], _DTYPES[path])
            return self.call(_BUILTINS[path], *args, **kwargs)
        if path.startswith("np."):
            name = path.removeprefix("np.")
        else:
            name = node.func.attr  # type: ignore[attr-defined]
            args.insert(0, self.visit(node.func.value))  # type: ignore[attr-defined]
        name = _ALIASES.get(name, name)
        if name not in CALLS:
            return self.call("astype", args[0], name)
        return self.call(name, *args, **kwargs)
