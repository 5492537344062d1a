"""From the text of a formula to its program, and what the text alone says of its inputs."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from functools import lru_cache

from nipype_mathimg.errors import FormulaError, nearest, sentence
from nipype_mathimg.formula.language.choices import check_choices
from nipype_mathimg.formula.language.marks import without_comments
from nipype_mathimg.formula.language.mistakes import EQUALS, check_text
from nipype_mathimg.formula.language.statements import Statement, lone_equals, statements
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.translate import Translation
from nipype_mathimg.formula.language.tree import Binding, Call, Program, postorder
from nipype_mathimg.formula.language.vocabulary import Vocabulary
from nipype_mathimg.words import Term, worded

__all__ = ["check_outputs", "input_names", "is_free_name", "parse"]


# An interface asks for the names, the outputs and the tree of one formula, each time anew. A
# vocabulary equals only itself, so as a key it costs nothing.
@lru_cache(maxsize=256)
def parse(formula: str, vocabulary: Vocabulary) -> Program:
    """Parse a formula.

    Parameters
    ----------
    formula : str
        An expression, or lines of the form ``name = expression``.
    vocabulary : Vocabulary
        The names that it may use.

    Returns
    -------
    Program
        The expressions with their names; no input has been looked at.

    Raises
    ------
    FormulaError
        The text is not a program of the formula language; the culprit is underlined.
    """
    check_text(formula)
    code = without_comments(formula)
    if not code.strip():
        raise FormulaError("The formula has comments only; write an expression behind them.")
    found = statements(code)
    for statement in found[:-1]:
        if statement.name is None:
            raise _unnamed(formula, statement)
    _check_names(formula, found, vocabulary)
    bindings = tuple(_binding(formula, code, statement, vocabulary) for statement in found)
    program = Program(formula, bindings)
    _check_order(program)
    _check_calls(program, vocabulary)
    check_choices(program)
    return program


def _unnamed(formula: str, statement: Statement) -> FormulaError:
    part = formula[statement.start : statement.stop]
    start = statement.start + len(part) - len(part.lstrip())
    return FormulaError(
        "This line gives no name to its value, and only the last line may; put `name =` in "
        "front, or brackets around an expression that goes on over several lines.",
        formula,
        (start, statement.start + len(part.rstrip())),
    )


def _binding(formula: str, code: str, statement: Statement, vocabulary: Vocabulary) -> Binding:
    if statement.name is not None and not code[statement.start : statement.stop].strip():
        raise FormulaError(
            f"Nothing stands behind `{statement.name} =`; write its expression on the same line.",
            formula,
            statement.name_span,
        )
    equals = lone_equals(code, statement)
    if equals is not None:
        raise FormulaError(sentence(_of_equals(code, statement, equals)), formula, equals)
    value = Translation(Text(formula, code, statement.start, statement.stop), vocabulary).tree()
    span = statement.name_span if statement.name else value.span
    return Binding(span, statement.name or "", value)


def _of_equals(code: str, statement: Statement, equals: tuple[int, int]) -> str:
    """Return what is said of an ``=`` that gives no name."""
    target = code[statement.start : equals[0]].strip()
    if target.endswith("]"):
        image = target.partition("[")[0].strip()
        return (
            "A formula changes no voxel of an input; choose between old and new values, as in "
            f"`np.where(condition, 0, {image})`"
        )
    operator = code[slice(*equals)].removesuffix("=")
    if operator:
        return (
            f"`{operator}=` would change an input; give the new value a name of its own, as in "
            f"`new = {target} {operator} 1`"
        )
    return EQUALS


def _check_names(formula: str, found: Sequence[Statement], vocabulary: Vocabulary) -> None:
    """Refuse names that are bound twice, or that mean something already."""
    seen: set[str] = set()
    for statement in found:
        name = statement.name
        if name is None:
            continue
        reason = ""
        if not is_free_name(name, vocabulary):
            reason = "cannot be the name of a value; choose another"
        elif name in seen:
            reason = "is bound already; give each value its own name"
        if reason:
            raise FormulaError(sentence(f"`{name}` {reason}"), formula, statement.name_span)
        seen.add(name)


def _check_order(program: Program) -> None:
    """Refuse the use of a bound name before its line has ended."""
    bound, done = set(program.names), set[str]()
    for binding in program.bindings:
        for use in binding.inner_names():
            if use.name in bound and use.name not in done:
                raise FormulaError(
                    f"`{use.name}` is used here, and bound on this or a later line; give the "
                    "value another name than the input, or put its line first.",
                    program.formula,
                    use.span,
                )
        done.add(binding.name)


def _check_calls(program: Program, vocabulary: Vocabulary) -> None:
    """Refuse a value named after a function of ours that the program calls.

    Without such a call it may have the name, as an input may: programs must not end when there
    are further functions.
    """
    named = [binding for binding in program.bindings if binding.name in vocabulary.own]
    if not named:
        return
    parts = (node for binding in program.bindings for node in postorder(binding.value))
    called = {node.function for node in parts if isinstance(node, Call)}
    for binding in named:
        if vocabulary.own[binding.name] in called:
            raise FormulaError(
                f"`{binding.name}` is a function that is called here; give the value another "
                "name.",
                program.formula,
                binding.span,
            )


def input_names(program: Program) -> tuple[str, ...]:
    """Return the names of the inputs of a program, in order of first appearance."""
    bound = set(program.names)
    uses = sorted(program.uses(), key=lambda use: use.span)
    return tuple(dict.fromkeys(use.name for use in uses if use.name not in bound))


def check_outputs(program: Program, outputs: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the results: those that are asked for, or the last line's.

    Parameters
    ----------
    program : Program
        What `parse` returned.
    outputs : sequence of str
        Names that become results; the last line's value alone when empty.

    Returns
    -------
    tuple of str
        An empty name stands for a last line without one.

    Raises
    ------
    FormulaError
        An output is not bound, or asked for twice; or a line serves no result.
    """
    for name in outputs:
        if name not in program.names:
            names = ", ".join(program.names)
            hint = nearest(name, program.names)
            raise FormulaError(
                f"The output {name!r} is not bound in the formula; write a line `{name} = ...`"
                f"{f', or take one of: {names}' if names else ''}.{hint}",
                program.formula,
            )
    if len(set(outputs)) < len(outputs):
        raise FormulaError(
            f"An output is named twice: {', '.join(outputs)}. Name each once: "
            f"{', '.join(dict.fromkeys(outputs))}.",
            program.formula,
        )
    results = tuple(outputs) or (program.bindings[-1].name,)
    _check_all_used(program, results)
    return results


def _check_all_used(program: Program, results: Sequence[str]) -> None:
    used = {use.name for use in program.uses()} | set(results)
    for binding in program.bindings:
        if binding.name not in used:
            what = f"`{binding.name}` is" if binding.name else "The value of the last line is"
            raise FormulaError(
                worded(
                    "{what} neither used nor a result; remove the line, or name it among the "
                    "results, as in {remedy}.",
                    what=what,
                    remedy=Term("outputs=[...]", "outputs=[...]", f"-o {binding.name or 'NAME'}"),
                ),
                program.formula,
                binding.span,
            )


def is_free_name(name: str, vocabulary: Vocabulary) -> bool:
    """Tell whether `name` can be the name of an input or of a value."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and name not in vocabulary.reserved
    )
