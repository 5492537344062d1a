"""Calls of the public functions: who makes a mistake is shown the right call."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import CodeType
from typing import Any, ParamSpec, TypeVar

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.options import OPTIONS, mistake_in, told
from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.program import input_names
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.containers import CONTAINERS

__all__ = ["checked_call", "joined"]

P = ParamSpec("P")
R = TypeVar("R")


def checked_call(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function refuse a wrong call with the right one; its signature stays.

    The first arguments of the function are ``formula``, ``inputs`` and perhaps ``out_file``;
    what it has no name for is an input.
    """
    code: CodeType = getattr(function, "__code__")  # noqa: B009 - Callable declares none
    count = code.co_argcount
    positional = code.co_varnames[:count]
    options = code.co_varnames[count : count + code.co_kwonlyargcount]

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        found = _Call(function.__name__, positional, options, args, kwargs).mistake()
        if found:
            raise FormulaError(found)
        return function(*args, **kwargs)

    return call


def joined(
    inputs: Mapping[str, object] | None, images: Mapping[str, InputValue]
) -> Mapping[str, Any]:
    """Return the inputs of a mapping and those given by name.

    Raises
    ------
    FormulaError
        One stands in both.
    """
    for name in images:
        if inputs and name in inputs:
            raise FormulaError(
                f"The input {name!r} is given twice, in the dict and as {name}=...; leave out one."
            )
    return {**(inputs or {}), **images}


class _Call(Frozen):
    """A call, as it was written.

    Parameters
    ----------
    name : str
        Of the function.
    positional, options : sequence of str
        Its parameters with a place, and those without.
    args, kwargs
        What was given.
    """

    name: str
    positional: Sequence[str]
    options: Sequence[str]
    args: Sequence[object]
    kwargs: Mapping[str, object]

    def mistake(self) -> str:
        """Return what is wrong, an empty string if nothing is."""
        misplaced = self._misplaced()
        if misplaced:
            return (
                f"{misplaced}, and {self.name} takes {', '.join(self.positional)} in this order; "
                f"write {self._right()}."
            )
        names = _names_of(self._given["formula"])
        # A donor of a header need not be in the formula.
        donors = self.kwargs.get("copy_header_from")
        named = [*donors.values()] if isinstance(donors, Mapping) else [donors]
        for word in self._surplus:
            if word in named:
                continue
            # An input with a slip in its name is told so later.
            if names and word not in names and not nearest(word, names):
                return (
                    f"{word!r} is no option of {self.name} and no input of the formula. Options "
                    f"are: {', '.join(self._named)}; the inputs are: {', '.join(names)}."
                    f"{self._meant(word)}"
                )
        for word, (_, what) in OPTIONS.items():
            # What is used by the formula and stands in no dict was meant as an input.
            if word in self.kwargs and word in names and word not in self._mapping:
                return (
                    f"{word}= is an option of {self.name} ({what}); an input of this name stands "
                    f"in a dict: {self._right(word)}."
                )
        return mistake_in(self._given, OPTIONS)

    def _meant(self, word: str) -> str:
        """Return a question for the option that was meant: a slip, or only its beginning."""
        if _is_file(self.kwargs[word]) and "out" in word and "out_file" in self._named:
            return " Did you mean out_file?"
        longer = [one for one in self._named if one.startswith(word) and len(word) > 2]
        return f" Did you mean {longer[0]}?" if longer else nearest(word, self._named)

    @property
    def _named(self) -> Sequence[str]:
        """What is given by its name: all but the formula and the inputs."""
        return (*self.positional[2:], *self.options)

    @property
    def _given(self) -> dict[str, object]:
        return {**dict(zip(self.positional, self.args, strict=False)), **self.kwargs}

    @property
    def _mapping(self) -> Mapping[str, object]:
        found = self._given.get("inputs")
        return found if isinstance(found, Mapping) else {}

    @property
    def _surplus(self) -> list[str]:
        known = (*self.positional, *self.options)
        return [word for word in self.kwargs if word not in known]

    def _misplaced(self) -> str:
        """Return which of the first arguments is another one, an empty string if none is."""
        given = self._given
        formula, out_file = given.get("formula"), given.get("out_file")
        if "formula" not in given:
            return "formula is missing"
        is_file = isinstance(out_file, str) and not _is_file(out_file) and _is_file(formula)
        if is_file or not isinstance(formula, str):
            return f"formula is {told(formula)}"
        if not isinstance(given.get("inputs"), Mapping | None):
            return f"inputs is {told(given['inputs'])}"
        count = len(self.positional)
        return f"{told(self.args[count])} is one too many" if len(self.args) > count else ""

    def _right(self, *moved: str) -> str:
        """Return the call that was meant, as far as what was given shows."""
        named = (self.kwargs[word] for word in self.positional if word in self.kwargs)
        values = [*self.args, *named]
        texts = [value for value in values if isinstance(value, str)]
        formula = next((text for text in texts if not _is_file(text)), "bold * 2")
        shown = [repr(formula)]
        inputs = next((value for value in values if isinstance(value, Mapping)), {})
        inputs = {**inputs, **{word: self.kwargs[word] for word in moved}}
        images = {word: self.kwargs[word] for word in self._surplus}
        if not inputs and not images:
            inputs = {"bold": "bold.nii.gz"}
        if inputs:
            pairs = ", ".join(f"{key!r}: {_shown(value)}" for key, value in inputs.items())
            shown.append(f"{{{pairs}}}")
        files = [str(one) for one in values if isinstance(one, os.PathLike) or _is_file(one)]
        if "out_file" in self.positional and (files or not moved):
            file = repr(files[0] if files else "out.nii.gz")
            shown.append(file if inputs else f"out_file={file}")
        shown += [f"{word}={_shown(value)}" for word, value in images.items()]
        return f"{self.name}({', '.join(shown)})"


def _names_of(formula: object) -> Sequence[str]:
    """Return the free names of a formula; none where it is wrong, which is said later."""
    try:
        return input_names(str(formula))
    except FormulaError:
        return ()


def _is_file(value: object) -> bool:
    return isinstance(value, str) and value.lower().endswith(tuple(CONTAINERS))


def _shown(value: object) -> str:
    text = repr(value)
    return text if isinstance(value, str | int | float) and len(text) < 60 else "..."
