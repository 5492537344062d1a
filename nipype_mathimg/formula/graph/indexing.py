"""What stands in brackets behind a value: slices, positions, masks, labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op, is_single_end
from nipype_mathimg.formula.graph.operands import (
    Entries,
    Masked,
    Operand,
    Static,
    StaticSlice,
    Values,
    describe,
    is_key,
    is_number,
)
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["indexed", "taken"]


def indexed(build: Builder, base: Operand, items: Sequence[Operand]) -> Operand:
    """Return ``base[items]``.

    Raises
    ------
    FormulaError
        This base cannot be indexed so.
    """
    if isinstance(base, Entries):
        from nipype_mathimg.formula.graph.tables import entry  # few formulas have a table

        return entry(build, base, items)
    for item in items:
        if is_key(item):
            raise build.wrong(
                item,
                f"A name in brackets picks a column of a table or an entry of a sidecar, and "
                f"there is {describe(base)} in front of them",
            )
    if isinstance(base, Values) or (isinstance(base, Static) and isinstance(base.value, tuple)):
        return _index_of_list(build, base, items)
    if isinstance(base, Masked):
        raise build.fail(f"A selection of {base.many} cannot be indexed; reduce it first")
    if is_number(base):
        raise build.fail("A number cannot be indexed")
    op = build.array(base)
    if len(items) == 1 and isinstance(items[0], Op) and items[0].ndim:
        return _index_by_array(build, op, items[0])
    return _basic_index(build, op, items)


def _index_of_list(build: Builder, base: Operand, items: Sequence[Operand]) -> Operand:
    if len(items) == 1 and isinstance(items[0], Op):
        table, index = build.array(base), items[0]
        if index.is_constant:
            return taken(build, table, _positions(build, index, table.shape[0]), 0)
        return _looked_up(build, table, index)
    shape = base.value if isinstance(base, Static) else ()
    elements = base.items if isinstance(base, Values) else tuple(Static(n) for n in shape)
    if len(items) != 1:
        raise build.fail("A list takes one index")
    item = items[0]
    if isinstance(item, StaticSlice):
        return Values(elements[slice(item.start, item.stop, item.step)])
    return elements[build.axis(item, len(elements), "index")]


def _looked_up(build: Builder, table: Op, index: Op) -> Operand:
    from nipype_mathimg.formula.graph.labels import looked_up  # few formulas have labels

    return looked_up(build, table, index)


def _index_by_array(build: Builder, op: Op, index: Op) -> Operand:
    if index.type.is_bool and (index.ndim > 1 or not index.is_constant):
        return _selected(build, op, index)
    if op.ndim and op.spec.axes[0].parcels and not index.is_constant:
        from nipype_mathimg.formula.graph.parcels import spread  # few formulas have regions

        return spread(build, op, index)
    if op.is_constant and op.ndim == 1 and not index.is_constant:
        return _looked_up(build, op, index)
    if index.is_constant:
        return taken(build, op, _positions(build, index, op.shape[0]), 0)
    raise build.fail(
        "An image can be an index only where it is True or False, as in `np.mean(img[mask > 0])`, "
        "or where a list of numbers is looked up, as in `table[labels]`"
    )


def _positions(build: Builder, index: Op, length: int) -> list[int]:
    """Return the positions that a list picks: whole numbers, or where it is True."""
    if not index.is_constant:
        raise build.fail("A list that is an index has to hold numbers that are known beforehand")
    numbers = np.asarray(index.value)
    if numbers.ndim != 1:
        raise build.fail(f"An index cannot be a matrix of shape {numbers.shape}")
    if numbers.dtype.kind == "b":
        if len(numbers) != length:
            raise build.fail(
                f"A list of {len(numbers)} True or False cannot be the index of an axis with "
                f"{length} elements; give one for each, which says whether it is taken"
            )
        numbers = np.flatnonzero(numbers)
        if not numbers.size:
            raise build.fail(
                "Nothing is taken: the list that is the index is False everywhere; choose a "
                "condition that holds somewhere"
            )
    if numbers.dtype.kind not in "iu":
        raise build.fail(
            "A list that is an index has to hold whole numbers, or True and False, as in "
            "`bold[..., bval < 50]`"
        )
    return [int(k) for k in numbers]


def _selected(build: Builder, op: Op, mask: Op) -> Operand:
    while mask.ndim > 1 and mask.shape != op.shape[: mask.ndim] and is_single_end(mask):
        # An axis of length 1 behind x, y and z is the same as none.
        mask = build.without_axis(mask, mask.ndim - 1)
    ndim = mask.ndim
    if mask.shape != op.shape[:ndim]:
        raise build.fail(f"A mask of shape {mask.shape} does not fit an image of shape {op.shape}")
    for own, other in zip(op.spec.axes[:ndim], mask.spec.axes, strict=True):
        if None not in (own.source, other.source) and own.source != other.source:
            raise build.fail(f"The {other.source} axis of the mask meets the {own.source} axis")
    build.note_meetings([op, mask])
    return Masked(op, mask, ndim)


def _basic_index(build: Builder, op: Op, items: Sequence[Operand]) -> Operand:
    """Slice, pick and insert axes; a list of positions is taken along its axis."""
    items = _without_ellipsis(build, op, items)
    layout: list[tuple[int | None, int, int, int]] = []
    axes: list[Axis] = []
    fixed: dict[int, int] = {}
    lists: list[tuple[int, Sequence[int]]] = []
    axis = 0
    for item in items:
        if isinstance(item, Static) and item.value is None:
            layout.append((None, 0, 1, 1))
            axes.append(Axis())
            continue
        length, origin = op.shape[axis], op.spec.axes[axis]
        if isinstance(item, StaticSlice):
            start, stop, step = slice(item.start, item.stop, item.step).indices(length)
            count = len(range(start, stop, step))
            if not count:
                raise build.fail(
                    f"A slice of an axis with {length} elements is empty; take places from 0 to "
                    f"{length - 1}"
                )
            layout.append((axis, start, step, count))
            axes.append(origin.part(range(start, stop, step)))
        elif isinstance(item, Values) or (isinstance(item, Op) and item.is_constant):
            lists.append((len(layout), _positions(build, build.array(item), length)))
            layout.append((axis, 0, 1, length))
            axes.append(origin)
        else:
            fixed[axis] = _position(build, item, length)
        axis += 1
    result = build.graph.view(op, layout, fixed, axes, build.span)
    if len(lists) > 1:
        raise build.fail("Only one list can be an index at a time")
    # Last: a list keeps its axis in place, so the places noted above still hold.
    for place, positions in lists:
        result = taken(build, result, positions, place)
    return result


def _without_ellipsis(build: Builder, op: Op, items: Sequence[Operand]) -> list[Operand]:
    """Write an index out so that it says something for every axis."""
    dots = [k for k, item in enumerate(items) if isinstance(item, Static) and item.value is ...]
    new = sum(isinstance(item, Static) and item.value is None for item in items)
    named = len(items) - new - len(dots)
    if len(dots) > 1 or named > op.ndim:
        raise build.fail(f"There are {named} indices for an array with {op.ndim} axes")
    everything: list[Operand] = [StaticSlice(None, None, None)] * (op.ndim - named)
    at = dots[0] if dots else len(items)
    return [*items[:at], *everything, *items[at + 1 :]]


def _position(build: Builder, item: Operand, length: int) -> int:
    if isinstance(item, Op) and item.type.is_bool:
        raise build.fail("A mask has to be the only index, as in `img[mask > 0]`")
    if not is_number(item) or isinstance(getattr(item, "value", None), bool):
        raise build.wrong(item, f"An index cannot be {describe(item)}")
    position = build.integer(item, "An index")
    if not -length <= position < length:
        raise build.wrong(item, _outside(position, length))
    return position % length


def _outside(position: int, length: int) -> str:
    return (
        f"Index {position} is outside of an axis with {length} elements; take one from {-length} "
        f"to {length - 1}"
    )


def taken(build: Builder, op: Op, indices: Sequence[int], axis: int) -> Op:
    """Take elements by their positions along an axis, as a view where they lie evenly.

    Parameters
    ----------
    build : Builder
        Receives the operation.
    op : Op
        The operand.
    indices : sequence of int
        Which elements; negative ones count from the end.
    axis : int
        Along which axis, counted from 0.

    Raises
    ------
    FormulaError
        An index is outside of the axis.
    """
    length = op.shape[axis]
    wrong = [k for k in indices if not -length <= k < length]
    if wrong:
        raise build.fail(_outside(wrong[0], length))
    positions = tuple(k % length for k in indices)
    # Even steps make a view, which leaves the axis free
    # to be cut; a repeated position (step 0) is none.
    steps = {b - a for a, b in pairwise(positions)}
    if len(positions) == 1 or (len(steps) == 1 and 0 not in steps):
        return build.sliced(op, axis, positions[0], next(iter(steps), 1), len(positions))
    shape = (*op.shape[:axis], len(positions), *op.shape[axis + 1 :])
    axes = list(op.spec.axes)
    axes[axis] = axes[axis].part(positions)
    maps: list[AxisMap] = [Follow(k) for k in range(op.ndim)]
    maps[axis] = FULL
    spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    from nipype_mathimg.formula.kernels.along_axis import Take  # slices are views

    kernel = Take(axis, positions)
    whole = frozenset({axis})
    return build.graph.add(kernel, spec, [op], [tuple(maps)], build.span, whole=whole)
