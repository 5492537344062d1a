"""What is written on a command line, as the functions of the package take it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import click

from nipype_mathimg.calc.budget import budget_bytes
from nipype_mathimg.calc.given import is_table, number_in
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.cli.command import LISTS
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.images.files.containers import layout_of
from nipype_mathimg.words import Place

__all__ = [
    "Number",
    "Whole",
    "dtypes_like",
    "each_value",
    "formula_text",
    "grids_like",
    "input_values",
    "label_files",
    "memory_amount",
    "output_files",
    "read_inputs",
    "refuse_existing",
    "refuse_existing_files",
]


def memory_amount(
    _context: click.Context, _parameter: click.Parameter, given: str | None
) -> str | None:
    """Return an amount of memory, which has to have its unit."""
    try:
        budget_bytes(given)
    except FormulaError as error:
        raise click.BadParameter(error.at(Place.TERMINAL).shown()) from None
    return given


def formula_text(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    """Return a formula, or, for ``@FILE``, the text of the file.

    Raises
    ------
    click.BadParameter
        The file cannot be read; it is named.
    """
    if not given.startswith("@"):
        return given
    return _text(given[1:], "the formula", "a file with a formula")


class Number(click.types.FloatParamType):
    """A number; what is none is not called a float in its message."""

    name = "number"


class Whole(click.types.IntParamType):
    """A whole number; what is none is called so, and not an integer.

    Parameters
    ----------
    least : int, optional
        The smallest that is accepted.
    """

    name = "number"

    def __init__(self, least: int | None = None) -> None:
        self.least = least

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> int:
        """See `click.ParamType.convert`."""
        try:
            number: int = super().convert(value, parameter, context)
        except click.BadParameter:
            self._refuse(value, parameter, context)
        if self.least is not None and number < self.least:
            self._refuse(value, parameter, context)
        return number

    def _refuse(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> NoReturn:
        least = "" if self.least is None else f" of {self.least} or more"
        said = f"{value!r} is no whole number{least}; give one, such as 4"
        if value == "":
            said += ". An empty text comes from a variable of the shell that is not set"
        self.fail(said, parameter, context)


def dtypes_like(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the dtypes that begin with what is written, for the key Tab."""
    from nipype_mathimg.calc.storing import STORED_DTYPES

    return [name for name in ("auto", "header", *STORED_DTYPES) if name.startswith(begun)]


def grids_like(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the grids that begin with what is written, for the key Tab."""
    from nipype_mathimg.calc.donors import GRIDS

    return [name for name in GRIDS if name.startswith(begun)]


def _text(file: str, what: str, expected: str) -> str:
    path = Path(file).expanduser()
    try:
        # Some editors put a mark of the encoding in front.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise click.BadParameter(
            f"{what} cannot be read from {str(path)!r} ({error.strerror}); check the path"
        ) from None
    except UnicodeDecodeError:
        raise click.BadParameter(
            f"{str(path)!r} is no text in UTF-8; behind @ stands {expected}"
        ) from None


def input_values(
    context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, InputValue]:
    """Read what stands behind ``-i``."""
    return read_inputs(given, context.meta.get(LISTS, ()))


def read_inputs(given: Iterable[str], names_of_lists: Iterable[str] = ()) -> dict[str, InputValue]:
    """Read NAME=FILE, NAME=NUMBER, NAME=@LIST, and the same name again for a list.

    Parameters
    ----------
    given : iterable of str
        What stands behind each ``-i``.
    names_of_lists : iterable of str
        Inputs that are a list, also of one file.

    Raises
    ------
    click.BadParameter
        There is no name or no ``=``, or a list cannot be read.
    """
    found: dict[str, list[str]] = {}
    lists = set(names_of_lists)
    for item in given:
        name, equals, value = item.partition("=")
        if not name or not equals:
            raise click.BadParameter(
                f"{item!r} is not NAME=FILE or NAME=NUMBER; many files are NAME=@LIST.txt, or "
                "NAME and the files behind it"
            )
        if value.startswith("@"):
            lists.add(name)
        values = _lines(value[1:]) if value.startswith("@") else [value]
        found.setdefault(name, []).extend(values)
    return {name: _value(values, is_list=name in lists) for name, values in found.items()}


def _lines(file: str) -> list[str]:
    """Return the lines of a file, without those that are empty or a comment."""
    text = _text(file, "a list", "the name of a file, or a number, in each line")
    lines = (line.strip() for line in text.splitlines())
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise click.BadParameter(
            f"the list {file!r} names nothing; write a file, or a number, in each line"
        )
    return found


def _value(texts: list[str], *, is_list: bool) -> InputValue:
    numbers = [number for number in map(number_in, texts) if number is not None]
    # One name among numbers: files all of them, one may be called 2.
    values = numbers if len(numbers) == len(texts) else texts
    return values if is_list or len(values) > 1 else values[0]


def label_files(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Read NAME=FILE for each label image that has a table."""
    found: dict[str, str] = {}
    for item in given:
        name, _, file = item.partition("=")
        if not name or not file:
            raise click.BadParameter(f"{item!r} is not NAME=FILE")
        _refuse_second(name, found)
        found[name] = file
    return found


def output_files(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str | None]:
    """Read NAME=FILE, and NAME alone for a number."""
    found: dict[str, str | None] = {}
    for item in given:
        # At the first "=", because the name of a file may hold more of them.
        name, equals, file = item.partition("=")
        if not name or (equals and not file):
            raise click.BadParameter(f"{item!r} is not NAME=FILE, or NAME for a number")
        if not name.isidentifier():
            raise click.BadParameter(
                f"{name!r} is no name of a program's result; write -o NAME=FILE with a line "
                "`NAME = expression`, or the file alone behind FORMULA, without -o"
            )
        _refuse_second(name, found)
        found[name] = file if equals else None
    return found


def each_value(
    _context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> str | dict[str, str] | None:
    """Read VALUE, for all results, or OUTPUT=VALUE, for each; None when nothing is given."""
    found: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals and len(given) == 1:
            return item
        if not (name and equals and value):
            raise click.BadParameter(
                f"{item!r} is not OUTPUT={parameter.metavar}; give one value for all results, or "
                "one for each by its name"
            )
        _refuse_second(name, found)
        found[name] = value
    return found or None


def _refuse_second(name: str, found: Iterable[str]) -> None:
    if name in found:
        raise click.BadParameter(f"{name!r} is given twice")


def refuse_existing(files: Iterable[str | None], *, overwrite: bool) -> None:
    """Refuse to replace a file that is there, unless that is asked for.

    Raises
    ------
    click.ClickException
        A file exists; the message names it.
    ImageFileError
        A suffix is unknown.
    """
    for file in filter(None, files):
        paths: list[str | None] = [file]
        if not is_table(file):
            layout = layout_of(os.path.expanduser(file))
            paths = [layout.data_path, layout.side_path]
        refuse_existing_files(paths, overwrite=overwrite)


def refuse_existing_files(paths: Iterable[str | None], *, overwrite: bool) -> None:
    """Refuse to replace one of some files, unless that is asked for.

    Raises
    ------
    click.ClickException
        A file exists; the message names it.
    """
    for path in filter(None, paths):
        # A link that leads nowhere would be replaced too.
        if os.path.lexists(os.path.expanduser(path)) and not overwrite:
            raise click.ClickException(
                f"{path}: exists already. Give the result another name, or replace it with "
                "--overwrite"
            )
