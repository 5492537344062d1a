"""Functions along time: regression, trends and filters.

`regress`, `detrend`, `bandpass` and `bptf` have no equal in NumPy and are called without a
namespace; an input may have such a name too.
"""

from __future__ import annotations

import numpy as np

from nipype_mathimg.domain import domain_of
from nipype_mathimg.formula.functions.operand import floating_dtype
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.product import numbers_known
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand
from nipype_mathimg.formula.kernels.gaussian_filter import gaussian_filter
from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.kernels.time_series import (
    Filter,
    Product,
    Residual,
    butterworth,
    orthonormal,
)
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import ArraySpec, Axis, FloatArray

__all__ = ["ROWS"]


def _series(build: Builder, args: Arguments, name: str) -> tuple[Op, int]:
    """Return the operand and the axis along which its series run: time, or the last one."""
    op = build.array(args["a"])
    if op.type.is_complex:
        raise build.fail(f"{name} takes real numbers; take np.real and np.imag first")
    if not op.shape:
        raise build.wrong(args["a"], f"{name} takes a series of volumes, not a number")
    if args.given("axis"):
        return op, build.axis(args["axis"], op.ndim, sources=op.sources)
    times = [k for k, axis in enumerate(op.spec.axes) if axis.is_time]
    axis = times[0] if times else op.ndim - 1
    if op.spec.axes[axis].is_space:
        raise build.wrong(
            args["a"],
            f"{name} works along time, which `{build.text(op)}` of shape {op.shape} does not "
            "have; name another axis, as in `axis=-1`",
        )
    return op, axis


def _along(build: Builder, op: Op, axis: int, kernel: Kernel, table: FloatArray | None) -> Op:
    """Add an operation that keeps the axes and needs one of them whole, perhaps with a table."""
    spec = ArraySpec(op.shape, floating_dtype(op), op.spec.axes)
    maps: list[tuple[AxisMap, ...]] = [
        tuple(FULL if k == axis else Follow(k) for k in range(op.ndim))
    ]
    operands = [op]
    if table is not None:
        operands.append(build.graph.constant_array(table, Axis(), build.span))
        maps.append((FULL, FULL))
    return build.graph.add(kernel, spec, operands, maps, build.span, whole=frozenset({axis}))


def _residual(
    build: Builder, name: str, op: Op, axis: int, columns: FloatArray, keep: bool
) -> Operand:
    """Return what a fit of a constant and centred columns leaves; `keep` leaves the mean too."""
    length = op.shape[axis]
    if not keep:
        columns = np.concatenate([np.ones((length, 1)), columns], axis=1)
    basis = orthonormal(columns)
    explained = basis.shape[1] + int(keep)
    if explained >= length:
        raise build.fail(
            f"{name}: nothing would be left, {explained} independent columns, a constant among "
            f"them, explain every series of {length}"
        )
    if not basis.shape[1]:
        return converted(build, op, floating_dtype(op))
    return _along(build, op, axis, Residual(name, axis, floating_dtype(op)), basis)


def _regress(build: Builder, args: Arguments) -> Operand:
    op, axis = _series(build, args, "regress")
    table = _regressors(build, args["X"], op, op.shape[axis])
    # Centred columns are orthogonal to a constant: taking them out leaves the mean as it is.
    centred = table - np.mean(table, axis=0)
    # What is left of a constant column is rounding.
    centred[:, np.ptp(table, axis=0) == 0] = 0
    keep = build.flag(args["constant"], "constant")
    return _residual(build, "regress", op, axis, centred, keep)


def _regressors(build: Builder, value: Operand, op: Op, length: int) -> FloatArray:
    """Return the matrix of a regression, with one row for each volume."""
    numbers = numbers_known(build, value, "The regressors of `regress`")
    table = np.asarray(numbers, float)
    table = table[:, None] if table.ndim == 1 else table
    if len(table) != length:
        hint = "cut both alike, as in `regress(bold[..., 4:], X[4:])`"
        if table.shape[1] == length:
            hint = "transpose them, as in `regress(bold, X.T)`"
        raise build.wrong(
            value,
            f"The regressors have {len(table)} rows and `{build.text(op)}` has {length} "
            f"{domain_of(op.spec.axes).times}; {hint}",
        )
    wrong = np.argwhere(~np.isfinite(table))
    if len(wrong):
        row, column = wrong[0]
        raise build.wrong(
            value,
            f"The regressors hold {table[row, column]} in row {row} of column {column} (counted "
            "from 0; `n/a` in a table is NaN); replace it, as in `np.nan_to_num(X)`",
        )
    return table


