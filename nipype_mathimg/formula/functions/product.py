"""Products with a matrix of numbers, and how such a matrix is read."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.functions.operand import floating_dtype
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, describe
from nipype_mathimg.formula.kernels.time_series import Product
from nipype_mathimg.formula.types.numtype import NumType, fit
from nipype_mathimg.formula.types.regions import FULL, Follow
from nipype_mathimg.spec import Array, ArraySpec, Axis

__all__ = ["ROWS", "numbers_known"]

EXACT = 2**53
"""Up to here float64 holds every whole number."""


def numbers_known(build: Builder, value: Operand, what: str) -> Array:
    """Return numbers that are known beforehand: a list, or a matrix."""
    op = build.array(value)
    if not op.is_constant or op.ndim not in (1, 2) or op.type.is_complex:
        given = f"`{build.text(op)}`" if isinstance(value, Op) else describe(value)
        raise build.wrong(
            value,
            f"{what} have to be numbers known beforehand, a matrix with one row for each volume "
            f"(or one list), not {given}",
        )
    return np.asarray(op.value)


def _matmul(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["x1"])
    if op.is_constant and not build.array(args["x2"]).is_constant:
        raise build.fail(
            "The matrix stands on the right of `@`, with one row for each volume, as in `bold @ X`"
        )
    numbers = numbers_known(build, args["x2"], "What stands on the right of `@`")
    matrix = numbers if numbers.ndim == 2 else numbers[:, None]
    _check_product(build, op, args["x2"], matrix.shape)
    axis = op.ndim - 1
    number = _product_type(op, matrix)
    axes = (*op.spec.axes[:-1], Axis())
    spec = ArraySpec((*op.shape[:-1], matrix.shape[1]), number.dtype, axes, number.bounds)
    table = build.graph.constant_array(np.ascontiguousarray(matrix), Axis(), build.span)
    kernel = Product("matmul", axis, number.dtype)
    maps = [(*map(Follow, range(axis)), FULL), (FULL, FULL)]
    result = build.graph.add(kernel, spec, [op, table], maps, build.span, whole=frozenset({axis}))
    return result if numbers.ndim == 2 else build.without_axis(result, axis)


def _check_product(build: Builder, op: Op, matrix: Operand, shape: tuple[int, ...]) -> None:
    """Refuse a product whose axes do not fit."""
    if not op.shape or op.type.is_complex:
        raise build.fail(
            "`@` takes an image of real numbers on its left and a matrix on its right"
        )
    if op.spec.axes[-1].is_space:
        raise build.fail(
            f"`@` takes the last axis away, which is {op.spec.axes[-1].source} of "
            f"`{build.text(op)}`; the left side has to be a series of volumes"
        )
    if shape[0] != op.shape[-1]:
        hint = "; transpose it, as in `bold @ X.T`" if shape[1] == op.shape[-1] else ""
        raise build.wrong(
            matrix,
            f"The matrix on the right of `@` has {shape[0]} rows, and the last axis of "
            f"`{build.text(op)}` has {op.shape[-1]} elements{hint}",
        )


def _product_type(op: Op, matrix: Array) -> NumType:
    """Return the type of a product: whole numbers where float64 gives them exactly."""
    bounds = op.spec.bounds
    if bounds is not None and matrix.dtype.kind in "biu":
        largest = max(abs(bounds[0]), abs(bounds[1]))
        # A bound of the sum of magnitudes, so that every
        # partial sum is exact, in whichever order BLAS adds.
        most = largest * max(sum(abs(int(v)) for v in column) for column in matrix.T)
        dtype = fit((-most, most))
        if most <= EXACT and dtype is not None:
            return NumType(dtype, (-most, most))
    return NumType(floating_dtype(op))


ROWS: tuple[Function, ...] = (Function("matmul", "x1, x2", _matmul),)
"""The rows of the function table that multiply with a matrix."""
