"""Iterables over formulas: Nipype would run some of them in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nipype.pipeline.engine.utils import _get_valid_pathstr

from nipype_mathimg.errors import FormulaError

__all__ = ["refuse_shared_folders"]


def refuse_shared_folders(iterables: Any) -> None:  # noqa: ANN401 - as loose as Nipype's attribute
    """Raise when two formulas of a node's iterables would run in the same folder.

    Nipype names the folder after the value, without ``<>()?:#!|"';[] {}``. Of two formulas that
    differ in these only, the second overwrites the result of the first, and both get its image.

    Parameters
    ----------
    iterables : object
        A node's ``iterables``: one ``(field, values)`` or a list of them; other forms are left
        alone.

    Raises
    ------
    FormulaError
        Two formulas share a folder; the message names both and two ways round.
    """
    seen: dict[str, str] = {}
    for formula in _formulas(iterables):
        other = seen.setdefault(_get_valid_pathstr(formula), formula)
        if other != formula:
            raise FormulaError(
                f"As iterables, the formulas `{other}` and `{formula}` would run in one folder, "
                "because Nipype drops the characters in which they differ. Use a MapNode with "
                "iterfield='formula', or write one of them in another way."
            )


def _formulas(iterables: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    pairs = [iterables] if isinstance(iterables, tuple) else iterables
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, tuple) and len(pair) == 2 and pair[0] == "formula":
            yield from map(str, pair[1] if isinstance(pair[1], (list, tuple)) else [])
