"""A table of subjects, row by row."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import NamedTuple

import click

from nipype_mathimg.errors import nearest

__all__ = ["Row", "read_rows"]


def read_rows(table: str) -> list[Row]:
    """Read a table whose fields are separated by tabs, with a line of names.

    Raises
    ------
    click.ClickException
        It cannot be read, a name stands twice in its first line, or a row has more or fewer fields
        than there are names.
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
    _check_rows(table, names, rows)
    return [Row(k, dict(zip(names, row, strict=True))) for k, row in enumerate(rows, 1)]


def _check_rows(table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise click.ClickException(
            f"{table}: line 1 has the column {twice!r} twice; give each another name"
        )
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            fields = f"{len(row)} field{'s'[: len(row) != 1]}"
            columns = f"{len(names)} column{'s'[: len(names) != 1]}"
            raise click.ClickException(
                f"{table}: row {number} has {fields}, and line 1 names {columns}; tabs separate "
                "them, and a field without a value is n/a"
            )


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
        return "".join(
            literal + ("" if name is None else self._field(name)) for literal, name in _parts(text)
        )

    def columns_in(self, text: str) -> list[str]:
        """Return the columns that a text holds in braces."""
        return [name for _, name in _parts(text) if name is not None]

    def gaps_in(self, text: str) -> list[str]:
        """Return the columns of a text that have no value in this row.

        BIDS writes n/a for it; nothing at all may be meant in a part of a name.
        """
        whole = text.partition("=")[2] or text
        return [
            name
            for name in self.columns_in(text)
            if (field := self._field(name).strip().lower()) == "n/a"
            or (not field and whole == f"{{{name}}}")
        ]

    def _field(self, name: str) -> str:
        if name not in self.fields:
            near = nearest(name, self.fields)
            raise click.UsageError(
                f"The table has no column {name!r}; name one that its line 1 has: "
                f"{', '.join(self.fields)}."
                f"{near or ' If line 1 is a row already, put a line with names above it.'}"
            )
        return self.fields[name]


def _parts(text: str) -> list[tuple[str, str | None]]:
    """Return what stands between braces, and the column behind it, None at the end.

    Raises
    ------
    click.UsageError
        The braces hold no name.
    """
    try:
        # What `str.format` takes apart is put together again: braces hold the name of a
        # column and nothing else, so that a column may be called `age.years` or `run:1`.
        parts: list[tuple[str, str | None]] = [
            (literal, None if name is None else f"{name}{_with('!', how)}{_with(':', spec)}")
            for literal, name, spec, how in Formatter().parse(text)
        ]
    except ValueError:
        parts = [("", "")]
    if any(name == "" for _, name in parts):
        raise click.UsageError(
            f"{text!r}: braces hold the name of a column, as in sub-{{participant_id}}.nii.gz"
        )
    return parts


def _with(mark: str, part: str | None) -> str:
    return f"{mark}{part}" if part else ""
