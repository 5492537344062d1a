"""From a tree and the inputs' shapes to the typed graph: every mistake is found here."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nipype_mathimg.axis import shown_order
from nipype_mathimg.errors import nearest
from nipype_mathimg.formula.functions import FUNCTIONS, VOCABULARY, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Graph, Op
from nipype_mathimg.formula.graph.operands import (
    Entries,
    Length,
    Listed,
    Masked,
    Operand,
    Static,
    StaticSlice,
    Values,
)
from nipype_mathimg.formula.graph.shaping import MAX_AXES
from nipype_mathimg.formula.kernels.kernel import Input as Read
from nipype_mathimg.formula.language.parse import check_outputs
from nipype_mathimg.formula.language.tree import (
    Attribute,
    Call,
    DTypeName,
    Index,
    Literal,
    Name,
    Node,
    Program,
    Slice,
    Unit,
    postorder,
)
from nipype_mathimg.formula.language.tree import (
    Sequence as SequenceNode,
)
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import SPACE, Array, ArraySpec, Axis, FloatArray, Note

if TYPE_CHECKING:
    from nipype_mathimg.formula.graph.label_source import LabelSource

__all__ = ["Inferred", "Input", "infer"]

Input = (
    ArraySpec
    | bool
    | int
    | float
    | complex
    | Sequence[float]
    | Sequence[Sequence[float]]
    | Mapping[str, object]
    | Array
)
"""An image (its spec), a number, a list of numbers, a matrix (a list of its rows), a mapping from
names to such numbers (a table, a sidecar), or the weights of neighbours."""


class Inferred(Frozen):
    """A formula whose every part has a shape, a dtype and axes.

    Parameters
    ----------
    formula : str
        The text.
    results : mapping
        The results by their names; a single one may have an empty name.
    ops : tuple of Op
        Everything that was met, operands before what uses them.
    notes : tuple of Note
        What a user should know: parts on different grids whose values met.
    filed : mapping
        The results as they lie in files, where their axes stand in another order there.
    """

    formula: str
    results: Mapping[str, Op]
    ops: tuple[Op, ...]
    notes: tuple[Note, ...] = ()
    filed: Mapping[str, Op] = {}

    @property
    def root(self) -> Op:
        """The result of a formula that has one."""
        (result,) = self.results.values()
        return result


def infer(
    program: Program,
    inputs: Mapping[str, Input],
    outputs: Sequence[str] = (),
    stored: np.dtype[np.generic] | None = None,
    affine: FloatArray | None = None,
    functions: Mapping[str, Function] = FUNCTIONS,
    labels: LabelSource | None = None,
) -> Inferred:
    """Infer shape, dtype, integer range and axes of every part of a formula.

    Parameters
    ----------
    program : Program
        The formula.
    inputs : mapping
        For every name an `ArraySpec` (an image), a number, or a list of numbers.
    outputs : sequence of str
        The names that become results; the last line's value when empty.
    stored : numpy.dtype, optional
        In which the result is stored, where that is asked for.
    affine : ndarray of float64, (4, 4), optional
        Of the grid that all images share: voxel indices to mm.
    functions : mapping
        The function table.
    labels : LabelSource, optional
        What is known of label images, for functions that reduce by labels.

    Raises
    ------
    FormulaError
        Something in the formula cannot be computed on these inputs; it is underlined. Or an
        output is no name of the formula, or a line serves no result.
    """
    results = check_outputs(program, outputs)
    build = Builder(Graph(), program.formula, stored, affine, labels, _grid_of(inputs))
    given = _Given(inputs, functions)
    bound: dict[str, Operand] = {}
    for binding in program.bindings:
        bound[binding.name] = _inferred(build, binding.value, bound, given)
    spans = {binding.name: binding.value.span for binding in program.bindings}
    found: dict[str, Op] = {}
    for name in results:
        build.span = spans[name]
        found[name] = build.result(bound[name])
    filed = {name: build.in_file_order(op)[0] for name, op in found.items()}
    return Inferred(program.formula, found, tuple(build.graph.ops), tuple(build.notes), filed)


def _grid_of(inputs: Mapping[str, Input]) -> ArraySpec | None:
    """Return x, y and z of the first image that has them."""
    for spec in inputs.values():
        if isinstance(spec, ArraySpec):
            places = [k for k, axis in enumerate(spec.axes) if axis.is_space]
            if len(places) == len(SPACE):
                shape = tuple(spec.shape[k] for k in places)
                return ArraySpec(shape, spec.dtype, tuple(spec.axes[k] for k in places))
    return None


class _Given(Frozen):
    """What the names of a formula stand for."""

    inputs: Mapping[str, Input]
    functions: Mapping[str, Function]


def _inferred(build: Builder, tree: Node, bound: Mapping[str, Operand], given: _Given) -> Operand:
    """Return what one expression stands for."""
    # By identity: a node is a tuple, whose hash would walk everything below it.
    known: dict[int, Operand] = {}
    for node in postorder(tree):
        build.span = node.span
        if isinstance(node, Name) and node.name in bound:
            value = bound[node.name]
        else:
            value = build.known(_value(build, node, known, given))
        known[id(node)] = value
        # Equal parts are one value: what counts is where it was written last.
        build.spans[id(value)] = node.span
        _check_size(build, value)
    return known[id(tree)]


def _check_size(build: Builder, value: Operand) -> None:
    if isinstance(value, Op) and value.ndim > MAX_AXES:
        raise build.fail(
            f"The result has {value.ndim} axes, of shape {value.shape}; the limit is {MAX_AXES}"
        )
    # A petabyte even of single bytes, and still far from where sizes in bytes would leave int64.
    if isinstance(value, Op) and value.spec.size > 2**50:
        raise build.fail(f"The result of shape {value.shape} is larger than any disk")


def _value(build: Builder, node: Node, known: dict[int, Operand], given: _Given) -> Operand:
    match node:
        case Literal():
            return Static(node.value)
        case Unit():
            return Static(Length(1.0))
        case DTypeName():
            return Static(np.dtype(node.name))
        case Name():
            return _input(build, node.name, given.inputs)
        case SequenceNode():
            return Values(tuple(known[id(item)] for item in node.items))
        case Slice():
            return _slice(build, node, known)
        case Attribute():
            return _attribute(build, known[id(node.base)], node.name, given.functions)
        case Call():
            return _call(build, node, known, given.functions[node.function])
        case Index():
            from nipype_mathimg.formula.graph.indexing import indexed  # not in every formula

            return indexed(build, known[id(node.base)], [known[id(item)] for item in node.items])
    raise AssertionError(f"{type(node).__name__} has no inference")


def _input(build: Builder, name: str, inputs: Mapping[str, Input]) -> Operand:
    if name not in inputs:
        from nipype_mathimg.formula.language.names import meant

        given = ", ".join(inputs) or "none"
        raise build.fail(
            f"`{name}` is not an input; the inputs are: {given}.{nearest(name, inputs)}"
            f"{meant(VOCABULARY, name, build.formula)}"
        )
    given_input = inputs[name]
    if isinstance(given_input, ArraySpec):
        op = build.graph.add(Read(name), given_input, (), (), build.span)
        order = shown_order(given_input.axes)
        return op if order == tuple(range(op.ndim)) else build.permuted(op, order)
    if isinstance(given_input, bool | int | float | complex):
        if isinstance(given_input, int) and abs(given_input) > sys.float_info.max:
            raise build.fail(f"The input `{name}` is too large a number for 64 bits")
        return Static(given_input)
    if isinstance(given_input, Mapping):
        return Entries(name, given_input)
    from nipype_mathimg.formula.graph.tables import numbers_in  # most inputs are images

    numbers = numbers_in(given_input)
    if numbers is None:
        raise build.fail(
            f"The input `{name}` is neither an image nor a number nor a list of numbers"
        )
    return build.graph.constant_array(numbers, Axis(), build.span)


def _slice(build: Builder, node: Slice, known: dict[int, Operand]) -> StaticSlice:
    parts: list[int | None] = []
    for name, part in (("start", node.start), ("stop", node.stop), ("step", node.step)):
        value = None if part is None else known[id(part)]
        if value is None or (isinstance(value, Static) and value.value is None):
            parts.append(None)
        else:
            parts.append(build.integer(value, f"The {name} of a slice"))
    if parts[2] == 0:
        raise build.fail("The step of a slice cannot be 0")
    return StaticSlice(*parts)


def _attribute(
    build: Builder, value: Operand, name: str, functions: Mapping[str, Function]
) -> Operand:
    if name in ("real", "imag", "T"):
        function = functions["transpose" if name == "T" else name]
        result: Operand = function(build, (value,))
        return result
    if isinstance(value, Masked):
        value = build.array(value)
    if isinstance(value, Listed) and name == "size" and value.size is not None:
        return value.size
    from nipype_mathimg.formula.graph.attributes import attribute  # few formulas have one

    return attribute(build, build.array(value), name)


def _call(build: Builder, node: Call, known: dict[int, Operand], function: Function) -> Operand:
    args = [known[id(arg)] for arg in node.args]
    kwargs = [(name, known[id(arg)]) for name, arg in node.kwargs]
    result: Operand = function(build, args, kwargs)
    return result
