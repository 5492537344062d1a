"""Functions that are applied voxel by voxel, whatever they compute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import (
    Masked,
    Operand,
    Static,
    describe,
    is_key,
    is_length,
    is_number,
    python_number,
)
from nipype_mathimg.formula.kernels.kernel import MakeKernel, Scalar
from nipype_mathimg.formula.types.numtype import NumType, fit, type_of_number
from nipype_mathimg.formula.types.promotion import Rule, RuleError
from nipype_mathimg.formula.types.regions import broadcast_maps
from nipype_mathimg.spec import ArraySpec

__all__ = ["voxelwise"]


def voxelwise(
    build: Builder,
    name: str,
    args: Sequence[Operand],
    rule: Rule,
    make: MakeKernel,
) -> Operand:
    """Apply a function to every voxel of operands that are aligned by their axes.

    Parameters
    ----------
    build : Builder
        Receives the operation.
    name : str
        Name of the function.
    args : sequence of Operand
        Images, numbers, or selections with one mask.
    rule : callable
        From the operands' types to the type of the result.
    make : callable
        From the types of the result and of the operands to the kernel. A selection is computed
        with the axes of its image; a call on numbers alone is computed at once.

    Returns
    -------
    Op, Masked or Static
        As the operands are: an array when one of them is, else a selection, else a number.

    Raises
    ------
    FormulaError
        The operands cannot be aligned, the rule refuses their types, selections meet that were
        made with different masks, or a number does not fit into 64 bits.
    """
    if name in ("equal", "not_equal") and any(map(is_key, args)):
        args = _with_labels(build, args)
    if any(map(is_length, args)):
        from nipype_mathimg.formula.graph.lengths import of_lengths  # few formulas have one

        return of_lengths(build, name, tuple(args))
    if any(isinstance(arg, Masked) for arg in args):
        return _of_masked(build, name, args, rule, make)
    if all(is_number(arg) for arg in args):
        return _folded(build, name, args, rule, make)
    ops = build.aligned([build.array(arg) for arg in args])
    types = [op.type for op in ops]
    number = _ruled(build, name, rule, types)
    shape, axes = build.joint(ops)
    spec = ArraySpec(shape, number.dtype, axes, number.bounds, number.wide)
    maps = [broadcast_maps(op.shape, shape) for op in ops]
    return build.graph.add(make(number, types), spec, ops, maps, build.span, weak=not shape)


def _with_labels(build: Builder, args: Sequence[Operand]) -> list[Operand]:
    """Return the numbers of labels for their names: ``seg == "Left-Hippocampus"``."""
    from nipype_mathimg.formula.graph.parcels import label_named  # few formulas have names

    images = [arg.op if isinstance(arg, Masked) else arg for arg in args]
    image = next((op for op in images if isinstance(op, Op)), None)
    if image is None:
        raise build.fail("A text is compared with a label image, whose labels have names")
    return [label_named(build, image, arg) if is_key(arg) else arg for arg in args]


def _ruled(build: Builder, name: str, rule: Rule, types: Sequence[NumType]) -> NumType:
    try:
        return rule(types)
    except RuleError as error:
        raise build.fail(f"np.{name}: {error}") from None


def _folded(
    build: Builder,
    name: str,
    args: Sequence[Operand],
    rule: Rule,
    make: MakeKernel,
) -> Static:
    numbers = [_in_64_bits(python_number(a.value)) for a in args if isinstance(a, Static)]
    types = [type_of_number(number) for number in numbers]
    number = _ruled(build, name, rule, types)
    with np.errstate(all="ignore"):
        arrays = [np.asarray(n, t.dtype) for n, t in zip(numbers, types, strict=True)]
        # By the kernel that voxels would take: a number has the bits of an image that holds it.
        result = np.asarray(make(number, types).compute(arrays, (), [()] * len(args))).item()
    # Only these overflow by mistake: np.log(0) and 1 / 0 are meant to be infinite.
    grown = name in ("add", "subtract", "multiply", "power") and np.all(np.isfinite(numbers))
    if grown and np.isinf(result):
        raise build.fail("The result is too large a number for 64 bits")
    return Static(result)


def _of_masked(
    build: Builder, name: str, args: Sequence[Operand], rule: Rule, make: MakeKernel
) -> Operand:
    selections = [arg for arg in args if isinstance(arg, Masked)]
    first = selections[0]
    inner: list[Operand] = []
    for arg in args:
        if isinstance(arg, Masked):
            if not first.same_selection(arg):
                raise build.fail(_unlike(build, first, arg))
            inner.append(arg.op)
        elif is_number(arg) or (isinstance(arg, Op) and not arg.shape):
            inner.append(arg)
        else:
            raise build.fail(
                f"A selection of {first.many} meets {describe(arg)}; select it with the same mask"
            )
    result = voxelwise(build, name, inner, rule, make)
    if not isinstance(result, Op):
        raise build.fail(f"A selection of {first.many} cannot be used here")
    return Masked(result, first.mask, first.covered)


def _unlike(build: Builder, first: Masked, other: Masked) -> str:
    """Return what is said of selections of different places."""
    masks = [build.text(one.mask) for one in (first, other) if one.mask is not None]
    if not masks:
        shapes = " and ".join(" x ".join(map(str, one.op.shape)) for one in (first, other))
        return f"Two flattened arrays meet, of {shapes}; combine them first, then flatten"
    many = first.many.capitalize()
    if len(masks) == 1:
        return f"{many} selected by `{masks[0]}` meet a flattened array; select both with one mask"
    return (
        f"{many} selected by `{masks[0]}` meet others, selected by `{masks[1]}`; select both with "
        "one mask"
    )


def _in_64_bits(number: Scalar) -> Scalar:
    """Return a whole number that has more than 64 bits as a float: NumPy would hold an object."""
    if isinstance(number, int) and fit((int(number), int(number))) is None:
        return float(number)
    return number
