"""The only condition of the language: whether an input is given. Decided before reading."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.tree import Binding, Choice, Node, Program, postorder

__all__ = ["CONDITION", "check_choices", "exchanged", "optional_names", "settled", "tested"]

CONDITION = (
    "A condition asks only whether an input is given, as in `x if m0 is None else y`; to choose "
    "by the values of an image write `np.where(condition, x, y)`"
)


def tested(text: Text, test: ast.expr) -> tuple[ast.Name, bool]:
    """Return the name that a condition asks for, and whether it asks for ``is None``.

    Raises
    ------
    FormulaError
        The condition is another one; the message has the spelling to use.
    """
    if isinstance(test, ast.BoolOp) and all(map(_asks_for_none, test.values)):
        raise text.refuse(
            test,
            "One condition asks for one input; write `x if a is None else y if b is None else z`",
        )
    if not isinstance(test, ast.Compare) or not _asks_for_none(test):
        raise text.refuse(test, CONDITION)
    operator, name = test.ops[0], test.left
    if isinstance(operator, ast.Eq | ast.NotEq):
        word = "is" if isinstance(operator, ast.Eq) else "is not"
        raise text.refuse(test, f"Write `{word} None` to ask whether an input is given")
    if not isinstance(name, ast.Name):
        raise text.refuse(name, CONDITION)
    return name, isinstance(operator, ast.Is)


def _asks_for_none(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Is | ast.IsNot | ast.Eq | ast.NotEq)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    )


def check_choices(program: Program) -> None:
    """Refuse a question for a value that the program itself binds.

    Raises
    ------
    FormulaError
        It is; a bound value is always there.
    """
    for choice in _choices(program):
        if choice.test.name in program.names:
            raise FormulaError(
                f"`{choice.test.name}` is a value of this formula and always there; a condition "
                "asks for an input.",
                program.formula,
                choice.test.span,
            )


def optional_names(program: Program) -> tuple[str, ...]:
    """Return the inputs that a condition asks for, in order of first appearance."""
    return tuple(dict.fromkeys(choice.test.name for choice in _choices(program)))


def settled(program: Program, absent: Collection[str], results: Sequence[str] = ()) -> Program:
    """Return a program without choices and without what these make superfluous.

    Parameters
    ----------
    program : Program
        As it was written.
    absent : collection of str
        The inputs that are not given.
    results : sequence of str
        The names that become results; the last line's value when empty.
    """
    # The walk over the tree is not worth its time for nearly all formulas.
    if "if" not in program.formula or not optional_names(program):
        return program
    bindings = [one.changed(value=_chosen(one.value, absent)) for one in program.bindings]
    needed = set(results or (bindings[-1].name,))
    kept: list[Binding] = []
    # From the end: a value is used behind its own line only.
    for binding in reversed(bindings):
        if binding.name in needed:
            kept.append(binding)
            needed |= {name.name for name in binding.inner_names()}
    return program.changed(bindings=tuple(reversed(kept)))


def _choices(program: Program) -> Iterator[Choice]:
    nodes = (node for binding in program.bindings for node in postorder(binding.value))
    return (node for node in nodes if isinstance(node, Choice))


def _chosen(tree: Node, absent: Collection[str]) -> Node:
    """Return a tree with what was chosen in place of each choice."""
    # By identity, as in `infer`. The inner ones come first, and are settled when they are chosen.
    done: dict[int, Node] = {}
    for node in postorder(tree):
        if isinstance(node, Choice):
            # The name of a choice may be missing among the inputs, so it must not stay.
            side = node.absent if node.test.name in absent else node.given
            done[id(node)] = exchanged(side, done)
    return exchanged(tree, done)


def exchanged(tree: Node, others: Mapping[int, Node]) -> Node:
    """Return a tree with other nodes in place of some.

    Parameters
    ----------
    tree : Node
        The tree; it is not changed.
    others : mapping
        For the identity of a node, what stands in its place.
    """
    # Not by recursion: a long sum is a tree as deep as it is long.
    done = dict(others)
    for node in postorder(tree):
        if id(node) in others:
            continue
        if any(done.get(id(child), child) is not child for child in node.children):
            fields = vars(node).items()
            done[id(node)] = node.changed(**{name: _field(value, done) for name, value in fields})
    return done.get(id(tree), tree)


def _field(value: object, done: Mapping[int, Node]) -> object:
    """Return the value of a field with other nodes in place of those that it holds."""
    if isinstance(value, tuple):
        return tuple(_field(item, done) for item in value)
    return done.get(id(value), value)
