"""Axes along which each element lies beside the next, and those where only a list says where."""

from __future__ import annotations

from nipype_mathimg.axis import GRAYORDINATE, VERTEX
from nipype_mathimg.domain import domain_of
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.spec import Axis

__all__ = ["neighbours_along"]

_WORKBENCH = {GRAYORDINATE: "-cifti-", VERTEX: "-metric-"}
"""How the commands of Workbench begin that know the surface."""

_COMMANDS = {
    "ndimage.gaussian_filter": "smoothing",
    "ndimage.uniform_filter": "smoothing",
    "ndimage.binary_erosion": "erode",
    "ndimage.grey_erosion": "erode",
    "ndimage.minimum_filter": "erode",
    "ndimage.binary_dilation": "dilate",
    "ndimage.grey_dilation": "dilate",
    "ndimage.maximum_filter": "dilate",
    "fill_zeros": "dilate",
    "ndimage.label": "find-clusters",
    "components": "find-clusters",
    "largest": "find-clusters",
    "remove_small": "find-clusters",
    "ndimage.gaussian_gradient_magnitude": "gradient",
    "ndimage.sobel": "gradient",
    "ndimage.prewitt": "gradient",
    "np.gradient": "gradient",
}
"""Functions of neighbours, and what Workbench has for surfaces in their place."""


def neighbours_along(build: Builder, op: Op, axis: int, name: str, other: str = "") -> int:
    """Return an axis along which each element lies beside the next.

    Parameters
    ----------
    build : Builder
        For the error.
    op : Op
        The array.
    axis : int
        One of its axes.
    name : str
        The function that looks at neighbours.
    other : str
        How another axis is named, where one can be.

    Raises
    ------
    FormulaError
        Only a list says where its elements lie, as for the vertices of a surface.
    """
    source = op.spec.axes[axis]
    if not source.is_listed:
        return axis
    remedies = [*([f"give another axis, as in {other}"] if other else []), _instead(source, name)]
    raise build.fail(
        f"{name} goes from one element to the next, and {domain_of([source]).many} are no "
        f"neighbours: only a list says where each lies; {', or '.join(remedies)}"
    )


def _instead(axis: Axis, name: str) -> str:
    """Return what does the same on a surface."""
    command, known = _COMMANDS.get(name), _WORKBENCH.get(axis.source or "")
    if command and known:
        return f"use `wb_command {known}{command}`"
    if axis.source == GRAYORDINATE:
        return "separate the voxels by `wb_command -cifti-separate` and give their volume"
    if axis.source == VERTEX:
        return "take the volume before it is mapped to the surface"
    return "take the image of which these are the regions"
