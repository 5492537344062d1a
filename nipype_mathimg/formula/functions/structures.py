"""Structures: which neighbours of a voxel a function looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import Space, neighbour_row
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import (
    Length,
    Operand,
    Static,
    Structure,
    Values,
    describe,
    is_number,
)
from nipype_mathimg.spec import Array

__all__ = ["ROUNDING", "ROWS", "Box", "cells_of", "matrix_of", "nested"]

ROUNDING = 1e-6
"""Voxel sizes come from an affine of 24 bits: a distance may be larger by so much."""

MOST_CELLS = 1 << 18
"""A ball of 31 voxels. A structure is a part of its kernel's identity, cell by cell: so many take
half a second to plan."""


_EXAMPLES = (
    "a structure, as `ball(4*mm)`, `box(3)` or `ndimage.generate_binary_structure(3, 2)`, or a "
    "list of lists of numbers"
)


class Shape(Structure):
    """A structure that knows its cells."""

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return where its cells are.

        Parameters
        ----------
        build : Builder
            For messages.
        value : Operand
            Where it stands in the formula.
        space : Space
            The axes of the function that it is given to.
        """
        raise NotImplementedError


class Ball(Shape):
    """The voxels that are not further than a radius from the middle.

    Parameters
    ----------
    radius : float or Length
        Radius in voxels, or in mm.
    """

    radius: float | Length

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return where x^2 + y^2 + z^2 <= r^2, as `skimage.morphology.ball` has it."""
        radii = space.voxels(build, Static(self.radius), "The radius of a ball")
        far = _reach(build, value, radii)
        distance: Array = np.zeros([2 * n + 1 for n in far])
        for k, (n, radius) in enumerate(zip(far, radii, strict=True)):
            # A radius of 0 leaves the middle alone, which is 0 away whatever it is divided by.
            steps = np.arange(-n, n + 1) / (radius or 1)
            distance = distance + (steps**2).reshape(_along(k, len(far)))
        # Twice: squares have twice the relative error.
        return np.asarray(distance <= 1 + 2 * ROUNDING)


class ItkBall(Shape):
    """The ball of ITK, which ANTs and c3d use: of a radius that is half a voxel larger.

    Parameters
    ----------
    radius : float or Length
        Radius in voxels, or in mm; the whole voxels of it count.
    """

    radius: float | Length

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return where the sum of (x / (r + 1/2))^2 is at most 1."""
        radii = space.voxels(build, Static(self.radius), "The radius of a ball")
        far = _reach(build, value, radii)
        distance: Array = np.zeros([2 * n + 1 for n in far])
        for k, n in enumerate(far):
            steps = np.arange(-n, n + 1) / (n + 0.5)
            distance = distance + (steps**2).reshape(_along(k, len(far)))
        return np.asarray(distance <= 1)


