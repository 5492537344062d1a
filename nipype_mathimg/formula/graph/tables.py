"""Columns of tables and entries of sidecars, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import (
    Entries,
    Operand,
    Static,
    Values,
    describe,
    is_key,
)
from nipype_mathimg.formula.kernels.kernel import Scalar
from nipype_mathimg.spec import Array, Axis

__all__ = ["entry", "numbers_in"]

SHOWN = 8
"""So many names are shown of a table that lacks one."""


def entry(build: Builder, table: Entries, items: Sequence[Operand]) -> Operand:
    """Return ``table["name"]``, or the matrix ``table[["one", "other"]]``.

    Raises
    ------
    FormulaError
        There is no such entry, or it holds no numbers.
    """
    item = items[0]
    if len(items) != 1 or not is_key(item):
        what = "several indices" if len(items) != 1 else describe(item)
        raise build.fail(
            f"`{table.name}` is a table: it takes a name, as in "
            f'`{table.name}["{next(iter(table.entries), "name")}"]`, not {what}'
        )
    if isinstance(item, Values):
        columns = [_column(build, table, one) for one in item.items]
        if len({len(column) for column in columns}) > 1:
            raise build.fail("These entries are not equally long and make no matrix")
        return build.graph.constant_array(np.column_stack(columns), Axis(), build.span)
    name, found = _found(build, table, item)
    if isinstance(found, Mapping):
        return Entries(f'{table.name}["{name}"]', found)
    if isinstance(found, Scalar):
        return Static(found)
    return build.graph.constant_array(_numbers(build, table, item, found), Axis(), build.span)


def _found(build: Builder, table: Entries, item: Operand) -> tuple[str, object]:
    name = str(item.value) if isinstance(item, Static) else ""
    if name not in table.entries:
        names = ", ".join(list(table.entries)[:SHOWN])
        more = f" and {len(table.entries) - SHOWN} more" if len(table.entries) > SHOWN else ""
        hint = nearest(name, table.entries)
        raise build.wrong(
            item, f"`{table.name}` has no {name!r}; take one of: {names}{more}.{hint}"
        )
    return name, table.entries[name]


def _column(build: Builder, table: Entries, item: Operand) -> Array:
    _, found = _found(build, table, item)
    numbers = _numbers(build, table, item, found)
    if numbers.ndim != 1:
        raise build.wrong(item, "A column of a matrix has to be a list of numbers")
    return numbers


def _numbers(build: Builder, table: Entries, item: Operand, found: object) -> Array:
    numbers = numbers_in(found)
    if numbers is None:
        raise _no_numbers(build, table, item, found)
    return numbers


def numbers_in(value: object) -> Array | None:
    """Return a list of numbers, a matrix or weights as an array, None for anything else."""
    try:
        numbers = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    good = numbers.ndim > 0 and numbers.dtype.kind in "biufc" and numbers.size > 0
    return numbers if good else None


def _no_numbers(build: Builder, table: Entries, item: Operand, found: object) -> FormulaError:
    texts = found if isinstance(found, list) else [found]
    first = next((text for text in texts if not isinstance(text, Scalar)), found)
    name = item.value if isinstance(item, Static) else ""
    return build.wrong(
        item,
        f"{name!r} of `{table.name}` holds {first!r:.40}, which is no number; correct it there, "
        "or name another entry",
    )
