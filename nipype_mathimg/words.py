"""Messages in the words of the place where the user is: Python, a node, a terminal.

What is called differently there is a `Term`; a `Wording` is a message with such terms. Who finds a
mistake writes a wording and need not know the place; the edge (``calc``, ``interfaces``, ``cli``)
chooses it.
"""

from __future__ import annotations

import math
from enum import Enum

from nipype_mathimg.frozen import Frozen

__all__ = [
    "CALL_FOR_IMAGE",
    "CALL_FOR_TABLE",
    "CALL_FOR_VALUE",
    "Message",
    "Place",
    "Term",
    "Wording",
    "amount",
    "giving",
    "in_units",
    "option",
    "percent",
    "printable",
    "said",
    "sentence",
    "setting",
    "worded",
]


class Place(Enum):
    """Where a user reads a message."""

    PYTHON = "python"
    NODE = "node"
    TERMINAL = "terminal"


class Term(Frozen):
    """One thing under its name in each place.

    Parameters
    ----------
    python, node, terminal : str
        Its names.
    """

    python: str
    node: str
    terminal: str

    def at(self, place: Place) -> str:
        """Return its name in a place."""
        name: str = getattr(self, place.value)
        return name


class Wording(Frozen):
    """A message some words of which depend on the place.

    Parameters
    ----------
    template : str
        As `str.format` takes it.
    fields : tuple of (str, object)
        What stands in its gaps: terms, other wordings, and plain values.
    closed : bool
        It ends with a full stop, or with its question mark.
    """

    template: str
    fields: tuple[tuple[str, object], ...]
    closed: bool = False

    def at(self, place: Place) -> str:
        """Return the message in the words of a place."""
        fields = {
            name: value.at(place) if isinstance(value, Term | Wording) else value
            for name, value in self.fields
        }
        text = self.template.format(**fields)
        return _closed(text) if self.closed else text

    def __str__(self) -> str:
        return self.at(Place.PYTHON)


Message = str | Wording
"""What is said: the same everywhere, or in the words of each place."""


def worded(template: str, **fields: object) -> Wording:
    """Return a message with gaps for terms and values.

    Examples
    --------
    >>> message = worded("{option} is {given!r}", option=option("copy_header_from"), given="x")
    >>> print(message)
    copy_header_from is 'x'
    >>> message.at(Place.TERMINAL)
    "--copy-header-from is 'x'"
    """
    return Wording(template, tuple(fields.items()))


def said(message: Message, place: Place) -> str:
    """Return a message in the words of a place, on which a terminal can rely."""
    return printable(message.at(place) if isinstance(message, Wording) else message)


def printable(text: str) -> str:
    r"""Return a text in which what cannot be shown is an escape, but for line breaks and tabs.

    The name of a file or a column may hold anything: what is not UTF-8, and characters with which
    a terminal moves its cursor or takes commands.

    Examples
    --------
    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
        for sign in text
    )


def sentence(message: Message) -> Message:
    """Return a message with one full stop at its end, unless it ends with a question."""
    return message.changed(closed=True) if isinstance(message, Wording) else _closed(message)


def _closed(text: str) -> str:
    return text if text.endswith("?") else text.rstrip(".") + "."


def option(name: str) -> Term:
    """Return an option of the public functions by its name in each place.

    Examples
    --------
    >>> option("grid_tolerance").terminal, option("grid_tolerance").node
    ('--grid-tolerance', 'grid_tolerance')
    """
    return Term(name, name, "--" + name.replace("_", "-"))


def setting(name: str, value: str) -> Term:
    """Return how an option gets a value, a text.

    Examples
    --------
    >>> setting("copy_header_from", "bold").terminal
    '--copy-header-from bold'
    """
    term = option(name)
    return Term(f"{term.python}={value!r}", f"{term.node}={value!r}", f"{term.terminal} {value}")


def giving(name: str) -> Term:
    """Return how an input gets its value."""
    return Term(
        "give it a file, a list of files or a number",
        f"connect an output to it, or set inputs.{name}",
        f"give it with -i {name}=FILE, or a number",
    )


CALL_FOR_IMAGE = Term("math_img", "MathImg", "mathimg img")
"""What computes an image."""

CALL_FOR_TABLE = Term("math_table", "MathTable", "mathimg table")
"""What computes a table."""

CALL_FOR_VALUE = Term("math_value", "MathValue", "mathimg value")
"""What computes a number, or a list of numbers."""


_UNITS = ("MiB", "GiB", "TiB", "PiB", "EiB")


def in_units(nbytes: float, *, up: bool = True) -> str:
    """Return an amount of memory, or of disk, in the unit in which people think of it.

    Parameters
    ----------
    nbytes : float
        The amount in bytes.
    up : bool
        Round upwards: who gives what a message asks for gets by with it.

    Examples
    --------
    >>> in_units(1_869_004_800), in_units(64 << 20), in_units(300)
    ('1.8 GiB', '64 MiB', '0.1 MiB')
    >>> in_units(1000, up=False)
    '1000 bytes'
    """
    if not up and nbytes < 1 << 16:  # so little only a slip of the hand asks for
        return f"{nbytes:g} bytes"
    amount, unit = nbytes / (1 << 20), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    if not up:
        return f"{amount:.3g} {_UNITS[unit]}"
    amount = math.ceil(amount) if amount >= 10 else math.ceil(10 * amount) / 10
    return f"{amount:g} {_UNITS[unit]}"


def amount(nbytes: float) -> str:
    """Return an amount of memory as the option ``memory`` takes it, rounded upwards.

    Examples
    --------
    >>> amount(300), amount(1_869_004_800), amount(64 << 30)
    ('1M', '1783M', '64G')
    """
    mebibytes = max(math.ceil(nbytes / (1 << 20)), 1)
    # From here on a GiB more or less is less than a tenth.
    return f"{mebibytes}M" if mebibytes < 10 << 10 else f"{math.ceil(mebibytes / 1024)}G"


def percent(part: float, whole: float) -> str:
    """Return a share; 0 % and 100 % mean none and all.

    Examples
    --------
    >>> percent(1, 3), percent(1, 10**6), percent(999_999, 10**6), percent(2, 2)
    ('33 %', 'less than 0.01 %', 'more than 99.9 %', '100 %')
    """
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.01:
        return "less than 0.01 %"
    if 99.9 < share < 100:
        return "more than 99.9 %"
    return f"{share:.3g} %" if share > 99 else f"{share:.2g} %"
