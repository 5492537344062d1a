"""Where the lines of a program begin and end, and which of them give a name."""

from __future__ import annotations

import re

from nipype_mathimg.formula.language.marks import marks
from nipype_mathimg.frozen import Frozen

__all__ = ["Statement", "lone_equals", "statements"]

# `=`, `+=`, `**=` and so on, but not the end of `==`, `<=`, `!=` or `:=`.
_EQUALS = r"(?<![=<>!:])[-+*/%&|^@]*=(?!=)"
# [^\W\d] is a letter of any alphabet or an underscore, as Python begins its names with.
_NAME = r"\s*([^\W\d]\w*)\s*=(?!=)"


class Statement(Frozen):
    """One expression of a program, perhaps with the name that it gets.

    Parameters
    ----------
    start, stop : int
        Offsets of the expression.
    name : str or None
        What stands before the ``=``.
    name_span : tuple of int
        Offsets of the name.
    """

    start: int
    stop: int
    name: str | None = None
    name_span: tuple[int, int] = (0, 0)


def statements(code: str) -> list[Statement]:
    r"""Cut a program into its statements.

    A statement ends with its line or with ``;``, but not within brackets. Where no line gives a
    name, all of them together are one expression, so that a long one may be broken anywhere.

    Parameters
    ----------
    code : str
        A formula with blanks in place of comments.

    Examples
    --------
    >>> [s.name for s in statements("m = np.mean(a); s = np.std(a)\nm / s")]
    ['m', 's', None]
    >>> len(statements("a\n + b"))
    1
    """
    found = [_statement(code, *ends) for ends in _lines(code) if code[slice(*ends)].strip()]
    # One alone may end with ``;`` too.
    if len(found) == 1 or any(statement.name is not None for statement in found):
        return found
    return [Statement(0, len(code))]


def _lines(code: str) -> list[tuple[int, int]]:
    depth, start = 0, 0
    lines: list[tuple[int, int]] = []
    for mark, place in marks(code, "()[]{}\n;"):
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif depth == 0 and not _continued(code, mark, place):
            lines.append((start, place))
            start = place + 1
    return [*lines, (start, len(code))]


def _continued(code: str, mark: str, place: int) -> bool:
    """Tell whether a line ends in a backslash, as it may in Python."""
    # Only this line is copied: all that went before would take the square of the time.
    line = code[code.rfind("\n", 0, place) + 1 : place]
    return mark == "\n" and line.rstrip(" \t\r").endswith("\\")


def _statement(code: str, start: int, stop: int) -> Statement:
    # Most formulas have none, and start without a pattern that is compiled.
    found = "=" in code[start:stop]
    match = re.compile(_NAME).match(code, start, stop) if found else None
    if match is None:
        return Statement(start, stop)
    return Statement(match.end(), stop, match[1], match.span(1))


def lone_equals(code: str, statement: Statement) -> tuple[int, int] | None:
    """Return the place of an ``=`` (or ``+=``) outside of brackets that gives no name.

    Examples
    --------
    >>> lone_equals("m = n = f(a, axis=0)", Statement(3, 20))
    (6, 7)
    """
    depth = 0
    for mark, place in marks(code, "()[]{}=", statement.start, statement.stop):
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif depth == 0:
            found = re.compile(_EQUALS).search(code, max(place - 3, statement.start), place + 2)
            if found is not None and found.end() == place + 1:
                return found.span()
    return None
