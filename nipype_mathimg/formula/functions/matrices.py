"""A symmetric matrix in every voxel: diffusion tensors, their eigenvalues and eigenvectors.

``symmetric(dti)`` makes the matrices, of three axes (x, y, z) more two: ``dti[..., k]`` holds
their elements in the order of a file. With ``w = np.linalg.eigvalsh(symmetric(dti))`` the axial
diffusivity is ``w[..., 2]``, the radial one ``np.mean(w[..., :2], axis=-1)``.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.index import TRIANGLES
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.indexing import taken
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Values
from nipype_mathimg.formula.kernels.eigen import Eigen
from nipype_mathimg.formula.types.numtype import inexact
from nipype_mathimg.formula.types.regions import FULL, Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]


def _places(order: str, n: int) -> list[tuple[int, int]]:
    """Return rows and columns of the elements, in the order of a file."""
    if order == "diagonal":
        above = [(i, j) for i in range(n) for j in range(i + 1, n)]
        return [(i, i) for i in range(n)] + above
    upper = [(i, j) for i in range(n) for j in range(i, n)]
    return upper if order == "upper" else [(j, i) for i in range(n) for j in range(i + 1)]


def _symmetric(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    order = build.word(args["order"], "order", TRIANGLES)
    count = op.shape[-1] if op.shape else 1
    n = math.isqrt(2 * count)
    if n * (n + 1) // 2 != count:
        raise build.wrong(
            args["a"],
            f"symmetric: the last axis has {count} elements; those of a matrix are 3 (2 x 2), "
            "6 (3 x 3), 10 (4 x 4) ...",
        )
    place = {}
    for k, (i, j) in enumerate(_places(order, n)):
        place[i, j] = place[j, i] = k
    rows = [taken(build, op, [place[i, j] for j in range(n)], op.ndim - 1) for i in range(n)]
    return build.stacked([_without_source(build, row) for row in rows], op.ndim - 1)


def _without_source(build: Builder, op: Op) -> Op:
    """Return an array whose last axis is a new one: columns of matrices are no volumes."""
    layout = [(k, 0, 1, n) for k, n in enumerate(op.shape)]
    return build.graph.view(op, layout, {}, [*op.spec.axes[:-1], Axis()], build.span)


def _eigen(name: str, build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    if op.ndim < 2 or op.shape[-1] != op.shape[-2] or op.type.is_complex:
        raise build.wrong(
            args["a"],
            f"np.{name} takes real square matrices along the last two axes, and there is the "
            f"shape {op.shape}; `symmetric(dti)` makes them of the six components of a tensor",
        )
    upper = build.word(args["UPLO"], "UPLO", ("L", "U")) == "U"
    values = _half(build, name, op, upper, vectors=False)
    if name == "linalg.eigvalsh":
        return values
    return Values((values, _half(build, name, op, upper, vectors=True)), "np.linalg.eigh")


def _half(build: Builder, name: str, op: Op, upper: bool, *, vectors: bool) -> Op:
    dtype = np.dtype(inexact([op.type]))
    outer = op.ndim - 2
    added = 1 + vectors
    shape = (*op.shape[:outer], *op.shape[-1:] * added)
    spec = ArraySpec(shape, dtype, (*op.spec.axes[:outer], *(Axis(),) * added))
    maps = [(*map(Follow, range(outer)), FULL, FULL)]
    whole = frozenset(range(outer, outer + added))
    return build.graph.add(
        Eigen(name, vectors, upper, dtype), spec, [op], maps, build.span, whole=whole
    )


ROWS: tuple[Function, ...] = (
    *(
        Function(name, "a, UPLO='L'", partial(_eigen, name))
        for name in ("linalg.eigvalsh", "linalg.eigh")
    ),
    Function("symmetric()", "a, order='upper'", _symmetric),
)
"""The rows of the function table for a matrix in every voxel."""
