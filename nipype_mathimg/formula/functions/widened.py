"""Functions that are computed in float64 also where their result is float32.

In float32 they lose more than 8 units in the last place for some operands: near a pole of `tan` a
rounded operand is another value, `sinc` rounds pi times its operand, and the sums within
`logaddexp` cancel. Twice the time (for `sinc` nine times, 0.15 us a voxel) is the price; `sin` and
`cos`, which have no poles, would take fourteen times as long and stay in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand
from nipype_mathimg.formula.graph.voxelwise import voxelwise
from nipype_mathimg.formula.kernels import pointwise
from nipype_mathimg.formula.types import promotion
from nipype_mathimg.formula.types.promotion import Rule

__all__ = ["ROWS"]

_NARROW = np.dtype(np.float32)
_WIDE = np.dtype(np.float64)


def _in_float64(build: Builder, value: Operand) -> Operand:
    """Return a float32 operand in float64, with the arithmetic that gives it in float64 too."""
    if isinstance(value, Masked):
        return Masked(_widened(build, value.op), value.mask, value.covered)
    return _widened(build, value) if isinstance(value, Op) else value


def _widened(build: Builder, op: Op) -> Op:
    # The bottom of a long chain is widened first: Python would end a deep recursion.
    found: dict[int, Op] = {}
    for one in _chain(op):
        if one.spec.dtype != _NARROW:
            found[one.index] = one
        elif isinstance(one.kernel, pointwise.Apply) and one.kernel.dtype == _NARROW:
            kernel = pointwise.Apply(one.kernel.name, one.kernel.ufunc, _WIDE)
            args = [found[arg.index] for arg in one.args]
            spec = one.spec.changed(dtype=_WIDE)
            found[one.index] = build.graph.add(kernel, spec, args, one.maps, one.span)
        else:
            found[one.index] = build.array(converted(build, one, _WIDE))
    return found[op.index]


def _chain(op: Op) -> list[Op]:
    """Return what is to be widened, operands before what uses them."""
    found: dict[int, Op] = {}
    stack = [op]
    while stack:
        one = stack.pop()
        if one.index not in found:
            found[one.index] = one
            if isinstance(one.kernel, pointwise.Apply) and one.kernel.dtype == _NARROW:
                stack += one.args
    return [found[index] for index in sorted(found)]


def _row(
    name: str,
    function: Callable[..., Any],
    rule: Rule,
    signature: str,
    make: pointwise.Making = pointwise.typed,
) -> Function:
    def lower(build: Builder, args: Arguments) -> Operand:
        values = list(args.values())
        wide = voxelwise(
            build,
            name,
            [_in_float64(build, value) for value in values],
            rule,
            make(name, function),
        )
        ops = [v.op if isinstance(v, Masked) else v for v in values]
        kinds = {op.spec.dtype for op in ops if isinstance(op, Op) and not op.weak}
        return converted(build, wide, _NARROW) if kinds == {_NARROW} else wide

    return Function(name, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("tan", np.tan, promotion.floating, "x"),
    _row("sinc", np.sinc, promotion.floating, "x", pointwise.in_result_type),
    _row("logaddexp", np.logaddexp, promotion.real_floating, "x1, x2"),
    _row("logaddexp2", np.logaddexp2, promotion.real_floating, "x1, x2"),
)
"""The rows of the function table that are computed in float64."""
