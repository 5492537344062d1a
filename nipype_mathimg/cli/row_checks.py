"""What is wrong whatever a row holds: said once, before the first row."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from nipype_mathimg.calc.donors import check_grid, for_each
from nipype_mathimg.calc.given import is_table, named_donors
from nipype_mathimg.calc.job import check_threads
from nipype_mathimg.calc.storing import asked_dtype
from nipype_mathimg.cli.rows import Row
from nipype_mathimg.errors import nearest
from nipype_mathimg.images.files.containers import layout_of

__all__ = [
    "check_files",
    "check_formula_columns",
    "check_inputs",
    "check_options",
    "check_rows_differ",
]


def check_inputs(inputs: Sequence[str], row: Row) -> None:
    """Refuse inputs without a name, and patterns of files.

    Parameters
    ----------
    inputs : sequence of str
        NAME=FILE, with columns in braces.
    row : Row
        One of the rows.

    Raises
    ------
    click.UsageError
        The message has how the column is written.
    """
    for item in inputs:
        name, equals, file = item.partition("=")
        column = re.fullmatch(r"\{([^{}]+)\}", item)
        if column:
            raise click.UsageError(
                f"-i {item}: the input needs its name; write -i {_name_like(column[1])}={item}."
            )
        if not (name and equals):
            raise click.UsageError(
                f"-i {item}: write NAME=FILE, where FILE holds a column of the table, as in "
                f"-i {name or 'bold'}={_column_for(name, row)}."
            )
        is_pattern = any(mark in file for mark in "*?") and not os.path.exists(row.filled(file))
        if is_pattern:
            raise click.UsageError(
                f"-i {item}: each row has a file of its own, so no pattern stands for it; name "
                f"the column that has it: -i {name}={_column_for(name, row)}."
            )


def check_rows_differ(inputs: Sequence[str], row: Row, count: int) -> None:
    """Refuse inputs that are the same in each row: a list of all files, for example.

    Parameters
    ----------
    inputs : sequence of str
        NAME=FILE, with columns in braces.
    row : Row
        One of the rows.
    count : int
        How many rows the table has.

    Raises
    ------
    click.UsageError
        No input holds a column.
    """
    if inputs and count > 1 and not any(row.columns_in(item) for item in inputs):
        name = inputs[0].partition("=")[0]
        raise click.UsageError(
            "No input holds a column of the table, so that every row would get the same result; "
            f"name the column that differs, as in -i {name}={_column_for(name, row)}."
        )


def check_formula_columns(formula: str, row: Row) -> None:
    """Refuse columns in the formula, which are inputs.

    Raises
    ------
    click.UsageError
        The message has the formula's name and the option.
    """
    for column in re.findall(r"\{([^{}]+)\}", formula):
        if column in row.fields:
            name = _name_like(column)
            raise click.UsageError(
                f"The formula holds no columns; write {name} in it in place of {{{column}}}, and "
                f"give it by -i {name}={{{column}}}."
            )


def check_options(
    options: Mapping[str, Any], inputs: Sequence[str], files: Mapping[str, str | None]
) -> None:
    """Refuse options that no row can have.

    Parameters
    ----------
    options : mapping
        Of `math_img`.
    inputs : sequence of str
        NAME=FILE.
    files : mapping
        For the name of each result its file.

    Raises
    ------
    click.UsageError, FormulaError
        The message names the option.
    """
    check_threads(options["num_threads"])
    written = [name for name, file in files.items() if file is not None]
    names = list(dict.fromkeys(item.partition("=")[0] for item in inputs))
    donor = options["copy_header_from"]
    for name in named_donors(donor):
        if name not in names:
            hint = nearest(name, names) or f" Inputs are: {', '.join(names)}."
            raise click.UsageError(f"--copy-header-from is {name!r}, which is no input.{hint}")
    for which in ("copy_header_from", "dtype", "grid"):
        for_each(which, options[which], written)
    for dtype in _each(options["dtype"]):
        if dtype != "header" or donor is None:
            asked_dtype(dtype, None)
    for grid in _each(options["grid"]):
        check_grid(grid)


def check_files(paths: Iterable[tuple[Row, str]], rows: Sequence[Row]) -> None:
    """Refuse a suffix that is unknown, and two rows with one file.

    Parameters
    ----------
    paths : iterable
        The rows, and what each writes.
    rows : sequence of Row
        All rows.

    Raises
    ------
    click.UsageError, ImageFileError
        The message names the rows, or the file.
    """
    seen: dict[str, int] = {}
    for row, path in paths:
        if not is_table(path):
            layout_of(os.path.expanduser(path))
        if path in seen:
            raise click.UsageError(
                f"Rows {seen[path]} and {row.number} would both write {path}: let its "
                f"name hold a column that is another in each row{_different(rows)}."
            )
        seen[path] = row.number


def _each(option: str | Mapping[str, str]) -> Iterable[str]:
    return [option] if isinstance(option, str) else option.values()


def _name_like(column: str) -> str:
    """Return a name for an input that is like that of a column."""
    name = re.sub(r"\W", "_", column)
    return name if name.isidentifier() else f"v_{name}"


def _column_for(name: str, row: Row) -> str:
    """Return the column of the name of an input, in braces, or one of its kind."""
    return f"{{{name if name in row.fields or not row.fields else _likely(row)}}}"


def _likely(row: Row) -> str:
    """Return the column that has names of files; the first where none has."""
    files = (column for column, field in row.fields.items() if ".nii" in field or "/" in field)
    return next(files, next(iter(row.fields)))


def _different(rows: Sequence[Row]) -> str:
    """Name the columns that tell the rows apart."""
    names = [
        name for name in rows[0].fields if len({row.fields[name] for row in rows}) == len(rows)
    ]
    if not names:
        return "; the table has none, so add one that numbers the rows"
    return f", as {' or '.join(f'{{{name}}}' for name in names)} is"
