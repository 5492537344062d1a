"""Axes along which each element lies beside the next, and those where only a list says where."""

from __future__ import annotations

from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op

__all__ = ["neighbours_along"]


def neighbours_along(build: Builder, op: Op, axis: int, name: str) -> int:
    """Return an axis along which each element lies beside the next.

    Raises
    ------
    FormulaError
        Only a list says where its elements lie, as for the vertices of a surface.
    """
    source = op.spec.axes[axis]
    if source.is_listed:
        raise build.fail(
            f"np.{name} goes from one element to the next, and along {source.source} these are "
            "no neighbours: only a list says where each lies. Give another axis, as in axis=-1"
        )
    return axis
