"""What lies beside images: tables (.tsv), sidecars (.json), gradient and motion files."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping

from nipype_mathimg.calc.given import BESIDE, number_in
from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.words import Term, in_units, worded

__all__ = ["MISSING", "read_beside"]

MISSING = ("n/a", "")
"""What BIDS writes for a value that is not there, and what others do; it is read as NaN."""

MOST_BYTES = 64 << 20
"""Longest file that is read: the confounds of a run are some 10 MiB. It is held as text, and then
as numbers."""

MOST_VALUES = 4 << 20
"""Values in a file, of which each takes some 100 bytes as an object of Python."""

_BETWEEN_VALUES = b"\t\n ,:["

Columns = Mapping[str, object]


def read_beside(name: str, path: str | os.PathLike[str]) -> object:
    """Return the numbers of a file: a list, a list of rows, or a mapping from names to them.

    Parameters
    ----------
    name : str
        Name of the input, for messages.
    path : path
        One of which `is_beside` is true.

    Raises
    ------
    ImageFileError
        The file cannot be read, or is not what its name says.
    """
    found = InputFile.found(name, os.fspath(path))
    with found.open() as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise found.error(f"is longer than {in_units(MOST_BYTES)}", "Give the part that is needed")
    if sum(map(content.count, _BETWEEN_VALUES)) > MOST_VALUES:
        raise found.error(f"has more than {MOST_VALUES:,} values", "Give the part that is needed")
    try:
        # Spreadsheets begin UTF-8 with a mark (BOM), which would be part of the first name.
        return _READERS[os.path.splitext(found.path)[1].lower()](content.decode("utf-8-sig"))
    # Text that is not UTF-8 is a ValueError too; brackets in brackets in JSON end in the other.
    except (ValueError, RecursionError) as error:
        # What Python says of brackets in brackets depends on its version.
        deep = isinstance(error, RecursionError)
        what = "its brackets are nested too deeply; correct it there" if deep else str(error)
        problem = f"Input {name!r}: {os.fspath(path)}: {what}"
        if not found.path.lower().endswith(".txt"):
            raise ImageFileError(problem) from error
        as_list = Term(
            f"{name}=open({os.fspath(path)!r}).read().split()",
            f"inputs.{name} = open({os.fspath(path)!r}).read().split()",
            f"-i {name}=@{os.fspath(path)}",
        )
        hint = "{problem}. For the files that it names write {list}"
        raise ImageFileError(worded(hint, problem=problem, list=as_list)) from error


def _table(text: str) -> Columns:
    """Return the columns of a table with a line of names, separated by tabs."""
    import csv  # a formula of images alone starts without it

    try:
        # Empty lines are no rows: many programs end a file with one.
        lines = [line for line in csv.reader(text.splitlines(), delimiter="\t") if line]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if len(lines) < 2:
        raise ValueError(
            "a table needs a line with the names of its columns and lines below it; add them"
        )
    names, rows = lines[0], lines[1:]
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            raise ValueError(
                f"line {number} has {len(row)} fields, and the first line has {len(names)} names"
            )
    if len(set(names)) < len(names):
        raise ValueError("two columns have the same name")
    return {name: _column([row[k] for row in rows]) for k, name in enumerate(names)}


def _column(fields: list[str]) -> list[object]:
    """Return the numbers of a column; all its fields as text where one is no number."""
    numbers = [math.nan if field.strip() in MISSING else number_in(field) for field in fields]
    return list(fields) if None in numbers else list(numbers)


def _sidecar(text: str) -> Columns:
    """Return the entries of a JSON file."""
    import json  # a formula of images alone starts without it

    if not text.lstrip().startswith("{"):
        raise ValueError("a sidecar has entries with names, `{...}`")
    try:
        entries: Columns = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"it is not JSON from line {error.lineno} on; correct it there, or write it anew"
        ) from error
    return entries


def _rows(text: str) -> object:
    """Return rows of numbers; a single row, or column, as a list."""
    rows: list[list[float]] = []
    for count, line in enumerate(text.splitlines(), 1):
        # AFNI begins comments in its .1D files with #; some .txt files have commas.
        fields = line.partition("#")[0].replace(",", " ").split()
        numbers = [number for number in map(number_in, fields) if number is not None]
        if len(numbers) < len(fields):
            raise ValueError(f"line {count} holds something that is no number")
        if numbers:
            rows.append(numbers)
    if len({len(row) for row in rows}) != 1:
        raise ValueError("it has to hold rows of equally many numbers")
    if len(rows) == 1:
        return rows[0]
    return [row[0] for row in rows] if len(rows[0]) == 1 else rows


_READERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(BESIDE, _rows),
    ".tsv": _table,
    ".json": _sidecar,
}
"""How a file is read, by the end of its name in small letters."""
