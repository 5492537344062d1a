"""Filters along one axis, any axis: SciPy's ``..._filter1d``, ``correlate1d`` and ``convolve1d``.

Each is the filter of volumes with one axis: ``ndimage.gaussian_filter1d(bold, 2, axis=-1)`` is
``ndimage.gaussian_filter(bold, 2, axes=-1)``.
"""

from __future__ import annotations

from functools import partial

from nipype_mathimg.formula.functions import ranks, smoothing
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import neighbour_row
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static, Values

__all__ = ["ROWS"]

_VOLUMES = {row.name: row for row in (*smoothing.ROWS, *ranks.ROWS)}


def _along(name: str, build: Builder, args: Arguments) -> Operand:
    """Apply the filter of volumes of this name along one axis."""
    axis = build.integer(args["axis"], "axis")
    given = [(key, value) for key, value in args.items() if key not in ("input", "axis", "output")]
    axes = Values((Static(axis),))
    return _VOLUMES[name](build, [args["input"]], [*given, ("axes", axes)])


_BORDER = "output=None, mode='reflect', cval=0.0"

ROWS: tuple[Function, ...] = (
    neighbour_row(
        "gaussian_filter1d",
        f"input, sigma, axis=-1, order=0, {_BORDER}, truncate=4.0, radius=None",
        partial(_along, "gaussian_filter"),
    ),
    *(
        neighbour_row(
            f"{name}1d", f"input, size, axis=-1, {_BORDER}, origin=0", partial(_along, name)
        )
        for name in ("uniform_filter", "minimum_filter", "maximum_filter")
    ),
    *(
        neighbour_row(
            f"{name}1d", f"input, weights, axis=-1, {_BORDER}, origin=0", partial(_along, name)
        )
        for name in ("correlate", "convolve")
    ),
)
"""The rows of the function table that filter along one axis."""
