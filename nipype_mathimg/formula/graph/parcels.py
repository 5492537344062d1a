"""The regions of a label image: which there are, what they are called, where they go back to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nipype_mathimg.domain import Domain, domain_of
from nipype_mathimg.errors import nearest
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.labels import whole_labels
from nipype_mathimg.formula.graph.op import Op, is_single_end
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.join import WholeLabels
from nipype_mathimg.formula.kernels.kernel import Table
from nipype_mathimg.formula.kernels.parametrised import Choose
from nipype_mathimg.formula.kernels.pointwise import Apply
from nipype_mathimg.formula.kernels.spread import Spread
from nipype_mathimg.formula.types.ranges import total
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import PARCEL, ArraySpec, Axis, Parcels
from nipype_mathimg.words import Term, worded

__all__ = ["label_named", "label_op", "parcel_axis", "parcels_of", "spread"]

SHOWN = 8
"""So many labels are named in a message or a note."""

MOST = 1 << 20
"""More regions than these are no labels, but the values of an image."""


def label_op(build: Builder, value: Operand, labels: Op) -> Op:
    """Return labels as whole numbers on the axes of places.

    Raises
    ------
    FormulaError
        They are no whole numbers, or have other axes.
    """
    if labels.type.is_complex or not labels.shape or labels.is_constant:
        raise build.wrong(value, "Labels are an image of whole numbers, such as an atlas")
    while is_single_end(labels):
        # An axis of length 1 behind x, y and z is the same as none.
        labels = build.without_axis(labels, labels.ndim - 1)
    if not all(axis.is_place for axis in labels.spec.axes):
        names = ", ".join(axis.source or "one without a name" for axis in labels.spec.axes)
        domain = domain_of(labels.spec.axes)
        raise build.wrong(
            value,
            f"Labels are one for each {domain.one}, and `{build.text(labels)}` has the axes "
            f"{names}; take one of its {domain.times}, as in `atlas[..., 0]`",
        )
    return whole_labels(build, labels) if labels.spec.bounds is None else labels


def _origin(op: Op) -> Op:
    """Return the labels from which some were taken away: by a mask, or by `np.where`."""
    while True:
        kernel = op.kernel
        if op.shows_operand or isinstance(kernel, WholeLabels):
            op = op.args[0]
        elif isinstance(kernel, Choose) and _is_zero(op.args[2]):
            op = op.args[1]
        elif isinstance(kernel, Apply) and kernel.name == "multiply":
            truths = [arg.type.is_bool or arg.spec.bounds == (0, 1) for arg in op.args]
            if truths.count(True) != 1:
                return op
            op = op.args[truths.index(False)]
        else:
            return op


def _is_zero(op: Op) -> bool:
    return op.is_constant and not op.shape and op.value == 0


def parcels_of(build: Builder, value: Operand, labels: Op) -> tuple[Parcels, bool]:
    """Return the regions of labels, and whether each of them has voxels.

    They are those of the label image itself, whatever a mask takes away: tables of several
    masks, and of several people, have the same columns.

    Raises
    ------
    FormulaError
        A label is negative, or there is none.
    """
    if build.labels is None:
        raise build.wrong(value, "The labels of this image are not known beforehand")
    origin = _origin(labels)
    looked = whole_labels(build, origin) if origin.spec.bounds is None else origin
    there = build.labels.labels_in(looked).tolist()
    text = build.text(origin)
    if there and there[0] < 0:
        raise build.wrong(
            value,
            f"`{text}` has the label {there[0]}; labels are 0, the background, and above",
        )
    there = [label for label in there if label]
    if len(there) > MOST:
        raise build.wrong(value, f"`{text}` has {len(there)} values; it is no label image")
    table = build.labels.names_of(origin.name) if origin.is_input else None
    found = Parcels(text, tuple(there), tuple(map(str, there)))
    if table is not None:
        found = _by_table(build, text, there, table, domain_of(labels.spec.axes))
    if not found.labels:
        raise build.wrong(value, f"`{text}` has no label above 0, so there are no regions")
    return found, origin is labels and set(found.labels) <= set(there)


def _by_table(
    build: Builder, text: str, there: list[int], table: Mapping[int, str], domain: Domain
) -> Parcels:
    """Return the regions of a table; say which the image lacks, and which the table does."""
    wanted = {label: name for label, name in table.items() if label}
    known = set(there)
    empty = [f"{label} ({name})" for label, name in wanted.items() if label not in known]
    if empty:
        build.note(
            "labels",
            f"the table of `{text}` has labels that no {domain.one} has: {_listed(empty)}; they "
            "have no value (n/a)",
        )
    missing = [str(label) for label in there if label not in wanted]
    if missing:
        build.note(
            "labels",
            f"`{text}` has labels that its table does not have: {_listed(missing)}; their "
            f"{domain.many} are left out",
        )
    return Parcels(text, tuple(wanted), tuple(wanted.values()))


def _giving_table(image: str) -> Term:
    """Return how a label image gets a table."""
    given = f"label_tables={{{image!r}: 'atlas_dseg.tsv'}}"
    return Term(given, given, f"--label-tables {image}=atlas_dseg.tsv")


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


def label_named(build: Builder, op: Op, value: Operand) -> Operand:
    """Return the number of the label that a text names, as in ``seg == "Left-Hippocampus"``.

    Raises
    ------
    FormulaError
        The image has no table, or the table no such name.
    """
    name = str(value.value) if isinstance(value, Static) else ""
    origin = _origin(op)
    table = None
    if build.labels is not None and origin.is_input:
        table = build.labels.names_of(origin.name)
    if table is None:
        raise build.wrong(
            value,
            worded(
                "The text {name!r} is the name of a label only where a label image has a table: "
                "give it one, as in {remedy}",
                name=name,
                remedy=_giving_table(build.text(origin)),
            ),
        )
    found = [label for label, other in table.items() if other == name]
    if len(found) != 1:
        what = "several labels" if found else "no label"
        hint = nearest(name, table.values())
        shown = _listed([repr(other) for other in table.values()])
        raise build.wrong(
            value,
            f"The table of `{build.text(origin)}` has {what} {name!r}; it has: {shown}.{hint}",
        )
    return Static(found[0])


def spread(build: Builder, values: Op, labels: Op) -> Op:
    """Give each voxel the value of its region: ``np.mean(bold, by=atlas)[atlas]``.

    Raises
    ------
    FormulaError
        The labels are not those of the regions.
    """
    axis = values.spec.axes[0]
    own = label_op(build, labels, labels)
    parcels = axis.parcels
    text = build.text(_origin(own))
    whole = parcels is not None and axis.is_whole(values.shape[0])
    if parcels is None or not whole or text != parcels.image:
        image = parcels.image if parcels else "atlas"
        raise build.fail(
            "Values of regions go back to the image by the labels that they come from, as in "
            f"`np.mean(bold, by={image})[{image}]`; `{build.text(labels)}` is another image, or "
            "some regions are missing"
        )
    later = range(1, values.ndim)
    ahead = own.ndim - 1
    shape = (*own.shape, *values.shape[1:])
    axes = (*own.spec.axes, *values.spec.axes[1:])
    bounds = values.spec.bounds
    spec = ArraySpec(shape, values.spec.dtype, axes, None if bounds is None else total(bounds, 1))
    maps: list[tuple[AxisMap, ...]] = [
        (FULL, *(Follow(ahead + k) for k in later)),
        tuple(Follow(k) for k in range(own.ndim)),
    ]
    kernel = Spread(Table.of(np.asarray(parcels.labels, np.int64)))
    return build.graph.add(kernel, spec, [values, own], maps, build.span)


def parcel_axis(parcels: Parcels) -> Axis:
    """Return the axis of regions."""
    return Axis(PARCEL, length=len(parcels.labels), domain=parcels)
