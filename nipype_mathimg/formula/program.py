"""The text of a formula, read with the names of the function table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import VOCABULARY
from nipype_mathimg.formula.language import choices
from nipype_mathimg.formula.language import parse as language
from nipype_mathimg.formula.language.tree import (
    Attribute,
    Call,
    Choice,
    DTypeName,
    Literal,
    Name,
    Node,
    Program,
    Slice,
    Unit,
    postorder,
)
from nipype_mathimg.words import Term, worded

__all__ = [
    "check_input_names",
    "input_names",
    "is_input_name",
    "meant_by",
    "name_span",
    "needed_names",
    "normalised",
    "optional_names",
    "parse",
    "taken",
]


def parse(formula: str) -> Program:
    """Parse a formula.

    Parameters
    ----------
    formula : str
        An expression in NumPy's notation, e.g. ``"np.mean(bold, axis=-1) * mask"``, or a program:
        lines of the form ``name = expression``.

    Returns
    -------
    Program
        What it says; no input has been looked at.

    Raises
    ------
    FormulaError
        The text is not part of the formula language; the culprit is underlined.

    Examples
    --------
    >>> parse("a + 1").bindings[0].value.function
    'add'
    >>> parse("m = np.mean(a); a - m  # the mean is gone").names
    ('m',)
    """
    return language.parse(formula, VOCABULARY)


def input_names(formula: str) -> tuple[str, ...]:
    """Return the names of the inputs of a formula, in order of first appearance.

    Raises
    ------
    FormulaError
        The text is not part of the formula language.

    Examples
    --------
    >>> input_names("np.where(mask > 0, bold - low, 0)")
    ('mask', 'bold', 'low')
    """
    return language.input_names(parse(formula))


def optional_names(formula: str) -> tuple[str, ...]:
    """Return the inputs of a formula that it asks for with ``is None``, and that may be missing.

    Raises
    ------
    FormulaError
        The text is not part of the formula language.

    Examples
    --------
    >>> optional_names("a * b if m0 is None else a * b * m0")
    ('m0',)
    """
    return choices.optional_names(parse(formula))


def needed_names(
    formula: str, absent: Collection[str], outputs: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the inputs that a formula uses when some others are not given.

    Raises
    ------
    FormulaError
        The text is not part of the formula language.

    Examples
    --------
    >>> formula = "a * b if m0 is None else a * b * m0"
    >>> needed_names(formula, ["m0"]), needed_names(formula, [])
    (('a', 'b'), ('a', 'b', 'm0'))
    """
    return language.input_names(choices.settled(parse(formula), absent, outputs))


def normalised(formula: str) -> str:
    """Return one text for all formulas that differ in blanks, comments or brackets only.

    Raises
    ------
    FormulaError
        The text is not part of the formula language.

    Examples
    --------
    >>> normalised("a+ abs( b) *(2)  # twice")
    'a b absolute/1 2 multiply/2 add/2'
    """
    return "; ".join(
        (f"{binding.name} = " if binding.name else "")
        + " ".join(map(_label, postorder(binding.value)))
        for binding in parse(formula).bindings
    )


def _label(node: Node) -> str:
    """Return what a node is beside its children, and how many children it has."""
    match node:
        case Name() | Unit():
            return node.name
        case Literal():
            return repr(node.value)
        case DTypeName():
            return f"dtype.{node.name}"
        case Call():
            keywords = "".join(f" {name}=" for name, _ in node.kwargs)
            return f"{node.function}/{len(node.children)}{keywords}"
        case Slice():
            given = (part is not None for part in (node.start, node.stop, node.step))
            return ":".join("x" if there else "" for there in given)
        case Attribute():
            return f".{node.name}"
        case Choice():
            return "if-given"
    return f"{type(node).__name__}/{len(node.children)}"


def meant_by(name: str, formula: str | None = None) -> str:
    """Return a sentence about what else the name of an input may stand for, mostly empty.

    Examples
    --------
    >>> meant_by("nan")
    ' For the number write `np.nan`.'
    """
    from nipype_mathimg.formula.language.names import meant  # only for a message

    return meant(VOCABULARY, name, formula or "")


def check_input_names(formula: str, names: Iterable[str]) -> None:
    """Refuse names of inputs that mean something else in the formula that uses them.

    Before the formula is read: it is not its syntax that is wrong.

    Raises
    ------
    FormulaError
        The name is underlined.
    """
    for name in names:
        if isinstance(name, str) and not is_input_name(name):
            span = name_span(formula, name)
            if span is not None:
                raise FormulaError(
                    worded(
                        "No input can have the name {name!r}: {reason}. Give the input another "
                        "name, here and in the formula, such as {other}.",
                        name=name,
                        reason=taken(name),
                        other=_other_name(name),
                    ),
                    formula,
                    span,
                )


def _other_name(name: str) -> Term:
    other = "".join(c if c.isalnum() else "_" for c in name).strip("_")
    other = f"{other}_img" if other[:1].isalpha() else f"img_{other}"
    return Term(f"`{other}`", f"`{other}`", f"-i {other}=FILE")


def taken(name: str) -> str:
    """Return why no input can have a name.

    Examples
    --------
    >>> taken("np")
    'functions begin with `np.`'
    """
    from nipype_mathimg.formula.language.names import taken as reason  # only for a message

    return reason(VOCABULARY, name)


def is_input_name(name: str) -> bool:
    """Tell whether `name` can be the name of an input.

    Examples
    --------
    >>> is_input_name("bold"), is_input_name("np"), is_input_name("1st"), is_input_name("_x")
    (True, False, False, False)
    """
    return language.is_free_name(name, VOCABULARY)


def name_span(formula: str | None, name: str) -> tuple[int, int] | None:
    """Return where a name stands first in a formula, as offsets; None when it does not.

    Examples
    --------
    >>> name_span("img2 - img", "img")
    (7, 10)
    """
    # No dot in front: in `bold.mean` the word is no name.
    import re  # only a mistake asks for it

    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", formula or "")
    return found.span() if found else None
