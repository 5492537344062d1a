"""Input traits that take texts: formulas, names, options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nipype_mathimg.calc.given import plain
from nipype_mathimg.interfaces.fields import Field
from nipype_mathimg.interfaces.iterables import refuse_expansion, refuse_mapping

__all__ = [
    "Formula",
    "OneOf",
    "OutputNames",
    "ReportName",
    "SourceText",
    "Text",
    "TextOrEach",
    "Texts",
]


class Text(Field):
    """A string; a path object counts as one, a NumPy dtype as its name."""

    info_text = "a string"

    def stored(self, value: object) -> object:
        """Return path objects as strings, and NumPy types as their names."""
        # A user writes np.float32 as often as "float32"; both must have one hash.
        if isinstance(value, np.dtype) or (
            isinstance(value, type) and issubclass(value, np.generic)
        ):
            return np.dtype(value).name
        return plain(value)

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is a string that holds something."""
        return isinstance(value, str) and bool(value.strip())


class OneOf(Text):
    """One of a few words.

    Parameters
    ----------
    words : tuple of str
        The words.
    **metadata
        As for `Field`.
    """

    def __init__(self, words: tuple[str, ...], **metadata: Any) -> None:  # noqa: ANN401
        super().__init__(hash_files=False, **metadata)
        self.words = words

    @property
    def info_text(self) -> str:  # type: ignore[override]
        """The words, as a message says them."""
        return " or ".join(map(repr, self.words))

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is one of the words."""
        return value in self.words


class SourceText(str):
    r"""A text that an f-string shows as it stands between quotes in Python.

    `Workflow.export` writes ``f"...formula = '{formula}'"``: a program of several lines, or one
    with a quote in it, would be no Python there.

    Examples
    --------
    >>> text = SourceText("a = 'x'\nb")
    >>> f"'{text}'"
    "'a = \\'x\\'\\nb'"
    >>> text == "a = 'x'\nb", len(text)
    (True, 9)
    """

    __slots__ = ()

    def __format__(self, specification: str) -> str:
        # Not repr: it takes the other quotes where the text has these.
        shown = self.encode("unicode_escape").decode("ascii").replace("'", r"\'")
        return format(shown, specification)


class Formula(Text):
    """A formula; it notices when Nipype sets it for iterables that would share a folder."""

    def validate(self, owner: object, name: str, value: object) -> object:
        """Return `value`; raise before a workflow starts in which a result would be lost."""
        refuse_expansion()
        return super().validate(owner, name, value)

    def stored(self, value: object) -> object:
        """Return a text that Nipype can export."""
        stored = super().stored(value)
        return SourceText(stored) if isinstance(stored, str) else stored


class Texts(Field):
    """A list of strings; one string counts as a list of one."""

    info_text = "a list of strings"
    takes_lists = True

    def stored(self, value: object) -> object:
        """Return one string as a list."""
        return [value] if isinstance(value, str) else plain(value)

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is a list of strings that hold something."""
        return (
            isinstance(value, (list, tuple))
            and bool(value)
            and all(isinstance(word, str) and word for word in value)
        )


class OutputNames(Texts):
    """Names of outputs; it notices when a MapNode would have others for each run."""

    def validate(self, owner: object, name: str, value: object) -> object:
        """Return `value`; raise where a MapNode iterates over outputs."""
        refuse_mapping()
        return super().validate(owner, name, value)


class ReportName(Text):
    """True for a report, or the name of its file."""

    info_text = "True, or the name of a file"

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is True, False or a name."""
        return isinstance(value, bool) or super().accepts(value)


class TextOrEach(Text):
    """A string for all outputs, or a dict with one for each by its name."""

    info_text = "a string, or a dict with a string for each output"

    def stored(self, value: object) -> object:
        """Return a dict with its values as `Text` stores them."""
        if isinstance(value, Mapping):
            return {name: super(TextOrEach, self).stored(text) for name, text in value.items()}
        return super().stored(value)

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is a string that holds something, or a dict of such strings."""
        if not isinstance(value, dict):
            return super().accepts(value)
        return bool(value) and all(super(TextOrEach, self).accepts(w) for w in value.values())
