"""From the inputs of an interface to the arguments of the core, with every check on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from nipype_mathimg.calc.given import named_donors
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.program import input_names, name_span, needed_names
from nipype_mathimg.interfaces.specs import (
    FormulaInputSpec,
    MathImgInputSpec,
    declared,
    problem,
    values,
)

__all__ = ["core_arguments"]

_STATIC = tuple(MathImgInputSpec().copyable_trait_names())


def core_arguments(inputs: FormulaInputSpec) -> dict[str, Any]:
    """Return the arguments for the core from the inputs of an interface, after checking them.

    Raises
    ------
    FormulaError
        An input is not set or of the wrong type, or the formula uses a name that is no input.
    """
    # These first: the formula must be a text before it can be asked for its names.
    _raise_first(inputs, [name for name in _STATIC if name in declared(inputs)])
    given = values(inputs)
    # As plain text: an f-string of the core would show it as Python source.
    formula = given["formula"] = str(given["formula"])
    names = _input_names(formula)
    _check_declared(inputs, names)
    own = [name for name in declared(inputs) if name not in _STATIC]
    donors = named_donors(given.get("copy_header_from"))
    others = [name for name in dict.fromkeys(donors) if name in own and name not in names]
    absent = [name for name in names if name not in given]
    needed = needed_names(formula, absent, given.get("outputs", ())) if absent else names
    _raise_first(inputs, [*names, *others], {*needed, *others})
    options = {name: given[name] for name in _STATIC if name in given}
    images = {name: given[name] for name in (*names, *others) if name in given}
    return {**options, "inputs": images}


# A node asks for the estimate of its memory, and again in the run.
_input_names = lru_cache(maxsize=256)(input_names)


def _raise_first(
    inputs: FormulaInputSpec, names: Iterable[str], needed: Collection[str] | None = None
) -> None:
    for name in names:
        found = problem(inputs, name, needed=None if needed is None else name in needed)
        if found:
            formula = str(inputs.formula) if isinstance(inputs.formula, str) else None
            raise FormulaError(found, formula, name_span(formula, name))


def _check_declared(inputs: FormulaInputSpec, names: Iterable[str]) -> None:
    own = [name for name in declared(inputs) if name not in _STATIC]
    for name in names:
        if name not in own:
            raise FormulaError(
                f"The formula uses `{name}`, which is not an input of this node; its inputs are "
                f"{own}. Make the interface with this formula, or with "
                f"names={[*own, name]}.",
                str(inputs.formula),
                name_span(inputs.formula, name),
            )
