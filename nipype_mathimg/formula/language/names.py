"""What the names in a formula stand for: functions, constants, dtypes, attributes."""

from __future__ import annotations

import ast

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.functions import ALIASES, BUILTINS, CONSTANTS, DTYPE_NAMES, FUNCTIONS
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.tree import DTypeName, Literal, Node

__all__ = ["ATTRIBUTES", "called", "canonical", "named", "np_path"]

ATTRIBUTES = ("shape", "ndim", "size", "dtype", "T", "real", "imag")
"""Attributes that an array has in a formula."""


def canonical(name: str) -> str:
    """Return the name in the function table of what NumPy knows by several names."""
    return ALIASES.get(name, name)


def np_path(node: ast.AST) -> str | None:
    """Return ``"linalg.norm"`` for ``np.linalg.norm``, None for what does not begin with np."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id == "np" and parts:
        return ".".join(reversed(parts))
    return None


def named(text: Text, node: ast.Attribute, path: str) -> Node:
    """Return what a name after ``np.`` stands for that is not called."""
    span = text.span(node)
    if path in CONSTANTS:
        return Literal(span, CONSTANTS[path])
    if path in DTYPE_NAMES:
        return DTypeName(span, DTYPE_NAMES[path])
    if canonical(path) in FUNCTIONS:
        raise text.refuse(node, f"`np.{path}` is a function; call it, as in `np.{path}(...)`")
    raise _unknown(text, node, path)


def _unknown(text: Text, node: ast.AST, path: str) -> FormulaError:
    if path in CONSTANTS:
        return text.refuse(node, f"`np.{path}` is a number; leave out the brackets")
    choices = [*FUNCTIONS, *ALIASES, *CONSTANTS, *DTYPE_NAMES]
    hint = nearest(path, [c for c in choices if not c.startswith("_")], prefix="np.")
    return text.refuse(node, f"np.{path} is not a function of the formula language.{hint}")


def called(text: Text, func: ast.Name | ast.Attribute) -> tuple[str, ast.expr | None]:
    """Return the name of the called function, and the object of a method call."""
    if isinstance(func, ast.Name):
        return _builtin(text, func), None
    path = np_path(func)
    if path is not None:
        if path in DTYPE_NAMES:
            return "_dtype", None
        name = canonical(path)
        if name not in FUNCTIONS or FUNCTIONS[name].method_only:
            raise _unknown(text, func, path)
        return name, None
    name = canonical(func.attr)
    if func.attr.startswith("_"):
        raise text.refuse(func, "Names with a leading underscore are not part of the language")
    if func.attr in ATTRIBUTES and name not in FUNCTIONS:
        raise text.refuse(func, f"`.{func.attr}` is no method; leave out the brackets")
    if name not in FUNCTIONS:
        hint = nearest(func.attr, [*FUNCTIONS, *ALIASES], prefix=".")
        raise text.refuse(func, f"`.{func.attr}` is not a method of the language.{hint}")
    return name, func.value


def _builtin(text: Text, func: ast.Name) -> str:
    if func.id in ("int", "float", "bool", "complex"):
        return "_dtype"
    name = BUILTINS.get(func.id)
    if name is not None:
        return name
    if canonical(func.id) in FUNCTIONS:
        raise text.refuse(func, f"Write `np.{func.id}(...)`: functions are called with `np.`")
    hint = nearest(func.id, [*BUILTINS, *FUNCTIONS])
    raise text.refuse(func, f"`{func.id}` is not a function of the formula language.{hint}")
