"""Labels: whole numbers that stand for regions, looked up in a list of numbers."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.join import LookUp, WholeLabels
from nipype_mathimg.formula.kernels.kernel import Table
from nipype_mathimg.formula.types.numtype import integer_bounds
from nipype_mathimg.formula.types.regions import broadcast_maps
from nipype_mathimg.spec import ArraySpec

__all__ = ["looked_up", "whole_labels"]


def looked_up(build: Builder, table: Op, labels: Op) -> Op:
    """Replace labels by the entries of a list of numbers: ``table[labels]``.

    Raises
    ------
    FormulaError
        The labels are True and False, or complex.
    """
    if labels.type.is_bool or labels.type.is_complex:
        raise build.fail("Labels have to be whole numbers; convert them with `.astype(int)`")
    if labels.spec.bounds is None:
        labels = whole_labels(build, labels)
    spec = ArraySpec(labels.shape, table.spec.dtype, labels.spec.axes, table.spec.bounds)
    maps = [broadcast_maps(labels.shape, labels.shape)]
    entries = Table.of(np.asarray(table.value))
    return build.graph.add(LookUp(entries), spec, [labels], maps, build.span)


def whole_labels(build: Builder, labels: Op) -> Op:
    """Return labels that a file holds as floats, as many do; they are checked when read."""
    dtype = np.dtype(np.int64)
    spec = ArraySpec(labels.shape, dtype, labels.spec.axes, integer_bounds(dtype))
    maps = [broadcast_maps(labels.shape, labels.shape)]
    return build.graph.add(WholeLabels(), spec, [labels], maps, labels.span)
