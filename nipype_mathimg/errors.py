"""The errors of the package: one root, one class per stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FormulaError",
    "GridError",
    "HeaderError",
    "HeaderWarning",
    "ImageFileError",
    "MathImgError",
    "nearest",
    "sentence",
]


class MathImgError(Exception):
    """Root of every error that this package raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong and what to write instead.
    formula : str, optional
        The text of the formula; shown below the message.
    span : tuple of int, optional
        Offsets of the first and one past the last character of the culprit in `formula`.
    context : str
        Further lines, below the formula: the inputs with their shapes and files.
    """

    shows_inputs = True
    """Whether the inputs of the formula help to understand it."""

    def __init__(
        self,
        message: str,
        formula: str | None = None,
        span: tuple[int, int] | None = None,
        context: str = "",
    ) -> None:
        self.message = message
        self.formula = formula
        self.span = span
        self.context = context
        super().__init__(message)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Exceptions travel between processes; the default would lose formula and span.
        return type(self), (self.message, self.formula, self.span, self.context)

    def located(self, span: tuple[int, int] | None, formula: str | None = None) -> MathImgError:
        """Return the same error with its place, where it has none yet."""
        return type(self)(self.message, self.formula or formula, self.span or span, self.context)

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
        return type(self)(
            sentence(self.message), self.formula or formula, self.span, f"Inputs:\n{inputs}"
        )

    def __str__(self) -> str:
        if self.formula is None:
            return self.message
        lines = [self.message, "", *_underlined(self.formula, self.span)]
        return "\n".join([*lines, *([self.context] if self.context else [])])


class FormulaError(MathImgError, ValueError):
    """A formula is wrong, cannot be computed on these inputs, or not within the budget."""


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
    """Return a sentence that proposes the nearest spelling of `word`, or an empty string.

    Examples
    --------
    >>> nearest("maen", ["mean", "std"], prefix="np.")
    ' Did you mean np.mean?'
    """
    from difflib import get_close_matches  # only a mistake needs it, and every start would pay

    found = get_close_matches(word, sorted(set(choices)), n=1, cutoff=0.6)
    return f" Did you mean {prefix}{found[0]}?" if found else ""


def sentence(message: str) -> str:
    """Return a message with one full stop at its end, unless it ends with a question."""
    return message if message.endswith("?") else message.rstrip(".") + "."


def _underlined(formula: str, span: tuple[int, int] | None) -> list[str]:
    """Return the formula, indented, with carets under `span` (line by line)."""
    lines: list[str] = []
    offset = 0
    for line in formula.split("\n"):
        lines.append("    " + line)
        if span is not None:
            start = max(span[0] - offset, 0)
            stop = min(max(span[1], span[0] + 1) - offset, max(len(line), start + 1))
            if span[0] - offset <= len(line) and start < stop:
                lines.append("    " + " " * start + "^" * (stop - start))
        offset += len(line) + 1
    return lines
