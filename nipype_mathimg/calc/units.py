"""The unit of a result, where the formula leaves that of its images as it is.

Nothing is converted and nothing is guessed: a product, a ratio or a function that is not listed
here has no unit, and a number beside an image counts as one of the image's own unit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import numpy as np

from nipype_mathimg.calc.result import Result
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.kernels.accumulate import Reduction
from nipype_mathimg.formula.kernels.cast import Cast
from nipype_mathimg.formula.kernels.exact import PositiveZeros
from nipype_mathimg.formula.kernels.extremes import Extreme
from nipype_mathimg.formula.kernels.join import Join, Pad
from nipype_mathimg.formula.kernels.kernel import Input
from nipype_mathimg.formula.kernels.moments import Sum, Variance
from nipype_mathimg.formula.kernels.parametrised import Choose, ReplaceNan, Round
from nipype_mathimg.formula.kernels.pointwise import Apply
from nipype_mathimg.formula.kernels.quantiles import Quantiles
from nipype_mathimg.formula.kernels.view import Broadcast, View
from nipype_mathimg.formula.kernels.window import Filter

__all__ = ["sidecar_units", "units_of"]

_SAME = (Broadcast, Cast, Choose, Join, Pad, Quantiles, ReplaceNan, Round, View)
"""Kernels whose values are those of their operands, or lie between them."""

_SAME_UFUNCS = frozenset(
    {
        np.absolute,
        np.add,
        np.fmax,
        np.fmin,
        np.maximum,
        np.minimum,
        np.negative,
        np.positive,
        np.subtract,
    }
)

_SAME_FILTERS = frozenset(
    f"ndimage.{name}"
    for name in (
        "gaussian_filter",
        "grey_closing",
        "grey_dilation",
        "grey_erosion",
        "grey_opening",
        "maximum_filter",
        "median_filter",
        "minimum_filter",
        "percentile_filter",
        "rank_filter",
        "uniform_filter",
    )
)

_MOST_BYTES = 1 << 20
"""Of a sidecar: those with the timing of thousands of slices have some 100 kB."""


def sidecar_units(path: str) -> str | None:
    """Return the ``Units`` that the sidecar of an image names, None where there is none.

    Parameters
    ----------
    path : str
        The image; its sidecar has the same name with ``.json`` in place of the suffix (BIDS).
    """
    from nipype_mathimg.images.headers.kinds import kind_named

    suffix, _ = kind_named(path) or ("", None)
    beside = f"{path.removesuffix(suffix)}.json"
    try:
        if not suffix or os.path.getsize(beside) > _MOST_BYTES:
            return None
        with open(beside, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        # It is nobody's input: what is wrong with it is no fault of this result.
        return None
    units = found.get("Units") if isinstance(found, dict) else None
    return units if isinstance(units, str) and units else None


def units_of(result: Result, inputs: Mapping[str, str | None]) -> dict[str, str]:
    """Return the units of results, by name; of the others nothing is known.

    Parameters
    ----------
    result : Result
        What was computed.
    inputs : mapping
        For the names of inputs their units, where these are known.
    """
    if result.plan is None:
        return {}
    roots = result.plan.inferred.results
    units: dict[int, str | None] = {}
    for op in ancestors(list(roots.values())):
        units[op.index] = _unit(op, [(arg, units[arg.index]) for arg in op.args], inputs)
    known = {name: units[op.index] for name, op in roots.items()}
    return {name: unit for name, unit in known.items() if unit is not None}


def _unit(
    op: Op, args: list[tuple[Op, str | None]], inputs: Mapping[str, str | None]
) -> str | None:
    kernel = op.kernel
    if isinstance(kernel, Input):
        return inputs.get(kernel.name)
    if isinstance(kernel, Apply) and kernel.ufunc is np.multiply:
        # A mask takes nothing from what it is multiplied with.
        args = [(arg, unit) for arg, unit in args if arg.spec.dtype.kind != "b"]
        return args[0][1] if len(args) == 1 else None
    if isinstance(kernel, Choose) or (isinstance(kernel, Reduction) and kernel.masked):
        where = 0 if isinstance(kernel, Choose) else 1
        args = [pair for k, pair in enumerate(args) if k != where]
    found = {unit for arg, unit in args if not arg.static}
    return found.pop() if _keeps(op) and len(found) == 1 else None


def _keeps(op: Op) -> bool:
    """Tell whether a function gives values in the unit that all its operands share."""
    kernel = op.kernel
    if isinstance(kernel, PositiveZeros):
        kernel = kernel.kernel
    if isinstance(kernel, Reduction):
        statistic = kernel.statistic
        return isinstance(statistic, Sum | Extreme) or (
            isinstance(statistic, Variance) and statistic.root
        )
    if isinstance(kernel, Filter):
        # A derivative of the Gaussian is one by voxel.
        return kernel.name in _SAME_FILTERS and not np.any(dict(kernel.options).get("order", 0))
    if isinstance(kernel, Apply):
        return kernel.ufunc in _SAME_UFUNCS and op.spec.dtype.kind != "b"
    return isinstance(kernel, _SAME)
