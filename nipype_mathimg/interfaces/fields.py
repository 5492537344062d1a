"""Input traits that take any value, and say what is wrong with it when the interface runs.

An exception that leaves a trait while Nipype sets a connected input is raised before the node
runs. There Nipype's MultiProc plugin waits for ever, and its batch plugins report another error
instead. So these traits never refuse a value; `Field.problem` tells what is wrong with one, first
thing in ``_run_interface``.
"""

from __future__ import annotations

import os

from nipype.interfaces.base import Undefined, isdefined, traits

from nipype_mathimg.calc.budget import budget_bytes
from nipype_mathimg.calc.given import is_matrix, number_in, plain
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces.iterables import is_connection

__all__ = ["Count", "Field", "File", "ImageOrNumber", "LabelFiles", "Memory", "Number"]


class Field(traits.TraitType):
    """A trait whose values are checked when the interface runs.

    Parameters
    ----------
    default_value : object, optional
        The default; it counts only with ``usedefault=True``, as everywhere in Nipype.
    **metadata
        Nipype's metadata, such as ``desc``, ``mandatory``, ``nohash``.
    """

    info_text = "a value"
    default_value: object = ""
    is_path = False
    takes_lists = False

    def __init__(self, default_value: object = None, **metadata: object) -> None:
        super().__init__(
            type(self).default_value if default_value is None else default_value, **metadata
        )

    def validate(self, owner: object, name: str, value: object) -> object:
        """Return `value` in the form in which it is stored; never refuse it.

        None stands for nothing: over a connection it leaves what is set, else it takes it back.
        """
        # Undefined does not come here, see `CheckedInputSpec.__setattr__`.
        if value is None:
            return getattr(owner, name) if is_connection() else self.unset
        return self.stored(value)

    @property
    def unset(self) -> object:
        """What an input is that nobody set."""
        return self.default_value if self._metadata.get("usedefault") else Undefined

    def stored(self, value: object) -> object:
        """Return `value` as plain Python, without NumPy's or pathlib's types."""
        # NumPy 2 has other reprs than NumPy 1: kept as they are, its numbers would change the
        # hash of a node with every such step of NumPy, and run it again.
        return plain(value)

    def problem(self, value: object) -> str | None:
        """Return what is wrong with `value`, or None.

        Returns
        -------
        str or None
            The end of the sentence "input 'x' is ...".
        """
        if self.accepts(value):
            return None
        return f"{_shown(value)}, not {self.info_text}; {self.remedy(value)}"

    def remedy(self, value: object) -> str:
        """Return what to do about a value that is not accepted."""
        if isinstance(value, list) and value and not self.takes_lists:
            return "to run once for each item, name this input in the iterfield of a MapNode"
        return "set it to one, or connect an output that gives one"

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is of the right type."""
        raise NotImplementedError


class Number(Field):
    """A number of zero or more."""

    info_text = "a number of zero or more"
    default_value: object = 0.0

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is a real number, zero or more."""
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


class Count(Field):
    """A whole number of one or more."""

    info_text = "a whole number of one or more"
    default_value: object = 1

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is a whole number above zero."""
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1


class Memory(Field):
    """An amount of memory with its unit, or a number of bytes."""

    info_text = "an amount of memory with its unit, such as '4G'"

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is an amount that `budget_bytes` understands."""
        try:
            return isinstance(value, (int, str)) and bool(budget_bytes(value))
        except FormulaError:
            return False


class File(Field):
    """One file; a relative path counts from the folder in which it was assigned."""

    info_text = "the path of a file"
    is_path = True

    def stored(self, value: object) -> object:
        """Return paths made absolute, without resolving links."""
        return _absolute(plain(value))

    def accepts(self, value: object) -> bool:
        """Tell whether `value` can be a path."""
        return isinstance(value, str) and bool(value)


class ImageOrNumber(File):
    """An image file, a list of them, a number, a list of numbers, a matrix, a table or a dict."""

    info_text = "an image file, a list of image files, a number or a list of numbers"
    takes_lists = True

    def stored(self, value: object) -> object:
        """Return paths made absolute; a number written as text, as on a command line, as one."""
        given = plain(value)
        number = number_in(given) if isinstance(given, str) else None
        return _absolute(given) if number is None else number

    def problem(self, value: object) -> str | None:
        """Return what is wrong with `value`, also when it is an image in memory."""
        if hasattr(value, "affine") and hasattr(value, "header"):
            return f"{_shown(value)} in memory; Nipype passes files, save it and give its path"
        return super().problem(value)

    def remedy(self, value: object) -> str:
        """Return a remedy for what other nodes often deliver."""
        if isinstance(value, list) and any(isinstance(item, list) for item in value):
            return (
                "flatten a list of lists, for example with "
                "nipype.interfaces.utility.Merge(1, ravel_inputs=True)"
            )
        if isinstance(value, list) and value:
            return "give files and numbers to inputs of their own, and leave out what is neither"
        return super().remedy(value)

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is one file or number, a list of the same kind, or a dict."""
        if isinstance(value, dict):
            return bool(value)
        items = value if isinstance(value, list) else [value]
        numbers = [isinstance(item, (int, float, complex)) for item in items]
        paths = [isinstance(item, str) and bool(item) for item in items]
        return bool(items) and (all(numbers) or all(paths) or is_matrix(value))


class LabelFiles(File):
    """A label table for each of some inputs; relative paths as those of a file."""

    info_text = "a dict with the path of a label table for each label image"

    def stored(self, value: object) -> object:
        """Return paths made absolute, without resolving links."""
        given = plain(value)
        if isinstance(given, dict):
            return {name: _absolute(path) for name, path in given.items()}
        return given

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is a dict of paths."""
        return (
            isinstance(value, dict)
            and bool(value)
            and all(isinstance(path, str) and path for path in value.values())
        )


def _absolute(value: object) -> object:
    if isinstance(value, list):
        return [_absolute(item) for item in value]
    # Not os.path.abspath: dropping ".." lexically would leave the folder behind a link.
    return os.path.join(os.getcwd(), value) if isinstance(value, str) and value else value


def _shown(value: object) -> str:
    """Return a short description of a value for a message."""
    if isinstance(value, list):
        kinds = sorted(
            {"undefined" if not isdefined(item) else type(item).__name__ for item in value}
        )
        if not value:
            return "an empty list"
        return f"a list of {len(value)} ({', '.join(kinds)}), {_first(value)!r} first"
    if isinstance(value, str):
        return repr(value) if value else "an empty string"
    text = repr(value)
    return f"{text if len(text) <= 40 else 'a value'} ({type(value).__name__})"


def _first(value: object) -> object:
    """Return the first item of a list, or of its first list."""
    return _first(value[0]) if isinstance(value, list) and value else value
