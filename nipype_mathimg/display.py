"""What objects look like at a prompt and in a notebook: short, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["MOST_LINES", "html_table", "short"]

MOST_LINES = 20
"""Lines of a ``repr``, and rows of a table: what is seen without scrolling."""

_MOST_CHARACTERS = 200
"""Of a line, or of a field of a table: a formula of a thousand operands is cut."""


def short(text: str) -> str:
    r"""Return a text of at most `MOST_LINES` lines, and say how many are left out.

    Examples
    --------
    >>> print(short("\n".join(map(str, range(30)))).splitlines()[-1])
    (11 more lines: print it)
    """
    lines = [_cut(line) for line in text.splitlines()]
    if len(lines) <= MOST_LINES:
        return "\n".join(lines)
    left = len(lines) - MOST_LINES + 1
    return "\n".join([*lines[: MOST_LINES - 1], f"({left} more lines: print it)"])


def html_table(rows: Iterable[Sequence[object]], head: Sequence[str] = ()) -> str:
    """Return a small table for a notebook.

    Parameters
    ----------
    rows : iterable of sequences
        The fields, as text.
    head : sequence of str
        Names of the columns.
    """
    given = list(rows)
    lines = [_row("th", head)] if head else []
    lines += [_row("td", row) for row in given[:MOST_LINES]]
    if len(given) > MOST_LINES:
        lines.append(_row("td", ["..."]))
    return f"<table>{''.join(lines)}</table>"


def _row(kind: str, fields: Sequence[object]) -> str:
    from html import escape  # only a notebook asks for it

    # At the left: numbers and texts are mixed in a column.
    cells = (
        f'<{kind} style="text-align:left">{escape(_cut(str(field)))}</{kind}>' for field in fields
    )
    return f"<tr>{''.join(cells)}</tr>"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 3] + "..."
