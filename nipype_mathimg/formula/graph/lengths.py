"""Lengths in millimetres, as in ``5*mm``: how formulas calculate with them."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.graph.arguments import StaticReader
from nipype_mathimg.formula.graph.operands import (
    Length,
    Operand,
    Static,
    Values,
    is_length,
    is_number,
)
from nipype_mathimg.spec import Axis

__all__ = ["of_lengths", "voxels_along"]


def of_lengths(build: StaticReader, name: str, args: tuple[Operand, ...]) -> Operand:
    """Return a multiple, a sum or a quotient of lengths.

    Raises
    ------
    FormulaError
        Something else was done with a length.
    """
    if len(args) == 2:
        first, second = args
        if name in ("add", "subtract") and is_length(first) and is_length(second):
            sign = 1 if name == "add" else -1
            return Static(Length(_mm(first) + sign * _mm(second)))
        if name == "multiply" and is_length(first) != is_length(second):
            length, factor = (first, second) if is_length(first) else (second, first)
            if is_number(factor):
                return Static(Length(_mm(length) * build.number(factor, "The factor of a length")))
        if name == "divide" and is_length(first):
            quotient = _quotient(build, _mm(first), second)
            if quotient is not None:
                return quotient
    raise build.fail(
        "A length in mm is multiplied and divided by numbers and given to a function, as in "
        "`ndimage.gaussian_filter(img, fwhm=6*mm)`; voxel sizes (`img.zooms`) and coordinates "
        "(`img.x`) are plain numbers of mm, so write `5` beside them, without the unit"
    )


def _mm(value: Operand) -> float:
    if isinstance(value, Static) and isinstance(value.value, Length):
        return value.value.mm
    raise AssertionError("not a length")


def _quotient(build: StaticReader, mm: float, divisor: Operand) -> Operand | None:
    if is_length(divisor):
        return Static(mm / _divisor(build, divisor, _mm(divisor)))
    if is_number(divisor):
        number = build.number(divisor, "The divisor of a length")
        return Static(Length(mm / _divisor(build, divisor, number)))
    if isinstance(divisor, Values) and divisor.items and all(map(is_number, divisor.items)):
        # By voxel sizes: a number of voxels for each axis.
        sizes = build.numbers_of(divisor, "The divisor of a length").tolist()
        return Values(tuple(Static(mm / _divisor(build, divisor, size)) for size in sizes))
    return None


def _divisor(build: StaticReader, value: Operand, number: float) -> float:
    if number == 0:
        raise build.wrong(value, "A length is divided by 0")
    return number


def voxels_along(build: StaticReader, value: Operand, length: Length, axis: Axis) -> float:
    """Return how many voxels a length spans along an axis.

    Raises
    ------
    FormulaError
        The axis has no voxel size in mm.
    """
    spacing = axis.spacing if axis.is_space else None
    if spacing is None or not np.isfinite(spacing) or spacing <= 0:
        where = f"the {axis.source} axis" if axis.source else "an axis that is none of x, y and z"
        raise build.wrong(
            value,
            f"How many voxels {length.mm:g} mm are along {where} is not known; give the number of "
            "voxels instead",
        )
    return length.mm / spacing