class Box(Shape):
    """All voxels of a window.

    Parameters
    ----------
    width : int or Length
        Voxels along each axis, or mm.
    """

    width: float | Length

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return the window."""
        widths = space.widths(build, Static(self.width), "The width of a box")
        _check_cells(build, value, widths)
        return np.ones(widths, bool)


class Cross(Shape):
    """The voxels of a window that differ from the middle along one axis only.

    Parameters
    ----------
    width : int or Length
        Voxels along each axis, an odd number, or mm.
    """

    width: float | Length

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return the arms of the cross."""
        widths = space.widths(build, Static(self.width), "The width of a cross")
        if not all(n % 2 for n in widths):
            raise build.wrong(value, "The width of a cross has to be odd: it has a middle")
        _check_cells(build, value, widths)
        away = sum(abs(np.arange(n) - n // 2).reshape(_along(k, len(widths))) > 0
                   for k, n in enumerate(widths))  # fmt: skip
        return np.asarray(away) <= 1


class Cells(Shape):
    """A structure that is known cell by cell.

    Parameters
    ----------
    table : tuple
        Nested tuples of True and False.
    """

    table: object

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return the cells."""
        return np.asarray(self.table, bool)


class Iterated(Shape):
    """A structure that is dilated by itself.

    Parameters
    ----------
    inner : Shape
        What is dilated.
    times : int
        How often it is applied.
    """

    inner: Shape
    times: int

    def cells(self, build: Builder, value: Operand, space: Space) -> Array:
        """Return the structure of so many steps at once."""
        # Only formulas that use it wait for SciPy.
        from nipype_mathimg.formula.kernels.scipy_modules import ndimage

        inner = self.inner.cells(build, value, space)
        _check_cells(build, value, [(n - 1) * self.times + 1 for n in inner.shape])
        return np.asarray(ndimage.iterate_structure(inner, self.times))


def _reach(build: Builder, value: Operand, radii: Sequence[float]) -> list[int]:
    """Return how many voxels a ball reaches from its middle along each axis."""
    _check_cells(build, value, [2 * radius + 1 for radius in radii])
    return [math.floor(radius * (1 + ROUNDING)) for radius in radii]


def _check_cells(build: Builder, value: Operand, lengths: Sequence[float]) -> None:
    # Not `>`: NaN is no size either.
    if not math.prod(lengths) <= MOST_CELLS:
        raise build.wrong(value, f"A structure may have up to {MOST_CELLS} cells")


def _along(axis: int, ndim: int) -> tuple[int, ...]:
    return tuple(-1 if k == axis else 1 for k in range(ndim))


def nested(array: Array) -> object:
    """Return an array as nested tuples, which can be compared."""
    return _tuples(array.tolist())


def _tuples(items: object) -> object:
    return tuple(map(_tuples, items)) if isinstance(items, list) else items


def matrix_of(build: Builder, value: Operand, what: str) -> Array:
    """Return a number, a list of numbers or a list of lists as an array."""
    if isinstance(value, Values) and value.items:
        items = [matrix_of(build, item, what) for item in value.items]
        if len({item.shape for item in items}) > 1:
            raise build.wrong(value, f"{what} has lists of different lengths")
        return np.stack(items)
    if isinstance(value, Op) and value.is_constant:
        return np.asarray(value.value)
    if isinstance(value, Static) and is_number(value):
        return np.asarray(value.value)
    raise _no_structure(build, value, what)


def _no_structure(build: Builder, value: Operand, what: str, otherwise: str = "") -> FormulaError:
    return build.wrong(value, f"{what} is {describe(value)}; it has to be {_EXAMPLES}{otherwise}")


def cells_of(
    build: Builder, value: Operand, space: Space, what: str, otherwise: str = ""
) -> Array:
    """Return a structure for the axes in which a function acts.

    A number is refused, with `otherwise`: what it may have been meant for.

    Raises
    ------
    FormulaError
        It has another number of axes, or no cell, or complex numbers.
    """
    if isinstance(value, Static) and isinstance(value.value, Shape):
        found = value.value
        array = found.cells(build, value, space)
        named = isinstance(found, Cells)
    else:
        array, named = matrix_of(build, value, what), True
    if array.ndim == 0:
        raise _no_structure(build, value, what, otherwise)
    if array.ndim != len(space.axes):
        raise build.wrong(
            value,
            f"{what} has {array.ndim} axes, and the function acts in {len(space.axes)}; give it "
            "as many, or name the axes, as in `axes=(0, 1)`",
        )
    if array.dtype.kind == "c":
        raise build.wrong(value, f"{what} cannot be complex")
    if not np.any(array):
        raise build.wrong(value, f"{what} has no cell that is not 0")
    return np.asarray(array.transpose(space.order) if named else array)


# Rows


def _round(kind: type[Ball | ItkBall], build: Builder, args: Arguments) -> Operand:
    radius = _size(build, args["r"], "The radius")
    if (radius.mm if isinstance(radius, Length) else radius) < 0:
        raise build.wrong(args["r"], "The radius has to be 0 or more")
    return Static(kind(radius))


def _straight(kind: type[Box | Cross], build: Builder, args: Arguments) -> Operand:
    value = args["n"]
    if isinstance(value, Static) and isinstance(value.value, Length):
        return Static(kind(value.value))
    return Static(kind(build.integer(value, "The width")))


def _size(build: Builder, value: Operand, what: str) -> float | Length:
    if isinstance(value, Static) and isinstance(value.value, Length):
        return value.value
    return build.number(value, what)


def _generated(build: Builder, args: Arguments) -> Operand:
    rank, connectivity = (build.integer(args[name], name) for name in ("rank", "connectivity"))
    if not 1 <= rank <= 7:
        raise build.wrong(args["rank"], "rank has to be the number of axes, 1 to 7")
    away = np.abs(np.indices((3,) * rank) - 1).sum(axis=0)
    return Static(Cells(nested(away <= max(connectivity, 1))))


def _iterated(build: Builder, args: Arguments) -> Operand:
    value, times = args["structure"], build.integer(args["iterations"], "iterations")
    if isinstance(value, Static) and isinstance(value.value, Shape):
        return Static(Iterated(value.value, times))
    table = nested(matrix_of(build, value, "structure") != 0)
    return Static(Iterated(Cells(table), times))


ROWS: tuple[Function, ...] = (
    Function("ball()", "r", lambda build, args: _round(Ball, build, args)),
    Function("itk_ball()", "r", lambda build, args: _round(ItkBall, build, args)),
    Function("box()", "n", lambda build, args: _straight(Box, build, args)),
    Function("cross()", "n", lambda build, args: _straight(Cross, build, args)),
    neighbour_row("generate_binary_structure", "rank, connectivity", _generated),
    neighbour_row("iterate_structure", "structure, iterations", _iterated),
)
"""The rows of the function table that make structures."""
