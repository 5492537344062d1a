"""What a table of translations is made of: one row for each operation of another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nipype_mathimg.frozen import Frozen

__all__ = ["Lines", "Row", "table", "texts"]

Lines = tuple[str, ...]
"""A formula in lines; all but the last bind a name. In braces stand what the operation is applied
to (``{x}``), its arguments, and names that were bound above."""


class Row(Frozen):
    """One operation of another program.

    Parameters
    ----------
    name : str
        As it is written there.
    lines : tuple of str
        What it is here; empty where it is refused.
    takes : tuple of str
        Its arguments, each a kind and a name: ``"number:n"``, ``"image:m"``, ``"either:v"``,
        ``"whole:n"``, ``"word:w"``.
    of_number : tuple of str
        What it is where its argument, which may be an image, is a number.
    note : str
        Where a formula that looks natural gives something else.
    refused : str
        Why it has no formula.
    example : str
        Arguments for tables and tests.
    """

    name: str
    lines: Lines = ()
    takes: tuple[str, ...] = ()
    of_number: Lines = ()
    note: str = ""
    refused: str = ""
    example: str = ""

    @property
    def text(self) -> str:
        """The formula on one line."""
        return "; ".join(self.lines)


def table(rows: Sequence[Row]) -> Mapping[str, Row]:
    """Return rows by name."""
    return {row.name: row for row in rows}


def texts(row: Row, **values: str) -> Row:
    """Return a row with some of its braces filled in."""
    keep = {key: "{" + key + "}" for line in row.lines for key in _keys(line)}
    return row.changed(lines=tuple(line.format(**(keep | values)) for line in row.lines))


def _keys(line: str) -> list[str]:
    from string import Formatter

    return [key for _, key, _, _ in Formatter().parse(line) if key]
