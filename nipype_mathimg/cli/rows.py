"""A table of subjects, and what is computed for each row."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

import click

from nipype_mathimg.calc.given import named_donors
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.job import check_words
from nipype_mathimg.calc.run import math_img, math_value
from nipype_mathimg.cli.options import read_inputs
from nipype_mathimg.errors import nearest

__all__ = ["Row", "Work", "read_rows"]


def read_rows(table: str) -> list[Row]:
    """Read a table whose fields are separated by tabs, with a line of names.

    Raises
    ------
    click.ClickException
        It cannot be read, or a row has more or fewer fields than there are names.
    """
    try:
        # Spreadsheets begin UTF-8 with a mark, which would be part of the first name.
        with open(os.path.expanduser(table), encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file, delimiter="\t") if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise click.ClickException(
            f"{table}: the table cannot be read ({reason}). Give one with columns separated by "
            "tabs"
        ) from None
    if len(lines) < 2:
        raise click.ClickException(
            f"{table}: a table needs a line with the names of its columns, and lines below it; "
            "add them"
        )
    names, *rows = lines
    separator = next((mark for mark in ",;" if len(names) == 1 and mark in names[0]), "")
    if separator:
        raise click.ClickException(
            f"{table}: the columns are separated by {separator!r}; save the table "
            "with tabs, as .tsv"
        )
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            hint = "; columns are separated by tabs" if len(names) == 1 else ""
            raise click.ClickException(
                f"{table}: row {number} has {len(row)} fields and there are {len(names)} "
                f"columns{hint}"
            )
    return [Row(k, dict(zip(names, row, strict=True))) for k, row in enumerate(rows, 1)]


class Row(NamedTuple):
    """One row of the table.

    Parameters
    ----------
    number : int
        From 1 on, without the line of names.
    fields : mapping
        Its fields by the names of the columns.
    """

    number: int
    fields: Mapping[str, str]

    def filled(self, text: str) -> str:
        """Return a text with the fields in place of ``{column}``.

        Raises
        ------
        click.UsageError
            There is no such column.
        """
        try:
            # What `str.format` takes apart is put together again: braces hold the name of a
            # column and nothing else, so that a column may be called `age.years` or `run:1`.
            parts = [
                (literal, name, f"!{how}" if how else "", f":{spec}" if spec else "")
                for literal, name, spec, how in Formatter().parse(text)
            ]
        except ValueError:
            parts = [("", "", "", "")]
        filled = []
        for literal, name, how, spec in parts:
            if name == "":
                raise click.UsageError(
                    f"{text!r}: braces hold the name of a column, as in "
                    "sub-{participant_id}.nii.gz"
                )
            filled += [literal, "" if name is None else self._field(name + how + spec)]
        return "".join(filled)

    def _field(self, name: str) -> str:
        if name not in self.fields:
            raise click.UsageError(
                f"The table has no column {name!r}; name one that it has: "
                f"{', '.join(self.fields)}."
                f"{nearest(name, self.fields)}"
            )
        return self.fields[name]


class Work(NamedTuple):
    """What is done for each row.

    Parameters
    ----------
    formula : str
        The formula.
    inputs : sequence of str
        NAME=FILE, with columns in braces.
    lists : collection of str
        Inputs that are a list, also of one file.
    files : mapping
        For the name of a result its file, with columns in braces; an empty name for the only one.
    options : dict
        Of `math_img`.
    overwrite : bool
        Compute what is there already.
    """

    formula: str
    inputs: Sequence[str]
    lists: Collection[str]
    files: Mapping[str, str | None]
    options: dict[str, Any]
    overwrite: bool

    def paths(self, row: Row) -> dict[str, str | None]:
        """Return the files of a row."""
        return {name: file and row.filled(file) for name, file in self.files.items()}

    def is_done(self, row: Row) -> bool:
        """Tell whether all files of a row are there."""
        paths = [path for path in self.paths(row).values() if path]
        there = (os.path.exists(os.path.expanduser(path)) for path in paths)
        return bool(paths) and all(there) and not self.overwrite

    def check(self, rows: Sequence[Row]) -> None:
        """Refuse a slip in the formula or in the name of a column, and two rows with one file.

        Said once, not for each row.

        Raises
        ------
        click.UsageError
            The message names the column, or the rows.
        FormulaError
            The formula is wrong, or its names are not those of the inputs.
        """
        named = (item.partition("=")[0] for item in self.inputs)
        names = [name for name in self.files if name]
        donors = named_donors(self.options["copy_header_from"])
        check_words(self.formula, dict.fromkeys(named, ""), names, donors)
        seen: dict[str, int] = {}
        for row in rows:
            for one in self.inputs:
                row.filled(one)
            for path in filter(None, self.paths(row).values()):
                if path in seen:
                    raise click.UsageError(
                        f"Rows {seen[path]} and {row.number} would both write {path}: let its "
                        f"name hold a column that is another in each row{_different(rows)}."
                    )
                seen[path] = row.number

    def _inputs(self, row: Row) -> dict[str, InputValue]:
        return read_inputs([row.filled(one) for one in self.inputs], self.lists)

    def do(self, row: Row) -> str:
        """Compute a row; return its numbers as fields separated by tabs."""
        inputs = self._inputs(row)
        paths = self.paths(row)
        if not paths:
            options = {k: v for k, v in self.options.items() if k in _OF_VALUES}
            return _field(math_value(self.formula, inputs, **options).value)
        for path in filter(None, paths.values()):
            Path(path).expanduser().parent.mkdir(parents=True, exist_ok=True)
        options = {**self.options, "overwrite": self.overwrite}
        if "" in paths:
            math_img(self.formula, inputs, paths[""], **options)
            return ""
        result = math_img(self.formula, inputs, outputs=paths, **options)
        return "\t".join(_field(result[name]) for name, path in paths.items() if path is None)


def _different(rows: Sequence[Row]) -> str:
    """Name the columns that tell the rows apart."""
    names = [
        name for name in rows[0].fields if len({row.fields[name] for row in rows}) == len(rows)
    ]
    if not names:
        return "; the table has none, so add one that numbers the rows"
    return f", as {' or '.join(f'{{{name}}}' for name in names)} is"


_OF_VALUES = ("label_tables", "grid_tolerance", "memory", "num_threads")
"""The options of `math_img` that `math_value` has too."""


def _field(value: object) -> str:
    return " ".join(map(repr, value)) if isinstance(value, list) else repr(value)
