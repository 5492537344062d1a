"""Which names the inputs of an interface can have."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.program import input_names, is_input_name
from nipype_mathimg.interfaces.specs import FormulaInputSpec

__all__ = ["chosen_names", "name_span"]

_CONSTRUCTOR_NAMES = frozenset({"from_file", "resource_monitor", "ignore_exception", "names"})


def chosen_names(
    base: type[FormulaInputSpec], formula: str | None, names: Iterable[str] | None
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

    Raises
    ------
    FormulaError
        The formula is wrong, a name cannot be used, or `names` lacks one of the formula's.
    """
    used = input_names(formula) if formula is not None else ()
    given = _as_names(names) if names is not None else used
    for name in given:
        _check_name(base, name, formula)
    missing = [name for name in used if name not in given]
    if missing:
        raise FormulaError(
            f"The formula uses `{missing[0]}`, which is not among names={list(given)}.",
            formula,
            name_span(formula, missing[0]),
        )
    return given


def name_span(formula: str | None, name: str) -> tuple[int, int] | None:
    """Return where a name stands first in a formula, as offsets; None when it does not.

    Examples
    --------
    >>> name_span("img2 - img", "img")
    (7, 10)
    """
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", formula or "")
    return found.span() if found else None


def _as_names(names: Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def _check_name(base: type[FormulaInputSpec], name: str, formula: str | None) -> None:
    if not isinstance(name, str) or not is_input_name(name):
        raise FormulaError(
            f"{name!r} cannot be the name of an input; use a Python identifier without a leading "
            "underscore, such as `img1`, that is no word of the formula language.",
        )
    if name in _CONSTRUCTOR_NAMES or hasattr(base, name) or name in base.class_traits():
        raise FormulaError(
            f"`{name}` cannot be the name of an input here, because a Nipype interface has "
            f"something else under this name; write `{name}_img`, for example.",
            formula,
            name_span(formula, name),
        )
