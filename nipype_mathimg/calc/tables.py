"""Results as a table: a row for each volume, or for each region; written as BIDS has it."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.calc.beside import MISSING
from nipype_mathimg.calc.given import is_table
from nipype_mathimg.errors import FormulaError, ImageFileError
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.spec import Axis, Parcels

__all__ = [
    "SUFFIX",
    "Columns",
    "check_columns",
    "columns_of",
    "table_notes",
    "table_path",
    "text_of",
]

SUFFIX = ".tsv"
"""End of the name of a table."""

Columns = dict[str, list[Any]]
"""The columns of a table by their names, equally long."""


def table_path(path: str | os.PathLike[str]) -> str:
    """Return the name of a table, absolute.

    Raises
    ------
    FormulaError
        It is no path.
    ImageFileError
        It does not end in .tsv.
    """
    if not isinstance(path, str | os.PathLike):
        raise FormulaError(f"out_file is {path!r:.60}; it has to be the path of a file.")
    if not is_table(path):
        stem = os.path.basename(os.fspath(path)).split(".")[0]
        raise ImageFileError(f"{os.fspath(path)}: a table is a .tsv file; name it {stem}{SUFFIX}")
    return os.path.abspath(os.path.expanduser(os.fspath(path)))


def check_columns(results: Mapping[str, Op]) -> None:
    """Check that results are columns of one table, before anything is read.

    Raises
    ------
    FormulaError
        One of them is no column, or they have different rows.
    """
    kinds: dict[str, str] = {}
    for name, op in results.items():
        shown = f"`{name}`" if name else "The result"
        if op.spec.dtype.kind == "c":
            raise FormulaError(
                f"{shown} is complex; take np.abs(...), .real or .imag for a table."
            )
        rows = _rows_of(op)
        if rows is None:
            axes = ", ".join(axis.source or "one without a name" for axis in op.spec.axes)
            raise FormulaError(
                f"{shown} has the axes {axes} of {' x '.join(map(str, op.shape))}; a table (.tsv) "
                "takes values for each region, as `np.mean(bold, by=atlas)` has them, lists and "
                "numbers. Write an image to a file such as .nii.gz."
            )
        kinds[shown] = rows
    first = next(iter(kinds.items()))
    for shown, rows in kinds.items():
        if rows != first[1]:
            raise FormulaError(
                f"{first[0]} has {first[1]} and {shown} has {rows}; results that stand side by "
                "side have the same rows. Write one table for each."
            )


def _rows_of(op: Op) -> str | None:
    """Return what the rows of a result are, None for what is no table."""
    axes, shape = op.spec.axes, op.shape
    if not axes:
        return "one row"
    parcels = [k for k, axis in enumerate(axes) if axis.parcels]
    if len(axes) <= 2 and len(parcels) == len(axes):
        image = axes[0].parcels.image if axes[0].parcels else ""
        return f"a row for each region of `{image}`"
    others = [k for k in range(len(axes)) if k not in parcels]
    if len(others) == 1 and len(axes) <= 2 and not axes[others[0]].is_space:
        what = "volume" if axes[others[0]].is_time else "element"
        return f"a row for each {what} ({shape[others[0]]})"
    return None


def columns_of(results: Mapping[str, Op], values: Mapping[str, Value]) -> Columns:
    """Return results as columns.

    Values of each region are a row a region, with the columns ``index`` and ``name`` in front;
    those of each region and volume are a row a volume, with a column for each region; those of
    two regions have both. Where there are several with columns for regions, the name of the result
    comes before that of the region.

    Parameters
    ----------
    results : mapping
        The results by name, of which `check_columns` found nothing wrong.
    values : mapping
        Their values.
    """
    wide = [name for name, op in results.items() if op.ndim == 2]
    found: Columns = {}
    for name, op in results.items():
        array = np.asarray(values[name])
        if array.dtype.kind == "b":
            # As numbers: who reads a table may calculate with them.
            array = array.astype(np.uint8)
        axis = op.spec.axes[0] if op.ndim == 1 or _is_matrix(op) else Axis()
        if axis.parcels and "index" not in found:
            labels, names = _regions(axis, axis.parcels, len(array))
            found |= {"index": list(labels), "name": list(names)}
        if op.ndim == 2:
            found |= _by_volume(f"{name}_" if len(wide) > 1 else "", op, array)
        else:
            found[name or "value"] = np.atleast_1d(array).tolist()
    return found


def _is_matrix(op: Op) -> bool:
    """Tell whether rows and columns of a result are regions."""
    return op.ndim == 2 and all(axis.parcels for axis in op.spec.axes)


def _by_volume(prefix: str, op: Op, array: np.ndarray[Any, Any]) -> Columns:
    # The last: of regions by regions the first are rows.
    place = max(k for k, axis in enumerate(op.spec.axes) if axis.parcels)
    rows = np.moveaxis(array, place, 0)
    axis = op.spec.axes[place]
    if axis.parcels is None:
        raise AssertionError("a table has regions")
    labels, names = _regions(axis, axis.parcels, len(rows))
    twice = {name for name in names if names.count(name) > 1}
    shown = [
        f"{name}_{label}" if name in twice else name
        for label, name in zip(labels, names, strict=True)
    ]
    return {f"{prefix}{name}": row.tolist() for name, row in zip(shown, rows, strict=True)}


def _regions(axis: Axis, parcels: Parcels, length: int) -> tuple[list[int], list[str]]:
    """Return labels and names of the regions on an axis, of which some may be left out."""
    places = [int(place) for place in axis.all(length)]
    return [parcels.labels[k] for k in places], [parcels.names[k] for k in places]


def text_of(columns: Columns) -> str:
    """Return a table as text: tabs, a line of names, ``n/a`` for NaN, all digits of numbers."""
    import csv  # few formulas make a table

    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*map(_shown_column, columns.values()), strict=True))
    return text.getvalue()


def _shown_column(values: Sequence[object]) -> Sequence[object]:
    # The writer writes all digits of a float, faster than it takes text, where it looks for tabs.
    if set(map(type, values)) == {float} and not _count_nan(values):
        return values
    return list(map(_shown, values))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return MISSING[0] if math.isnan(value) else repr(value)
    # A tab or the end of a line in a name would be another column, or row, to simple readers.
    return " ".join(value.split()) if isinstance(value, str) else str(value)


def table_notes(columns: Columns) -> Sequence[str]:
    """Return a sentence about values that are not there, none where all are."""
    count = sum(map(_count_nan, columns.values()))
    return [f"{count} values are NaN and written as {MISSING[0]}"] if count else []


def _count_nan(values: Sequence[object]) -> int:
    return len([value for value in values if value != value])  # NaN alone differs from itself
