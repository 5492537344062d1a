"""Label tables: what the regions of an atlas are called, and in which order they stand."""

from __future__ import annotations

import os
from collections.abc import Mapping

from nipype_mathimg.calc.beside import read_beside
from nipype_mathimg.calc.given import is_beside, number_in
from nipype_mathimg.calc.inputs import Inputs
from nipype_mathimg.errors import FormulaError, ImageFileError, nearest
from nipype_mathimg.words import option, worded

__all__ = ["LabelTable", "label_tables"]

LabelTable = str | os.PathLike[str] | Mapping[int, str] | Mapping[str, object]
"""A table of BIDS (.tsv with the columns index and name), a .json, or a dict: labels to names."""

JSON_ENTRIES = ("LabelMap", "Levels")
"""Where a sidecar of BIDS has its labels."""


def label_tables(
    given: Mapping[str, LabelTable] | None, inputs: Inputs
) -> dict[str, dict[int, str]]:
    """Return the label tables by the name of the image that each belongs to.

    Parameters
    ----------
    given : mapping or None
        For the name of an input a table: a file, or a dict.
    inputs : Inputs
        The inputs of the formula.

    Raises
    ------
    FormulaError
        There is no such image.
    ImageFileError
        A table cannot be read, or has no labels or names.
    """
    tables = {}
    for name, table in (given or {}).items():
        if name not in inputs.images:
            raise FormulaError(
                worded(
                    "{option} names {name!r}, which is no image of the formula; images are: "
                    "{images}.{hint}",
                    option=option("label_tables"),
                    name=name,
                    images=", ".join(inputs.images),
                    hint=nearest(name, inputs.images),
                )
            )
        tables[name] = _table(name, table)
    return tables


def _table(name: str, table: LabelTable) -> dict[int, str]:
    if not isinstance(table, Mapping | str | os.PathLike):
        raise FormulaError(
            worded(
                "{option} has {table!r:.60} for {name!r}; it has to be a .tsv or .json file, or a "
                "dict from labels to names, as in {{1: 'left'}}.",
                option=option("label_tables"),
                table=table,
                name=name,
            )
        )
    where = "the table" if isinstance(table, Mapping) else os.fspath(table)
    found: object = table
    if not isinstance(table, Mapping):
        if not is_beside(table):
            raise ImageFileError(
                f"{where}: is no label table for {name!r}; it has to be a .tsv with the columns "
                "`index` and `name`, or a .json with a name for each label"
            )
        found = read_beside(name, table)
    if not isinstance(found, Mapping):
        raise ImageFileError(f"{where}: has no names; a label table has `index` and `name`")
    pairs = _columns(where, found) if _is_columns(found) else _entries(where, found)
    labels = [label for label, _ in pairs]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ImageFileError(f"{where}: has the label {twice} twice")
    return dict(pairs)


def _is_columns(table: Mapping[object, object]) -> bool:
    return any(isinstance(table.get(key), list) for key in ("index", "name", "label"))


def _columns(where: str, table: Mapping[object, object]) -> list[tuple[int, str]]:
    index, names = table.get("index"), table.get("name")
    if not isinstance(index, list) or not isinstance(names, list):
        shown = ", ".join(map(str, table))
        raise ImageFileError(
            f"{where}: a label table has the columns `index` and `name`; it has: {shown}"
        )
    return [(_label(where, one), str(name)) for one, name in zip(index, names, strict=True)]


def _entries(where: str, table: Mapping[object, object]) -> list[tuple[int, str]]:
    for key in JSON_ENTRIES:
        inner = table.get(key)
        if isinstance(inner, Mapping):
            return _entries(where, inner)
    return [(_label(where, key), str(name)) for key, name in table.items()]


def _label(where: str, given: object) -> int:
    number = number_in(given) if isinstance(given, str) else given
    if isinstance(number, int | float) and float(number).is_integer() and number >= 0:
        return int(number)
    raise ImageFileError(f"{where}: {given!r} is no label; labels are whole numbers, 0 and above")
