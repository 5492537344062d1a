"""Calls of the public functions: who makes a mistake is shown the right call."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from numbers import Real
from types import CodeType
from typing import ParamSpec, TypeVar

from nipype_mathimg.calc.given import is_number
from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.images.files.containers import CONTAINERS

__all__ = ["checked_call"]

P = ParamSpec("P")
R = TypeVar("R")


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str | Mapping)


def _is_whole(value: object) -> bool:
    return value is None or (isinstance(value, Real) and float(value).is_integer())


def _is_seconds(value: object) -> bool:
    return value is None or is_number(value)


_OPTIONS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "copy_header_from": (_is_text, "the name of an input, such as 'bold'"),
    "dtype": (_is_text, "the name of a dtype, such as 'float32'"),
    "grid_tolerance": (is_number, "a number of mm, such as 0.01"),
    "grid": (_is_text, "'follow' or 'header'"),
    "num_threads": (_is_whole, "a whole number"),
    "tr": (_is_seconds, "a number of seconds, such as 2.0"),
}
"""What each option may be, and how that is said."""


def checked_call(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function refuse a wrong call with the right one; its signature stays.

    The first arguments of the function are ``formula``, ``inputs`` and perhaps ``out_file``.
    """
    code: CodeType = getattr(function, "__code__")  # noqa: B009 - Callable declares none
    positional = code.co_varnames[: code.co_argcount]
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        found = _mistake(function.__name__, positional, named, args, kwargs)
        if found:
            raise FormulaError(found)
        return function(*args, **kwargs)

    return call


def _mistake(
    name: str,
    positional: Sequence[str],
    named: Sequence[str],
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> str:
    """Return what is wrong with a call, an empty string if nothing is."""
    given = {**dict(zip(positional, args, strict=False)), **kwargs}
    surplus = [word for word in kwargs if word not in named]
    right = _right_call(name, positional, args, kwargs, surplus)
    if surplus and "inputs" not in given:
        return f"The inputs stand in a dict: {right}."
    if surplus:
        known = ", ".join(word for word in named if word not in positional)
        hint = nearest(surplus[0], named)
        return f"{name} has no option {surplus[0]!r}; its options are: {known}.{hint}"
    wrong_order = (
        not isinstance(given.get("formula"), str)
        or not isinstance(given.get("inputs"), Mapping)
        or len(args) > len(positional)
        or (
            isinstance(given.get("out_file"), str)
            and not _is_file(given["out_file"])
            and _is_file(given["formula"])
        )
    )
    if wrong_order:
        return f"{name} takes {', '.join(positional)} in this order: {right}."
    for word, (accepts, what) in _OPTIONS.items():
        if word in given and not accepts(given[word]):
            return f"{word} is {given[word]!r:.60}; it has to be {what}."
    return ""


def _right_call(
    name: str,
    positional: Sequence[str],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    surplus: Sequence[str],
) -> str:
    """Return the call that was meant, as far as what was given shows."""
    values = [*args, *(kwargs[word] for word in positional if word in kwargs)]
    texts = [value for value in values if isinstance(value, str)]
    files = [value for value in values if isinstance(value, os.PathLike) or _is_file(value)]
    formula = next((text for text in texts if not _is_file(text)), "bold * 2")
    inputs = next((value for value in values if isinstance(value, Mapping)), None)
    if inputs is None:
        inputs = {word: kwargs[word] for word in surplus} or {"bold": "bold.nii.gz"}
    pairs = ", ".join(f"{key!r}: {_shown(value)}" for key, value in inputs.items())
    shown = [repr(formula), f"{{{pairs}}}"]
    if "out_file" in positional:
        shown.append(repr(str(files[0])) if files else "'out.nii.gz'")
    return f"{name}({', '.join(shown)})"


def _is_file(value: object) -> bool:
    return isinstance(value, str) and value.lower().endswith(tuple(CONTAINERS))


def _shown(value: object) -> str:
    text = repr(value)
    return text if isinstance(value, str | int | float) and len(text) < 60 else "..."