def _detrend(build: Builder, args: Arguments) -> Operand:
    op, axis = _series(build, args, "detrend")
    order, length = build.integer(args["order"], "order"), op.shape[axis]
    if not 0 <= order < length - 1:
        raise build.wrong(
            args["order"],
            f"order={order} has to lie between 0 and {length - 2} for {length} "
            f"{domain_of(op.spec.axes).times}",
        )
    # Legendre's polynomials stay apart where powers of the time would not.
    places = np.linspace(-1, 1, length)
    powers = np.asarray(np.polynomial.legendre.legvander(places, order), float)[:, 1:]
    keep = build.flag(args["constant"], "constant")
    return _residual(build, "detrend", op, axis, powers - np.mean(powers, axis=0), keep)


def _bandpass(build: Builder, args: Arguments) -> Operand:
    op, axis = _series(build, args, "bandpass")
    rate = 1 / _tr(build, args, op, axis)
    order = build.integer(args["order"], "order")
    if order < 1:
        raise build.wrong(args["order"], f"order={order} has to be 1 or more")
    edges = _edges(build, args, rate)
    sections, least = butterworth(order, edges.get("low"), edges.get("high"), rate)
    if op.shape[axis] < least:
        raise build.fail(
            f"A filter of order {order} needs at least {least} {domain_of(op.spec.axes).times}, "
            f"here are {op.shape[axis]}; lower `order`"
        )
    compute = Filter(axis, sections, floating_dtype(op))
    return _along(build, op, axis, compute, None)


def _tr(build: Builder, args: Arguments, op: Op, axis: int) -> float:
    """Return the time from one volume to the next, in seconds."""
    along = op.spec.axes[axis]
    tr = along.spacing if along.is_time else None
    if args.given("tr"):
        tr = build.number(args["tr"], "tr")
    if tr is None or not 0 < tr < float("inf"):
        raise build.fail(
            f"The time between the {domain_of(op.spec.axes).times} of `{build.text(op)}` is not "
            "known; say it in seconds, as in `bandpass(bold, 0.01, 0.1, tr=2.0)`"
        )
    return tr


def _edges(build: Builder, args: Arguments, rate: float) -> dict[str, float]:
    """Return the edges of the band that are given, in Hz."""
    edges = {name: build.number(args[name], name) for name in ("low", "high") if args.given(name)}
    if not edges:
        raise build.fail(
            "bandpass needs an edge in Hz, `low` or `high` or both, as in "
            "`bandpass(bold, 0.01, 0.1)`"
        )
    for name, edge in edges.items():
        if not 0 < edge < rate / 2:
            raise build.wrong(
                args[name],
                f"{name}={edge:g} Hz has to lie between 0 and {rate / 2:g} Hz, half of the "
                f"sampling frequency (a TR of {1 / rate:g} s)",
            )
    if len(edges) == 2 and edges["low"] >= edges["high"]:
        raise build.fail(f"low={edges['low']:g} Hz has to be less than high={edges['high']:g} Hz")
    return edges


def _bptf(build: Builder, args: Arguments) -> Operand:
    op, axis = _series(build, args, "bptf")
    high, smooth = (build.number(args[name], name) for name in ("hp_sigma", "lp_sigma"))
    if high <= 0 and smooth <= 0:
        raise build.fail(
            "bptf needs a sigma in volumes above 0: `hp_sigma`, `lp_sigma` or both, as in "
            "`bptf(bold, 25, -1)`"
        )
    # Transposed below: the series are rows here, and the matrix stands on their right.
    matrix = gaussian_filter(op.shape[axis], high, smooth)
    return _along(build, op, axis, Product("bptf", axis, floating_dtype(op)), matrix.T)


ROWS: tuple[Function, ...] = (
    Function("regress()", "a, X, constant=True, axis=None", _regress),
    Function("detrend()", "a, order=1, constant=False, axis=None", _detrend),
    Function("bandpass()", "a, low=None, high=None, order=5, tr=None, axis=None", _bandpass),
    Function("bptf()", "a, hp_sigma, lp_sigma=-1, axis=None", _bptf),
)
"""The rows of the function table that work on series."""
