"""The words of a command, read one by one; what cannot be said is refused by name."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from nipype_mathimg.errors import TranslationError

__all__ = ["Words", "number"]


def number(word: str) -> str | None:
    """Return a number as a formula has it, or None."""
    try:
        value = float(word)
    except ValueError:
        return None
    if value != value or value in (float("inf"), float("-inf")):
        return f"np.{value}" if value == value and value > 0 else None
    return word if word.lstrip("-").isdigit() else f"{value!r}"


class Words:
    """The words of a command, from left to right.

    Parameters
    ----------
    command : str or sequence of str
        As it stands in a script, or in its words.
    """

    def __init__(self, command: str | Sequence[str]) -> None:
        self.words = shlex.split(command) if isinstance(command, str) else list(command)
        self.at = 0

    def __bool__(self) -> bool:
        return self.at < len(self.words)

    def next(self, what: str) -> str:
        """Return the next word.

        Raises
        ------
        TranslationError
            There is none.
        """
        if not self:
            raise self.wrong(f"{what} is missing at the end of the command")
        self.at += 1
        return self.words[self.at - 1]

    def peek(self) -> str:
        """Return the next word, which stays, or nothing."""
        return self.words[self.at] if self else ""

    def wrong(self, message: str, words: int = 1) -> TranslationError:
        """Return an error that underlines the word, or words, that were read last."""
        text = shlex.join(self.words)
        begin = len(shlex.join(self.words[: max(self.at - words, 0)]))
        begin += 1 if self.at > words else 0
        return TranslationError(message, text, (begin, len(shlex.join(self.words[: self.at]))))
