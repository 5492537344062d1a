"""Calls of the public functions: who makes a mistake is shown the right call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
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

_OF_NILEARN = {
    "mask_img": "Multiply by the mask in the formula, as in `(...) * mask`; the mask is an input",
    "smoothing_fwhm": "Smooth in the formula, as in `ndimage.gaussian_filter(img, fwhm=6*mm)`",
    "standardize": "Write `(img - np.mean(img, axis=-1)) / np.std(img, axis=-1)`",
    "detrend": "Write it in the formula, as in `detrend(img, 1)`",
    "high_pass": "Write it in the formula, as in `bandpass(img, 0.01, 0.1)`",
    "low_pass": "Write it in the formula, as in `bandpass(img, 0.01, 0.1)`",
    "target_affine": "Images are not resampled here: bring them to one grid first",
    "t_r": "Give the TR in seconds as tr",
}
"""For an argument of functions of nilearn how the same is said here."""


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
        if misplaced.startswith("inputs") and self._unnamed:
            return f"{misplaced}, and inputs have names; write {self._right()}."
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
        """Return what does it here, or the option that was meant: a slip, or its beginning."""
        if word in _OF_NILEARN:
            return f" {_OF_NILEARN[word]}."
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

    @property
    def _placed(self) -> list[object]:
        """What is given for the arguments that have a place, in the order of writing."""
        return [*self.args, *(self.kwargs[one] for one in self.positional if one in self.kwargs)]

    @property
    def _formula(self) -> str:
        """The formula, wherever it stands."""
        texts = (one for one in self._placed if isinstance(one, str) and not _is_file(one))
        return next(texts, "")

    @property
    def _unnamed(self) -> Sequence[str]:
        """The inputs of the formula that are not given by name; none where there is a dict."""
        if any(isinstance(one, Mapping) for one in self._placed):
            return ()
        return [name for name in _names_of(self._formula) if name not in self._surplus]

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
        values = self._placed
        formula = self._formula or "bold * 2"
        inputs = next((value for value in values if isinstance(value, Mapping)), {})
        inputs = {**inputs, **{word: self.kwargs[word] for word in moved}}
        images = {word: self.kwargs[word] for word in self._surplus}
        names = self._unnamed or (() if inputs or images else ("bold",))
        meant, files = _shared_out(names, _loose(values), self._given.get("out_file"))
        if not inputs and not images:
            meant |= {name: f"{name}.nii.gz" for name in names if name not in meant}
        # An image has no text of its own that could stand in a dict.
        (images if "..." in map(_shown, meant.values()) else inputs).update(meant)
        shown = [repr(formula)]
        if inputs:
            pairs = ", ".join(f"{key!r}: {_shown(value)}" for key, value in inputs.items())
            shown.append(f"{{{pairs}}}")
        if files and "out_file" in self.positional:
            shown.append(repr(files[0]) if inputs else f"out_file={files[0]!r}")
        shown += [f"{word}={_shown(value)}" for word, value in images.items()]
        return f"{self.name}({', '.join(shown)})"


def _loose(values: Iterable[object]) -> list[object]:
    """Return the files and images among values, also those of lists: they have no names."""
    found: list[object] = []
    for value in values:
        each = value if isinstance(value, list | tuple) else [value]
        found += (
            os.fspath(one) if isinstance(one, os.PathLike) else one
            for one in each
            if _is_file(one) or not isinstance(one, str | Mapping | int | float | None)
        )
    return found


def _shared_out(
    names: Sequence[str], loose: Sequence[object], out_file: object
) -> tuple[dict[str, object], list[str]]:
    """Tell inputs from the file of the result, where none has a name.

    Parameters
    ----------
    names : sequence of str
        The inputs that are not given by name.
    loose : sequence
        The files and images that are given, in their order.
    out_file
        What stands in the place of the result.
    """
    last = [one for one in loose if isinstance(one, str) and one == out_file]
    rest = [one for one in loose if not (isinstance(one, str) and one in last)]
    meant: dict[str, object] = dict(zip(names, rest, strict=False))
    more = [name for name in names if name not in meant]
    if more and last and os.path.exists(last[0]):
        return {**meant, more[0]: last[0]}, []
    # Who runs the line that is proposed would lose a file that is there already; the user's own
    # place for the result stays.
    new = [
        "out.nii.gz" if os.path.exists(one) else one
        for one in rest[len(meant) :]
        if isinstance(one, str)
    ]
    return meant, [*last, *new]


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
