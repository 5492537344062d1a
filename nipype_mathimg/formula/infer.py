"""From a tree and the inputs' shapes to the typed graph: every mistake is found here."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.functions import FUNCTIONS
from nipype_mathimg.formula.functions.shapes import taken
from nipype_mathimg.formula.graph import Graph, Op
from nipype_mathimg.formula.lowering import MAX_AXES, Lowering, stepped
from nipype_mathimg.formula.nodes import (
    Attribute,
    Call,
    DTypeName,
    Index,
    Literal,
    Name,
    Node,
    Slice,
    postorder,
)
from nipype_mathimg.formula.nodes import (
    Sequence as SequenceNode,
)
from nipype_mathimg.formula.values import (
    Selected,
    Static,
    StaticSlice,
    Value,
    Values,
    describe,
    is_number,
)
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["Inferred", "Input", "infer"]

Input = ArraySpec | bool | int | float | complex | Sequence[float]
"""An image (its spec), a number, or a list of numbers."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """A formula whose every part has a shape, a dtype and axes.

    Parameters
    ----------
    formula : str
        The text.
    root : Op
        The result.
    ops : tuple of Op
        Everything that was met, operands before what uses them.
    """

    formula: str
    root: Op
    ops: tuple[Op, ...]


def infer(formula: str, tree: Node, inputs: Mapping[str, Input]) -> Inferred:
    """Infer shape, dtype, integer range and axes of every part of a formula.

    Parameters
    ----------
    formula : str
        The text, for messages.
    tree : Node
        What `parse` made of it.
    inputs : mapping
        For every name an `ArraySpec` (an image), a number, or a list of numbers.

    Raises
    ------
    FormulaError
        Something in the formula cannot be computed on these inputs; it is underlined.
    """
    low = Lowering(Graph(), formula)
    known: dict[int, Value] = {}
    for node in postorder(tree):
        low.span = node.span
        known[id(node)] = value = _value(low, node, known, inputs)
        if not isinstance(value, Op):
            low.spans[id(value)] = node.span
        _check_size(low, known[id(node)])
    low.span = tree.span
    root = low.array(known[id(tree)])
    return Inferred(formula, root, tuple(low.graph.ops))


def _check_size(low: Lowering, value: Value) -> None:
    if isinstance(value, Op) and value.ndim > MAX_AXES:
        raise low.fail(
            f"The result has {value.ndim} axes, of shape {value.shape}; the limit is {MAX_AXES}"
        )
    if isinstance(value, Op) and value.spec.size > 2**50:
        raise low.fail(f"The result of shape {value.shape} is larger than any disk")


def _value(
    low: Lowering, node: Node, known: dict[int, Value], inputs: Mapping[str, Input]
) -> Value:
    match node:
        case Literal():
            return Static(node.value)
        case DTypeName():
            return Static(np.dtype(node.name))
        case Name():
            return _input(low, node.name, inputs)
        case SequenceNode():
            return Values(tuple(known[id(item)] for item in node.items))
        case Slice():
            return _slice(low, node, known)
        case Attribute():
            return _attribute(low, known[id(node.base)], node.name)
        case Call():
            return _call(low, node, known)
        case Index():
            return _index(low, known[id(node.base)], [known[id(item)] for item in node.items])
    raise AssertionError(f"{type(node).__name__} has no inference")


def _input(low: Lowering, name: str, inputs: Mapping[str, Input]) -> Value:
    if name not in inputs:
        given = ", ".join(inputs) or "none"
        raise low.fail(
            f"`{name}` is not an input; the inputs are: {given}.{nearest(name, inputs)}"
        )
    given_input = inputs[name]
    if isinstance(given_input, ArraySpec):
        return low.graph.add(name, name, given_input, (), (), None, low.span)
    if isinstance(given_input, bool | int | float | complex):
        if isinstance(given_input, int) and abs(given_input) > sys.float_info.max:
            raise low.fail(f"The input `{name}` is too large a number for 64 bits")
        return Static(given_input)
    numbers = np.asarray(given_input)
    if numbers.ndim != 1 or numbers.dtype.kind not in "biufc" or not numbers.size:
        raise low.fail(
            f"The input `{name}` is neither an image nor a number nor a list of numbers"
        )
    return low.graph.constant_array(numbers, Axis(), low.span)


def _slice(low: Lowering, node: Slice, known: dict[int, Value]) -> StaticSlice:
    parts: list[int | None] = []
    for name, part in (("start", node.start), ("stop", node.stop), ("step", node.step)):
        value = None if part is None else known[id(part)]
        if value is None or (isinstance(value, Static) and value.value is None):
            parts.append(None)
        else:
            parts.append(low.integer(value, f"The {name} of a slice"))
    if parts[2] == 0:
        raise low.fail("The step of a slice cannot be 0")
    return StaticSlice(*parts)


def _attribute(low: Lowering, value: Value, name: str) -> Value:
    if name in ("real", "imag", "T"):
        function = FUNCTIONS["transpose" if name == "T" else name]
        attribute: Value = function(low, (value,))
        return attribute
    if isinstance(value, Selected):
        value = low.array(value)
    spec = low.array(value).spec
    if name == "shape":
        return Static(spec.shape)
    if name == "dtype":
        return Static(spec.dtype)
    return Static(spec.ndim if name == "ndim" else spec.size)


def _call(low: Lowering, node: Call, known: dict[int, Value]) -> Value:
    function = FUNCTIONS[node.function]
    args = [known[id(arg)] for arg in node.args]
    kwargs = [(name, known[id(arg)]) for name, arg in node.kwargs]
    result: Value = function(low, args, kwargs)
    return result


def _index(low: Lowering, base: Value, items: Sequence[Value]) -> Value:
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
        return low.looked_up(low.array(base), items[0])
    shape = base.value if isinstance(base, Static) else ()
    elements = base.items if isinstance(base, Values) else tuple(Static(n) for n in shape)
    if len(items) != 1:
        raise low.fail("A list takes one index")
    item = items[0]
    if isinstance(item, StaticSlice):
        return Values(elements[slice(item.start, item.stop, item.step)])
    return elements[low.axis(item, len(elements), "index")]


def _index_by_array(low: Lowering, op: Op, index: Op) -> Value:
    if index.type.is_bool:
        return _selected(low, op, index)
    if op.is_constant and op.ndim == 1:
        return low.looked_up(op, index)
    if index.is_constant:
        return taken(low, op, _whole_numbers(low, index), 0)
    raise low.fail(
        "An image can be an index only where it is True or False, as in `np.mean(img[mask > 0])`, "
        "or where a list of numbers is looked up, as in `table[labels]`"
    )


def _whole_numbers(low: Lowering, index: Op) -> list[int]:
    numbers = np.asarray(index.value)
    if numbers.dtype.kind not in "iu":
        raise low.fail("A list that is an index has to hold whole numbers")
    return [int(k) for k in numbers]


def _selected(low: Lowering, op: Op, mask: Op) -> Value:
    ndim = mask.ndim
    if mask.shape != op.shape[:ndim]:
        raise low.fail(f"A mask of shape {mask.shape} does not fit an image of shape {op.shape}")
    for own, other in zip(op.spec.axes[:ndim], mask.spec.axes, strict=True):
        if None not in (own.source, other.source) and own.source != other.source:
            raise low.fail(f"The {other.source} axis of the mask meets the {own.source} axis")
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
            axes.append(stepped(origin, start, step))
        elif isinstance(item, Values) or (isinstance(item, Op) and item.is_constant):
            lists.append((len(layout), _whole_numbers(low, low.array(item))))
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


def check_result(inferred: Inferred) -> None:
    """Refuse a result that is no image.

    Raises
    ------
    FormulaError
        The result is a plain number.
    """
    if not inferred.root.shape:
        raise FormulaError(
            "The result is a number, not an image; use MathValue (or math_value), or keep an "
            "image with `keepdims=True`.",
            inferred.formula,
        )
