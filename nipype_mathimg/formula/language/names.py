"""What the names in a formula stand for: functions, constants, dtypes, attributes."""

from __future__ import annotations

import ast

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.tree import DTypeName, Literal, Node
from nipype_mathimg.formula.language.vocabulary import Namespace, Vocabulary

__all__ = ["CONVERSION", "called", "named"]

CONVERSION = "_dtype"
"""In place of a function: the name of a dtype is called, as in ``np.float32(img)``."""


def named(text: Text, node: ast.Attribute, space: Namespace, path: str) -> Node:
    """Return what a name after ``np.`` stands for that is not called."""
    span = text.span(node)
    if path in space.constants:
        return Literal(span, space.constants[path])
    if path in space.dtypes:
        return DTypeName(span, space.dtypes[path])
    if path in space.functions:
        spelling = f"{space.name}.{path}"
        raise text.refuse(node, f"`{spelling}` is a function; call it, as in `{spelling}(...)`")
    raise _unknown(text, node, space, path)


def _unknown(text: Text, node: ast.AST, space: Namespace, path: str) -> FormulaError:
    if path in space.constants:
        return text.refuse(node, f"`{space.name}.{path}` is a number; leave out the brackets")
    if path in space.absent:
        return text.refuse(node, f"{space.name}.{path} needs {space.absent[path]}")
    choices = [word for word in space.words() if not word.startswith("_")]
    hint = nearest(path, choices, prefix=f"{space.name}.")
    return text.refuse(
        node, f"{space.name}.{path} is not a function of the formula language.{hint}"
    )


def called(
    text: Text, vocabulary: Vocabulary, func: ast.Name | ast.Attribute
) -> tuple[str, ast.expr | None]:
    """Return the row of the called function, and the object of a method call."""
    if isinstance(func, ast.Name):
        return _bare(text, vocabulary, func), None
    place = vocabulary.place_of(func)
    if place is not None:
        space, path = place
        if path in space.dtypes:
            return CONVERSION, None
        if path not in space.functions:
            raise _unknown(text, func, space, path)
        return space.functions[path], None
    return _method(text, vocabulary, func), func.value


def _method(text: Text, vocabulary: Vocabulary, func: ast.Attribute) -> str:
    if func.attr.startswith("_"):
        raise text.refuse(func, "Names with a leading underscore are not part of the language")
    if func.attr in vocabulary.methods:
        return vocabulary.methods[func.attr]
    if func.attr in vocabulary.attributes:
        raise text.refuse(func, f"`.{func.attr}` is no method; leave out the brackets")
    hint = nearest(func.attr, vocabulary.methods, prefix=".")
    raise text.refuse(func, f"`.{func.attr}` is not a method of the language.{hint}")


def _bare(text: Text, vocabulary: Vocabulary, func: ast.Name) -> str:
    if func.id in vocabulary.conversions:
        return CONVERSION
    row = vocabulary.builtins.get(func.id) or vocabulary.own.get(func.id)
    if row is not None:
        return row
    space = vocabulary.home_of(func.id)
    if space is not None:
        raise text.refuse(
            func,
            f"Write `{space.name}.{func.id}(...)`: functions are called with `{space.name}.`",
        )
    words = (word for space in vocabulary.namespaces for word in space.functions)
    hint = nearest(
        func.id, [*vocabulary.builtins, *vocabulary.own, *vocabulary.conversions, *words]
    )
    raise text.refuse(func, f"`{func.id}` is not a function of the formula language.{hint}")
