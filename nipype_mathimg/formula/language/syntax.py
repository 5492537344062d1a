"""Python's operators by the names of their functions, and the syntax that is refused."""

from __future__ import annotations

import ast

__all__ = ["BINARY", "COMPARE", "REFUSED", "UNARY"]

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
    ast.LShift: "left_shift",
    ast.RShift: "right_shift",
    ast.MatMult: "matmul",
}
UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "negative",
    ast.UAdd: "positive",
    ast.Invert: "invert",
}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
REFUSED: dict[type[ast.AST], str] = {
    ast.BoolOp: "`and` and `or` are not part of the formula language; write `(a > 0) & (b > 0)` "
    "or `(a > 0) | (b > 0)`, with the parentheses",
    ast.Not: "`not` is not part of the formula language; write `~(a > 0)`",
    ast.Lambda: "`lambda` is not part of the formula language; write the expression itself",
    ast.ListComp: "Comprehensions are not part of the formula language; write the list out, as "
    "in `[a, b, c]`, or give a list of files to one input",
    ast.NamedExpr: "`:=` is not part of the formula language; repeat the expression, equal parts "
    "are computed once",
    ast.Dict: "Braces are not part of the formula language; a list stands in brackets, as in "
    "`[1, 2]`, and an input is its name alone, as in `bold`",
    ast.JoinedStr: "F-strings are not part of the formula language",
    ast.Starred: "`*` before an argument is not part of the formula language; write the list out",
    ast.Await: "`await` is not part of the formula language",
    ast.In: "`in` is not part of the formula language; write `np.isin(img, [1, 2])`",
    ast.NotIn: "`not in` is not part of the formula language; write `~np.isin(img, [1, 2])`",
    ast.Is: "`is` stands in a choice only, as in `x if m0 is None else y`; elsewhere write `==`",
    ast.IsNot: "`is not` stands in a choice only, as in `x if m0 is not None else y`; elsewhere "
    "write `!=`",
}
for _comprehension in (ast.SetComp, ast.GeneratorExp, ast.DictComp):
    REFUSED[_comprehension] = REFUSED[ast.ListComp]
REFUSED[ast.Set] = REFUSED[ast.Dict]
