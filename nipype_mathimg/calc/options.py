"""What the arguments of public functions may be, and how that is said to who gives another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from types import CodeType
from typing import ParamSpec, TypeVar

import numpy as np

from nipype_mathimg.calc.given import is_number
from nipype_mathimg.errors import FormulaError, nearest, shortened

__all__ = [
    "OPTIONS",
    "Rules",
    "check_options",
    "checked_options",
    "is_instance",
    "is_name",
    "is_names",
    "mistake_in",
    "names_in",
    "told",
]

CO_VARKEYWORDS = 8
"""Of a function with `**arguments`: inspect's, which takes 5 ms to load."""

P = ParamSpec("P")
R = TypeVar("R")

Rule = tuple[Callable[[object], bool], str]
"""Which values an argument may have, and that in words: "it has to be ..."."""

Rules = Mapping[str, Rule]


def mistake_in(given: Mapping[str, object], rules: Rules) -> str:
    """Return what is wrong with the first argument that breaks its rule; "" where none does.

    Examples
    --------
    >>> mistake_in({"tr": "2s"}, OPTIONS)
    "tr is '2s'; it has to be a number of seconds, such as 2.0."
    """
    for name, (accepts, what) in rules.items():
        if name in given and not accepts(given[name]):
            return f"{name} is {told(given[name])}; it has to be {what}."
    return ""


def told(value: object) -> str:
    """Return a value as who gave it knows it; what has no text of its own is told by its kind.

    Examples
    --------
    >>> told("2s"), told(told), told(object())
    ("'2s'", 'the function told', 'of the kind object')
    """
    text = repr(value)
    if " at 0x" in text and isinstance(value, list | tuple):
        return f"a list of {len(value)}, the first {told(value[0])}"
    if not text.startswith("<"):
        return shortened(" ".join(text.split()) if "\n" in text else text)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = getattr(value, "__name__", None)
    is_function = callable(value) and name
    return f"the function {name}" if is_function else f"of the kind {type(value).__name__}"


def check_options(given: Mapping[str, object], rules: Rules) -> None:
    """Refuse arguments that break their rules.

    Raises
    ------
    FormulaError
        One does.
    """
    mistake = mistake_in(given, rules)
    if mistake:
        raise FormulaError(mistake)


def checked_options(rules: Rules) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function refuse arguments that break their rules; its signature stays."""

    def of(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            given, mistake = _bound(function, args, kwargs)
            # Who gives a wrong interface is told so first, also where the name is missing.
            mistake = mistake_in(given, rules) or mistake
            if mistake:
                raise FormulaError(mistake)
            return function(*args, **kwargs)

        return call

    return of


def _bound(
    function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> tuple[dict[str, object], str]:
    """Return arguments by name, and what is wrong with their number or names."""
    code: CodeType = getattr(function, "__code__")  # noqa: B009 - Callable declares none
    defaults: tuple[object, ...] = getattr(function, "__defaults__") or ()  # noqa: B009 - as above
    positional = code.co_varnames[: code.co_argcount]
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    given = {**dict(zip(positional, args, strict=False)), **kwargs}
    required = positional[: len(positional) - len(defaults)]
    called = getattr(function, "__name__", "")
    takes = f"{called} takes {', '.join(known)}"
    missing = [name for name in required if name not in given]
    if missing:
        return given, f"{missing[0]} is missing; write {called}({', '.join(required)})."
    if len(args) > len(positional):
        return given, f"{takes}; those behind {positional[-1]} by their names, as in {known[-1]}=."
    unknown = [name for name in kwargs if name not in known]
    if unknown and not code.co_flags & CO_VARKEYWORDS:
        return given, f"There is no argument {unknown[0]!r}: {takes}.{nearest(unknown[0], known)}"
    return given, ""


def is_name(value: object) -> bool:
    """Tell whether a value is a text."""
    return isinstance(value, str)


def is_names(value: object) -> bool:
    """Tell whether a value is a text, or several.

    Examples
    --------
    >>> is_names(["mean", "sd"]), is_names({"mean": "mean.nii"}), is_names([3]), is_names(3)
    (True, True, False, False)
    """
    # What can be gone through once only is not looked into.
    return isinstance(value, str | Iterator) or (
        isinstance(value, Iterable) and all(map(is_name, value))
    )


def names_in(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return names, each once; a text is one name, and no sequence of letters.

    Examples
    --------
    >>> names_in("mean"), names_in(["mean", "sd", "mean"])
    (('mean',), ('mean', 'sd'))
    """
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))


def is_instance(*classes: type) -> Callable[[object], bool]:
    """Return what tells whether a value is of one of some classes."""
    return lambda value: isinstance(value, classes)


def _by_name(accepts: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return what accepts a dict from names to values that are accepted."""
    return lambda value: (
        isinstance(value, Mapping)
        and all(isinstance(key, str) and accepts(item) for key, item in value.items())
    )


def _or_none(accepts: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or accepts(value)


def _each(accepts: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return what accepts one value for all results, or a dict with one for each."""
    return lambda value: accepts(value) or _by_name(accepts)(value)


def _is_anything(_value: object) -> bool:
    return True


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_whole(value: object) -> bool:
    return is_number(value) and float(value).is_integer()


def _is_distance(value: object) -> bool:
    return is_number(value) and value >= 0


_is_truth = is_instance(bool, np.bool_)
_is_path = is_instance(str, os.PathLike)

OPTIONS: Rules = {
    "inputs": (
        _or_none(_by_name(_is_anything)),
        "a dict from the names of the inputs to what they are, as {'bold': 'bold.nii.gz'}",
    ),
    "outputs": (
        # Where a result goes, the function says that has files.
        lambda value: value is None or _by_name(_is_anything)(value) or is_names(value),
        "a list of names of results, as ['mean', 'sd'], or a dict with a file for each, as "
        "{'mean': 'mean.nii.gz'}",
    ),
    "copy_header_from": (
        _or_none(_each(_or_none(_is_word))),
        "the name of an input, such as 'bold'",
    ),
    "dtype": (
        _each(is_instance(str, type, np.dtype)),
        "the name of a dtype, such as 'float32'",
    ),
    "file": (_is_path, "the path of a file"),
    "grid_tolerance": (_is_distance, "a number of mm, such as 0.01"),
    "grid": (_or_none(_each(_is_word)), "'follow' or 'header'"),
    "label_tables": (
        _or_none(_by_name(_is_anything)),
        "a dict of label tables, as {'atlas': 'atlas_dseg.tsv'}",
    ),
    "num_threads": (_or_none(_is_whole), "a whole number"),
    "overwrite": (_is_truth, "True or False"),
    "parts": (is_names, "a list of parts of a header, as ['time', 'xform']"),
    "progress": (
        _or_none(callable),
        "a function that is called with the share that is done, as `lambda done: "
        "print(done.share)`",
    ),
    "tr": (_or_none(is_number), "a number of seconds, such as 2.0"),
}
"""Of the functions that compute, copy and report."""
