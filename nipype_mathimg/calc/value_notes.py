"""What a user should know about the values of a result, once they are written."""

from __future__ import annotations

import cmath
from collections.abc import Mapping

from nipype_mathimg.domain import domain_of
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.spec import ArraySpec, DataRange, Note
from nipype_mathimg.words import percent, setting, worded

__all__ = ["number_notes", "value_notes"]

_SHOWN = 50
"""Longest divisor, in characters, that a note quotes."""


def value_notes(name: str, found: DataRange, spec: ArraySpec, op: Op, formula: str) -> list[Note]:
    """Return a note about values that are no numbers, and one about rounded integers.

    Parameters
    ----------
    name : str
        Name of the result.
    found : DataRange
        Its values.
    spec : ArraySpec
        Shape and dtype of its file.
    op : Op
        The result in the graph of the formula.
    formula : str
        The text.
    """
    notes = []
    domain = domain_of(spec.axes)
    if found.non_finite:
        share = percent(found.non_finite, spec.size)
        some = domain.counted(found.non_finite)
        verb = "is" if found.non_finite == 1 else "are"
        message = f"{some} ({share}) {verb} NaN or infinite{_where(op, formula)}"
        notes.append(Note("values", message, name))
    if found.rounded:
        remedy = worded(
            "{rounded} {hold} integers that {dtype} rounds; {remedy} (or uint64) keeps all digits",
            rounded=domain.counted(found.rounded),
            hold="holds" if found.rounded == 1 else "hold",
            dtype=spec.dtype,
            remedy=setting("dtype", "int64"),
        )
        notes.append(Note("values", remedy, name))
    return notes


def number_notes(values: Mapping[str, object]) -> list[Note]:
    """Return a note about each number, or list of them, that is NaN or infinite.

    Parameters
    ----------
    values : mapping
        Plain numbers and lists by the names of results.

    Examples
    --------
    >>> [note.message for note in number_notes({"": [1.0, float("inf")]})][0][:37]
    '1 of 2 numbers is NaN or infinite; of'
    """
    notes = []
    for name, value in values.items():
        numbers = value if isinstance(value, list) else [value]
        odd = sum(isinstance(one, complex | float) and not cmath.isfinite(one) for one in numbers)
        if odd:
            many = f"{odd} of {len(numbers)} numbers {'is' if odd == 1 else 'are'}"
            what = many if isinstance(value, list) else "the number is"
            message = (
                f"{what} NaN or infinite; of nothing there is no mean, and NaN in an image goes "
                "on into a statistic, which np.nanmean and the like leave out"
            )
            notes.append(Note("values", message, name))
    return notes


def _where(op: Op, formula: str) -> str:
    """Ask for the last divisor of a result: outside of the brain it is often 0."""
    divisors = (
        one.args[1].span
        for one in reversed(ancestors([op]))
        # A function that divides within has no divisor in the text.
        if one.name == "divide" and not one.args[1].is_constant and one.args[1].span != one.span
    )
    span = next(divisors, None)
    if span is None:
        return ""
    text = " ".join(formula[slice(*span)].split())
    if len(text) > _SHOWN:
        return "; is a divisor 0 there, outside of the brain?"
    return (
        f"; is `{text}` 0 there, outside of the brain? Write `np.where({text} != 0, ..., 0)` for 0"
    )
