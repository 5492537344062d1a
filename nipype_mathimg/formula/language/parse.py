"""From the text of a formula to its tree, and what the text alone says of its inputs."""

from __future__ import annotations

import keyword
from functools import lru_cache

from nipype_mathimg.formula.functions import BUILTINS
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.translate import Translation
from nipype_mathimg.formula.language.tree import (
    Attribute,
    Call,
    DTypeName,
    Literal,
    Name,
    Node,
    Slice,
    postorder,
)

__all__ = ["RESERVED_NAMES", "input_names", "is_input_name", "normalised", "parse"]

RESERVED_NAMES = frozenset({"np", *BUILTINS, "True", "False", "None"})
"""Names that mean something in every formula and so cannot be inputs."""


@lru_cache(maxsize=256)
def parse(formula: str) -> Node:
    """Parse a formula into its tree.

    Parameters
    ----------
    formula : str
        An expression in NumPy's notation, e.g. ``"np.mean(bold, axis=-1) * mask"``.

    Returns
    -------
    Node
        The tree; no input has been looked at.

    Raises
    ------
    FormulaError
        The text is not an expression of the formula language; the culprit is underlined.

    Examples
    --------
    >>> parse("a + 1").function
    'add'
    """
    return Translation(Text(formula)).tree()


def input_names(formula: str) -> tuple[str, ...]:
    """Return the names of the inputs of a formula, in order of first appearance.

    Raises
    ------
    FormulaError
        The text is not an expression of the formula language.

    Examples
    --------
    >>> input_names("np.where(mask > 0, bold - low, 0)")
    ('mask', 'bold', 'low')
    """
    names = [node for node in postorder(parse(formula)) if isinstance(node, Name)]
    return tuple(dict.fromkeys(node.name for node in sorted(names, key=lambda node: node.span)))


def normalised(formula: str) -> str:
    """Return one text for all formulas that differ in blanks, brackets or other spellings only.

    Raises
    ------
    FormulaError
        The text is not an expression of the formula language.

    Examples
    --------
    >>> normalised("a+ abs( b) *(2)")
    'a b absolute/1 2 multiply/2 add/2'
    """
    return " ".join(map(_label, postorder(parse(formula))))


def _label(node: Node) -> str:
    """Return what a node is beside its children, and how many children it has."""
    match node:
        case Name():
            return node.name
        case Literal():
            return repr(node.value)
        case DTypeName():
            return f"dtype.{node.name}"
        case Call():
            names = "".join(f" {name}=" for name, _ in node.kwargs)
            return f"{node.function}/{len(node.children)}{names}"
        case Slice():
            given = (part is not None for part in (node.start, node.stop, node.step))
            return ":".join("x" if there else "" for there in given)
        case Attribute():
            return f".{node.name}"
    return f"{type(node).__name__}/{len(node.children)}"


def is_input_name(name: str) -> bool:
    """Tell whether `name` can be the name of an input.

    Examples
    --------
    >>> is_input_name("bold"), is_input_name("np"), is_input_name("1st"), is_input_name("_x")
    (True, False, False, False)
    """
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and name not in RESERVED_NAMES
    )
