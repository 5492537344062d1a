"""What a caller gives for an input, as Python's own files and numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from numbers import Real
from typing import Any, TypeGuard

import numpy as np

__all__ = [
    "BESIDE",
    "DTypeName",
    "dtype_names",
    "is_beside",
    "is_list_of_numbers",
    "is_matrix",
    "is_number",
    "is_table",
    "named_donors",
    "number_in",
    "plain",
]


BESIDE = (".tsv", ".json", ".bval", ".bvec", ".txt", ".par", ".1d")
"""Ends of the names, in small letters, of what lies beside images: see the module `beside`."""


def is_beside(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path names a file of numbers or a sidecar, not an image.

    Examples
    --------
    >>> is_beside("sub-01_desc-confounds_timeseries.tsv"), is_beside("bold.nii.gz")
    (True, False)
    """
    return os.path.splitext(os.fspath(path))[1].lower() in BESIDE


def is_table(path: str | os.PathLike[str]) -> bool:
    """Tell whether a name is that of a table.

    Examples
    --------
    >>> is_table("means.tsv"), is_table("means.nii.gz")
    (True, False)
    """
    return os.fspath(path).lower().endswith(".tsv")


def plain(value: object) -> object:
    """Return paths as str, NumPy's numbers and arrays as Python's, sequences as lists.

    Mappings become dicts.

    Examples
    --------
    >>> plain((np.int16(1), 2.5))
    [1, 2.5]
    """
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [plain(item) for item in value]
    return value


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a real number, also one of NumPy; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def number_in(text: str) -> int | float | None:
    """Return the number that a text is, as on a command line; None for the name of a file.

    Examples
    --------
    >>> number_in("-3"), number_in("1e3"), number_in("bold.nii")
    (-3, 1000.0, None)
    """
    with suppress(ValueError):
        # Before float, which rounds integers beyond 2**53.
        return int(text)
    with suppress(ValueError):
        return float(text)
    return None


def is_list_of_numbers(value: object) -> TypeGuard[list[float]]:
    """Tell whether a plain value is a list of numbers, or of True and False.

    Examples
    --------
    >>> is_list_of_numbers([1, 2.5]), is_list_of_numbers([]), is_list_of_numbers(["a.nii"])
    (True, False, False)
    """
    return (
        isinstance(value, list) and bool(value) and all(isinstance(v, int | float) for v in value)
    )


def is_matrix(value: object) -> TypeGuard[list[list[float]]]:
    """Tell whether a plain value is a list of equally long lists of numbers.

    Examples
    --------
    >>> is_matrix([[1, 2], [3, 4]]), is_matrix([[1, 2], [3]]), is_matrix([1, 2])
    (True, False, False)
    """
    return (
        isinstance(value, list)
        and bool(value)
        and all(map(is_list_of_numbers, value))
        and len({len(row) for row in value}) == 1
    )


DTypeName = str | type | np.dtype[Any]
"""A dtype: its name, or NumPy's own object."""


def dtype_names(given: DTypeName | Mapping[str, DTypeName]) -> str | dict[str, str]:
    """Return a dtype, or that of each result, by its name.

    Examples
    --------
    >>> dtype_names(np.float32), dtype_names("auto"), dtype_names({"m": np.dtype("int16")})
    ('float32', 'auto', {'m': 'int16'})
    """
    if isinstance(given, Mapping):
        return {name: _dtype_name(one) for name, one in given.items()}
    return _dtype_name(given)


def _dtype_name(given: DTypeName) -> str:
    return given if isinstance(given, str) else np.dtype(given).name


def named_donors(copy_header_from: str | Mapping[str, str] | None) -> list[str]:
    """Return the names of the images whose header is asked for."""
    if isinstance(copy_header_from, Mapping):
        return list(copy_header_from.values())
    return [copy_header_from] if copy_header_from else []
