"""The errors of the package: one root, one class per stage."""

from __future__ import annotations

import os
from collections.abc import Iterable

from nipype_mathimg.words import Message, Place, printable, said, sentence

__all__ = [
    "FormulaError",
    "GridError",
    "HeaderError",
    "HeaderWarning",
    "ImageFileError",
    "MathImgError",
    "TranslationError",
    "UnknownNameError",
    "nearest",
    "sentence",
    "shortened",
]


class MathImgError(Exception):
    """Root of every error that this package raises on purpose.

    Parameters
    ----------
    message : str or Wording
        What is wrong and what to write instead.
    formula : str, optional
        The text of the formula; shown below the message.
    span : tuple of int, optional
        Offsets of the first and one past the last character of the culprit in `formula`.
    context : str
        Further lines, below the formula: the inputs with their shapes and files.
    place : Place
        In whose words it is said.
    """

    shows_inputs = True
    """Whether the inputs of the formula help to understand it."""

    def __init__(
        self,
        message: Message,
        formula: str | None = None,
        span: tuple[int, int] | None = None,
        context: str = "",
        place: Place = Place.PYTHON,
    ) -> None:
        self.wording = message
        self.formula = formula
        self.span = span
        self.context = context
        self.place = place
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """What is wrong and what to write instead, in the words of the place."""
        return said(self.wording, self.place)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Exceptions travel between processes; the default would lose formula and span.
        return type(self), (self.wording, self.formula, self.span, self.context, self.place)

    def located(self, span: tuple[int, int] | None, formula: str | None = None) -> MathImgError:
        """Return the same error with its place in the formula, where it has none yet."""
        return type(self)(
            self.wording, self.formula or formula, self.span or span, self.context, self.place
        )

    def explained(self, formula: str, inputs: str) -> MathImgError:
        """Return the same error with formula and inputs, where they help and are missing.

        Parameters
        ----------
        formula : str
            The text of the formula.
        inputs : str
            A line for each input: name, shape, dtype, file.
        """
        if not self.shows_inputs or self.context:
            return self
        context = f"Inputs:\n{inputs}"
        return type(self)(
            sentence(self.wording), self.formula or formula, self.span, context, self.place
        )

    def at(self, place: Place) -> MathImgError:
        """Return the same error in the words of another place."""
        return type(self)(self.wording, self.formula, self.span, self.context, place)

    def shown(self, width: int | None = None) -> str:
        """Return the whole text: message, formula with carets, inputs.

        Parameters
        ----------
        width : int, optional
            Columns of the terminal. A longer line of the formula is cut around the culprit, so
            that the carets stay below it.
        """
        if self.formula is None:
            return self.message
        lines = [self.message, "", *_underlined(self.formula, self.span, width)]
        return "\n".join([*lines, *([printable(self.context)] if self.context else [])])

    def __str__(self) -> str:
        return self.shown()

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows, line by line: the user's own lines, and the message.

        IPython asks for it. What this package called on the way, dozens of lines for each call,
        tells nothing about a formula; ``%tb`` and ``%debug`` go through it all the same.
        """
        from traceback import extract_tb

        own = os.path.dirname(__file__) + os.sep
        frames = [one for one in extract_tb(self.__traceback__) if _is_of_user(one.filename, own)]
        lines = [f"{_cell_or_file(one.filename)}line {one.lineno}: {one.line}" for one in frames]
        return [*lines, "", f"{type(self).__name__}: {self}"]


def _is_of_user(file: str, own: str) -> bool:
    return not file.startswith(own) and f"{os.sep}IPython{os.sep}" not in file


def _cell_or_file(file: str) -> str:
    # A cell has the name of a file that nobody has seen, or of its input.
    is_cell = "ipykernel" in file or file.startswith("<ipython")
    return "" if is_cell else f"{file}, "


class FormulaError(MathImgError, ValueError):
    """A formula is wrong, cannot be computed on these inputs, or not within the budget."""


class TranslationError(MathImgError, ValueError):
    """A command of another program cannot be said exactly in the formula language."""

    shows_inputs = False


class UnknownNameError(FormulaError, KeyError):
    """A result was asked for something of a name that it does not have."""

    __str__ = MathImgError.__str__  # a KeyError shows a text as in a program, with its quotes


class GridError(MathImgError, ValueError):
    """Images do not share one voxel grid, or not the same number of volumes."""


class HeaderError(MathImgError, ValueError):
    """No correct header exists for the result, or a header contradicts itself."""


class ImageFileError(MathImgError, OSError):
    """An image file is missing, damaged, unreadable or cannot be written."""

    shows_inputs = False  # the message has the file that is wrong, and its input


class HeaderWarning(UserWarning):
    """Header fields were lost that an option would have kept."""


def nearest(word: str, choices: Iterable[str], *, prefix: str = "") -> str:
    """Return a sentence that proposes the word that was meant, or an empty string.

    Only slips of the hand count: a letter too many, missing, wrong or in the wrong place; two of
    them in a word of six letters or more. Digits are no slip: float16 is not float64.

    Examples
    --------
    >>> nearest("maen", ["mean", "std"], prefix="np.")
    ' Did you mean np.mean?'
    >>> nearest("arange", ["average"])
    ''
    """
    # In a short word two slips make any other word of it: std and sum.
    allowed = 2 if len(word) >= 6 else 1
    found = [
        (slips, choice)
        for choice in set(choices)
        if _digits(choice) == _digits(word)
        and (slips := _slips(word.lower(), choice.lower(), allowed)) <= allowed
    ]
    # Of equally near words the first of the alphabet: a set has another order in each process.
    return f" Did you mean {prefix}{min(found)[1]}?" if found and len(word) > 1 else ""


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def _slips(word: str, other: str, allowed: int) -> int:
    """Return the Damerau-Levenshtein distance (optimal string alignment) of two words.

    Where it exceeds `allowed`, a number beyond it.
    """
    if abs(len(word) - len(other)) > allowed:
        return allowed + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(word, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(row[-1] + 1, before[j] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == word[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


_INDENT = "    "
_CUT = "..."

WIDEST = 200
"""Columns that a line of a formula takes at most where there is no terminal."""

LINES = 4
"""Lines of a formula that a message shows before and after the culprit."""


def shortened(text: str, most: int = 60) -> str:
    """Return a text of at most `most` characters; what is left out of its middle is dots.

    Examples
    --------
    >>> shortened("np.mean(bold, axis=-1)", 15)
    'np.mea...xis=-1)'
    """
    if len(text) <= most:
        return text
    half = (most - len(_CUT)) // 2
    return f"{text[:half]}{_CUT}{text[len(text) - half - 1 :]}"


def _underlined(formula: str, span: tuple[int, int] | None, width: int | None) -> list[str]:
    """Return the lines around the culprit, indented, with carets under `span` (line by line)."""
    shown: list[str] = []
    culprit = 0
    offset = 0
    columns = WIDEST if width is None else max(width - len(_INDENT), 20)
    for line in formula.split("\n"):
        start = stop = 0
        if span is not None:
            start = max(span[0] - offset, 0)
            stop = min(max(span[1], span[0] + 1) - offset, max(len(line), start + 1))
        marked = span is not None and span[0] - offset <= len(line) and start < stop
        part, start, stop = _window(line, start, stop if marked else start, columns)
        if marked:
            culprit = culprit or len(shown)
            part += f"\n{_INDENT}{' ' * start}{'^' * (stop - start)}"
        shown.append(_INDENT + _one_for_one(part))
        # The line break, which split() took away.
        offset += len(line) + 1
    first, last = max(culprit - LINES, 0), culprit + LINES + 1
    cut = [_INDENT + _CUT]
    return [*cut * (first > 0), *shown[first:last], *cut * (last < len(shown))]


def _one_for_one(line: str) -> str:
    """Return a line that a terminal can show, as long as it was: carets stand below it."""
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for sign in line.rstrip("\r")
    )


def _window(line: str, start: int, stop: int, columns: int) -> tuple[str, int, int]:
    """Cut a line to a number of columns around a part; return it, and where the part is now."""
    if len(line) <= columns:
        return line, start, stop
    room = columns - 2 * len(_CUT)
    first = min(max(start - max(room - (stop - start), 0) // 2, 0), len(line) - room)
    last = first + room
    head, tail = _CUT if first else "", _CUT if last < len(line) else ""
    moved = len(head) - first
    return head + line[first:last] + tail, start + moved, min(stop, last) + moved
