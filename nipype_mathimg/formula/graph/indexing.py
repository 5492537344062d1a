"""What stands in brackets behind a value: slices, positions, masks, labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op, is_single_end
from nipype_mathimg.formula.graph.operands import (
    Entries,
    Selected,
    Static,
    StaticSlice,
    Value,
    Values,
    describe,
    is_number,
)
from nipype_mathimg.formula.graph.tables import entry, is_key
from nipype_mathimg.formula.kernels.along_axis import Take
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["indexed", "taken"]


def indexed(low: Lowering, base: Value, items: Sequence[Value]) -> Value:
    """Return ``base[items]``.

    Raises
    ------
    FormulaError
        This base cannot be indexed so.
    """
    if isinstance(base, Entries):
        return entry(low, base, items)
    for item in items:
        if is_key(item):
            raise low.wrong(
                item,
                f"A name in brackets picks a column of a table or an entry of a sidecar, and "
                f"there is {describe(base)} in front of them",
            )
    if isinstance(base, Values) or (isinstance(base, Static) and isinstance(base.value, tuple)):
        return _index_of_list(low, base, items)
    if isinstance(base, Selected):
        raise low.fail("A selection of voxels cannot be indexed; reduce it first")
    if is_number(base):
        raise low.fail("A number cannot be indexed")
    op = low.array(base)
    if len(items) == 1 and isinstance(items[0], Op) and items[0].ndim:
        return _index_by_array(low, op, items[0])
    return _basic_index(low, op, items)


def _index_of_list(low: Lowering, base: Value, items: Sequence[Value]) -> Value:
    if len(items) == 1 and isinstance(items[0], Op):
        table, index = low.array(base), items[0]
        if index.is_constant:
            return taken(low, table, _positions(low, index, table.shape[0]), 0)
        return low.looked_up(table, index)
    shape = base.value if isinstance(base, Static) else ()
    elements = base.items if isinstance(base, Values) else tuple(Static(n) for n in shape)
    if len(items) != 1:
        raise low.fail("A list takes one index")
    item = items[0]
    if isinstance(item, StaticSlice):
        return Values(elements[slice(item.start, item.stop, item.step)])
    return elements[low.axis(item, len(elements), "index")]


def _index_by_array(low: Lowering, op: Op, index: Op) -> Value:
    if index.type.is_bool and (index.ndim > 1 or not index.is_constant):
        return _selected(low, op, index)
    if op.is_constant and op.ndim == 1 and not index.is_constant:
        return low.looked_up(op, index)
    if index.is_constant:
        return taken(low, op, _positions(low, index, op.shape[0]), 0)
    raise low.fail(
        "An image can be an index only where it is True or False, as in `np.mean(img[mask > 0])`, "
        "or where a list of numbers is looked up, as in `table[labels]`"
    )


def _positions(low: Lowering, index: Op, length: int) -> list[int]:
    """Return the positions that a list picks: whole numbers, or where it is True."""
    numbers = np.asarray(index.value)
    if numbers.ndim != 1:
        raise low.fail(f"An index cannot be a matrix of shape {numbers.shape}")
    if numbers.dtype.kind == "b":
        if len(numbers) != length:
            raise low.fail(
                f"A list of {len(numbers)} True or False cannot be the index of an axis with "
                f"{length} elements; it has to say for each whether it is taken"
            )
        numbers = np.flatnonzero(numbers)
        if not numbers.size:
            raise low.fail("Nothing is taken: the list that is the index is False everywhere")
    if numbers.dtype.kind not in "iu":
        raise low.fail(
            "A list that is an index has to hold whole numbers, or True and False, as in "
            "`bold[..., bval < 50]`"
        )
    return [int(k) for k in numbers]


def _selected(low: Lowering, op: Op, mask: Op) -> Value:
    while mask.ndim > 1 and mask.shape != op.shape[: mask.ndim] and is_single_end(mask):
        # An axis of length 1 behind x, y and z is the same as none.
        mask = low.without_axis(mask, mask.ndim - 1)
    ndim = mask.ndim
    if mask.shape != op.shape[:ndim]:
        raise low.fail(f"A mask of shape {mask.shape} does not fit an image of shape {op.shape}")
    for own, other in zip(op.spec.axes[:ndim], mask.spec.axes, strict=True):
        if None not in (own.source, other.source) and own.source != other.source:
            raise low.fail(f"The {other.source} axis of the mask meets the {own.source} axis")
    low.note_meetings([op, mask])
    return Selected(op, mask, ndim)


def _basic_index(low: Lowering, op: Op, items: Sequence[Value]) -> Value:
    """Slice, pick and insert axes; a list of positions is taken along its axis."""
    items = _without_ellipsis(low, op, items)
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
                raise low.fail(f"A slice of an axis with {length} elements is empty")
            layout.append((axis, start, step, count))
            axes.append(origin.part(range(start, stop, step)))
        elif isinstance(item, Values) or (isinstance(item, Op) and item.is_constant):
            lists.append((len(layout), _positions(low, low.array(item), length)))
            layout.append((axis, 0, 1, length))
            axes.append(origin)
        else:
            fixed[axis] = _position(low, item, length)
        axis += 1
    result = low.graph.view(op, layout, fixed, axes, low.span)
    if len(lists) > 1:
        raise low.fail("Only one list can be an index at a time")
    for place, positions in lists:
        result = taken(low, result, positions, place)
    return result


def _without_ellipsis(low: Lowering, op: Op, items: Sequence[Value]) -> list[Value]:
    """Write an index out so that it says something for every axis."""
    dots = [k for k, item in enumerate(items) if isinstance(item, Static) and item.value is ...]
    new = sum(isinstance(item, Static) and item.value is None for item in items)
    named = len(items) - new - len(dots)
    if len(dots) > 1 or named > op.ndim:
        raise low.fail(f"There are {named} indices for an array with {op.ndim} axes")
    everything: list[Value] = [StaticSlice(None, None, None)] * (op.ndim - named)
    at = dots[0] if dots else len(items)
    return [*items[:at], *everything, *items[at + 1 :]]


def _position(low: Lowering, item: Value, length: int) -> int:
    if isinstance(item, Op) and item.type.is_bool:
        raise low.fail("A mask has to be the only index, as in `img[mask > 0]`")
    if not is_number(item) or isinstance(getattr(item, "value", None), bool):
        raise low.wrong(item, f"An index cannot be {describe(item)}")
    position = low.integer(item, "An index")
    if not -length <= position < length:
        raise low.wrong(item, f"Index {position} is outside of an axis with {length} elements")
    return position % length


def taken(low: Lowering, op: Op, indices: Sequence[int], axis: int) -> Op:
    """Take elements by their positions along an axis, as a view where they lie evenly.

    Parameters
    ----------
    low : Lowering
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
        raise low.fail(f"Index {wrong[0]} is outside of an axis with {length} elements")
    positions = tuple(k % length for k in indices)
    steps = {b - a for a, b in pairwise(positions)}
    if len(positions) == 1 or (len(steps) == 1 and 0 not in steps):
        return low.sliced(op, axis, positions[0], next(iter(steps), 1), len(positions))
    shape = (*op.shape[:axis], len(positions), *op.shape[axis + 1 :])
    axes = list(op.spec.axes)
    axes[axis] = axes[axis].part(positions)
    maps: list[AxisMap] = [Follow(k) for k in range(op.ndim)]
    maps[axis] = FULL
    spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    kernel = Take(axis, positions)
    whole = frozenset({axis})
    return low.graph.add(kernel, spec, [op], [tuple(maps)], low.span, whole=whole)
