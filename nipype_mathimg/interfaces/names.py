"""Which names the inputs and outputs of an interface can have."""

from __future__ import annotations

from collections.abc import Iterable

from nipype.interfaces.base import Bunch, TraitedSpec

from nipype_mathimg.calc.options import check_options, is_names, names_in
from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.language.parse import check_outputs
from nipype_mathimg.formula.program import (
    check_input_names,
    input_names,
    is_input_name,
    name_span,
    needed_names,
    optional_names,
    parse,
)
from nipype_mathimg.interfaces.specs import FormulaInputSpec, declared

__all__ = ["check_output_names", "chosen_names", "is_output_name", "optional_inputs"]

_CONSTRUCTOR_NAMES = frozenset(
    {"self", "from_file", "resource_monitor", "ignore_exception", "names", "optional"}
)


def chosen_names(
    base: type[FormulaInputSpec],
    formula: str | None,
    names: Iterable[str] | None,
    values: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the names of an interface's own inputs.

    Parameters
    ----------
    base : type
        The input spec; what it has already cannot be the name of an input.
    formula : str, optional
        Its free names are the inputs when `names` is None, and must be among `names` otherwise.
    names : iterable of str, optional
        The inputs, for a formula that comes later.
    values : iterable of str
        For which inputs there are values already.

    Raises
    ------
    FormulaError
        The formula is wrong, a name cannot be used, or `names` lacks one of the formula's.
    """
    if formula is not None and not isinstance(formula, str):
        raise FormulaError(
            f"The formula is a {type(formula).__name__}, not a text; to run several, give "
            "`names=[...]`, and name `formula` in the iterfield of a MapNode."
        )
    if formula is not None:
        check_input_names(formula, [name for name in values if name not in base.class_traits()])
    used = input_names(formula) if formula is not None else ()
    given = _as_names("names", names) if names is not None else used
    for name in given:
        _check_name(base, name, formula)
    missing = [name for name in used if name not in given]
    if missing:
        # What a slip stands for takes its place.
        kept = [name for name in given if not any(nearest(one, [name]) for one in missing)]
        raise FormulaError(
            f"The formula uses `{missing[0]}`, which is not among names={list(given)}; write "
            f"names={list(dict.fromkeys((*kept, *used)))}.",
            formula,
            name_span(formula, missing[0]),
        )
    return given


def optional_inputs(
    formula: str | None, names: Iterable[str], optional: Iterable[str]
) -> tuple[str, ...]:
    """Return the inputs that may be missing: those named so, and those a formula asks for.

    Raises
    ------
    FormulaError
        A name is no input, or the formula needs it in any case.
    """
    names, optional = tuple(names), _as_names("optional", optional)
    for name in optional:
        if name not in names:
            raise FormulaError(
                f"`{name}` is named in optional={list(optional)} and is no input of the formula; "
                f"its inputs are: {', '.join(names)}.{nearest(name, names)}",
                formula,
            )
    if formula is None:
        return optional
    asked = optional_names(formula)
    # Each alone: that another one is missing as well may not be asked for.
    needed = [name for name in optional if name in needed_names(formula, (name,))]
    if needed:
        raise FormulaError(
            f"`{needed[0]}` is optional, and the formula needs it; write what it is without it, "
            f"as in `a if {needed[0]} is None else a * {needed[0]}`.",
            formula,
            name_span(formula, needed[0]),
        )
    return tuple(dict.fromkeys((*optional, *asked)))


def check_output_names(inputs: FormulaInputSpec, outputs: Iterable[str]) -> None:
    """Refuse names that cannot be outputs of an interface with these inputs.

    Raises
    ------
    FormulaError
        A name is that of an input, or of something else of a Nipype interface; or the formula,
        where it is known, does not bind it.
    """
    formula = str(inputs.formula) if isinstance(inputs.formula, str) else None
    outputs = tuple(outputs)
    for name in outputs:
        if not _is_word(name):
            raise FormulaError(_no_word(name, "an output"))
        if not is_output_name(name) or name in declared(inputs):
            owner = "an input" if name in declared(inputs) else "something else"
            raise FormulaError(
                f"`{name}` cannot be the name of an output here, because a Nipype interface has "
                f"{owner} under this name; write `{name}_out`, for example.",
                formula,
                name_span(formula, name),
            )
    if formula is not None and outputs:
        check_outputs(parse(formula), outputs)


def is_output_name(name: str) -> bool:
    """Tell whether an interface can have an output of this name.

    Examples
    --------
    >>> is_output_name("tsnr"), is_output_name("items"), is_output_name("np")
    (True, False, False)
    """
    # The outputs of a MapNode are a Bunch.
    taken = any(hasattr(holder, str(name)) for holder in (TraitedSpec, Bunch))
    return _is_word(name) and not taken


def _as_names(option: str, names: Iterable[str]) -> tuple[str, ...]:
    check_options({option: names}, {option: (is_names, "a list of names, as ['bold', 'mask']")})
    return names_in(names)


def _check_name(base: type[FormulaInputSpec], name: str, formula: str | None) -> None:
    if not _is_word(name):
        raise FormulaError(_no_word(name, "an input"))
    # A trait hides a method of its name: an input `get` or `items` breaks Nipype much later, with
    # a message about str that is not callable.
    if name in _CONSTRUCTOR_NAMES or hasattr(base, name) or name in base.class_traits():
        raise FormulaError(
            f"`{name}` cannot be the name of an input here, because a Nipype interface has "
            f"something else under this name; write `{name}_img`, for example.",
            formula,
            name_span(formula, name),
        )


def _is_word(name: object) -> bool:
    return isinstance(name, str) and is_input_name(name)


def _no_word(name: object, role: str) -> str:
    return (
        f"{name!r} cannot be the name of {role}; use a Python identifier without a leading "
        "underscore, such as `img1`, that is no word of the formula language."
    )
