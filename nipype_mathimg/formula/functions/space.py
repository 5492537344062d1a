"""What all rows share that look at neighbours: the axes of a volume, and values for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from nipype_mathimg.formula.functions.index import BORDERS
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.attributes import attribute
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.lengths import voxels_along
from nipype_mathimg.formula.graph.neighbours import neighbours_along
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Length, Operand, Static, Values
from nipype_mathimg.formula.kernels.window import Filter
from nipype_mathimg.formula.types.numtype import NumType, common, type_of_number
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = [
    "Reach",
    "Space",
    "beside",
    "filtered",
    "neighbour_row",
    "origins_of",
    "reach_of",
    "reach_with",
    "real_image",
    "space_of",
    "with_border",
    "zooms_of",
]

T = TypeVar("T")

Reach = Sequence[int | None]
"""For each axis of a volume, how far a filter looks; None where it needs the axis whole."""


class Space(Frozen):
    """The axes of an array in which a filter acts.

    Parameters
    ----------
    axes : tuple of int
        Their places in the array, ascending.
    order : tuple of int
        For each of them its place among the axes that were named.
    origins : tuple of Axis
        Where they come from.
    """

    axes: tuple[int, ...]
    order: tuple[int, ...]
    origins: tuple[Axis, ...]

    def each(
        self, build: Builder, value: Operand, what: str, read: Callable[[Operand, Axis], T]
    ) -> tuple[T, ...]:
        """Return a value for each axis: one for all, or as many as there are axes."""
        items = _items(value)
        if items is None:
            return tuple(read(value, axis) for axis in self.origins)
        if len(items) != len(self.axes):
            raise build.wrong(
                value,
                f"{what} has {len(items)} values, and the function acts in {len(self.axes)} axes; "
                "give one value, or one for each",
            )
        ordered = (items[k] for k in self.order)
        return tuple(read(item, axis) for item, axis in zip(ordered, self.origins, strict=True))

    def whole_numbers(self, build: Builder, value: Operand, what: str) -> tuple[int, ...]:
        """Return a whole number for each axis."""
        return self.each(build, value, what, lambda item, axis: build.integer(item, what))

    def voxels(self, build: Builder, value: Operand, what: str) -> tuple[float, ...]:
        """Return a number of voxels for each axis; lengths in mm are converted."""

        def read(item: Operand, axis: Axis) -> float:
            if isinstance(item, Static) and isinstance(item.value, Length):
                return voxels_along(build, value, item.value, axis)
            return build.number(item, what)

        return self.each(build, value, what, read)

    def widths(self, build: Builder, value: Operand, what: str) -> tuple[int, ...]:
        """Return the width of a window for each axis.

        A width in mm takes the voxels whose centres are not further from that of the middle than
        half of it: an odd number.
        """

        def read(item: Operand, axis: Axis) -> int:
            if isinstance(item, Static) and isinstance(item.value, Length):
                voxels = voxels_along(build, value, item.value, axis)
                # What a division leaves of a whole number must not cost a voxel.
                return 2 * math.floor(voxels / 2 + 1e-6) + 1
            return build.integer(item, what)

        found = self.each(build, value, what, read)
        if min(found) < 1:
            raise build.wrong(value, f"{what} has to be 1 or more")
        return found

    def borders(self, build: Builder, args: Arguments) -> tuple[str, ...]:
        """Return the mode for each axis."""
        return self.each(
            build, args["mode"], "mode", lambda item, axis: build.word(item, "mode", BORDERS)
        )


def _items(value: Operand) -> tuple[Operand, ...] | None:
    """Return the items of a list of known numbers, None for a single value."""
    if isinstance(value, Values):
        return value.items
    if isinstance(value, Op) and value.is_constant and value.shape:
        return tuple(Static(number) for number in np.asarray(value.value).tolist())
    return None


def real_image(build: Builder, value: Operand, name: str) -> Op:
    """Return an operand, which has to be real."""
    op = build.array(value)
    if op.type.is_complex:
        raise build.fail(f"{name} takes real numbers; take np.abs, .real or .imag first")
    return op


def zooms_of(build: Builder, op: Op) -> tuple[float, ...]:
    """Return the voxel sizes of an image, in mm.

    Raises
    ------
    FormulaError
        They are not known.
    """
    sizes = build.reals_of(attribute(build, op, "zooms"), "The voxel sizes")
    return tuple(sizes.astype(float).tolist())


def beside(build: Builder, op: Op, mask: Op, given: Operand, what: str, whose: str) -> list[Op]:
    """Return an image, and another one with the axes that it has.

    Parameters
    ----------
    op, mask : Op
        Both.
    given : Operand
        The argument of the other one, for the message.
    what, whose : str
        What they are called there.

    Raises
    ------
    FormulaError
        The other one is larger along an axis.
    """
    pair = build.broadcasted([op, mask])
    if pair[0].shape != op.shape:
        raise build.wrong(
            given,
            f"The {what} of shape {mask.shape} does not fit the {whose} of shape {op.shape}",
        )
    return pair


def space_of(build: Builder, op: Op, axes: Operand, name: str) -> Space:
    """Return the axes in which a filter acts: x, y and z unless others are named.

    Raises
    ------
    FormulaError
        An array has none of them, and none are named; or its elements have no neighbours.
    """
    if isinstance(axes, Static) and axes.value is None:
        places = [k for k, axis in enumerate(op.spec.axes) if axis.is_space]
        for k in range(op.ndim if not places else 0):
            neighbours_along(build, op, k, name)
        if not places:
            raise build.fail(
                f"{name} acts along x, y and z, and `{build.text(op)}` has none of them; name the "
                "axes, as in `axes=(0, 1)`"
            )
    else:
        items = axes.items if isinstance(axes, Values) else (axes,)
        places = [build.axis(item, op.ndim, "axes") for item in items]
        for place in places:
            neighbours_along(build, op, place, name)
        if not places or len(set(places)) < len(places):
            raise build.wrong(axes, "axes has to name at least one axis, and none twice")
    # The axes are kept ascending; what is given for each of them is sorted alike, by `order`.
    order = sorted(range(len(places)), key=places.__getitem__)
    found = tuple(places[k] for k in order)
    return Space(found, tuple(order), tuple(op.spec.axes[k] for k in found))


def origins_of(
    build: Builder, args: Arguments, space: Space, sizes: tuple[int, ...], name: str = "origin"
) -> tuple[int, ...]:
    """Return by how much a window is shifted along each axis."""
    origins = space.whole_numbers(build, args[name], name)
    for origin, size in zip(origins, sizes, strict=True):
        if not 0 <= size // 2 + origin < size:
            raise build.wrong(
                args[name], f"{name}={origin} puts the voxel outside of its window of {size}"
            )
    return origins


def reach_of(sizes: tuple[int, ...], origins: tuple[int, ...]) -> tuple[int, ...]:
    """Return how far a shifted window reaches to either side."""
    return tuple(n // 2 + abs(origin) for n, origin in zip(sizes, origins, strict=True))


def reach_with(modes: Sequence[str], far: Reach) -> Reach:
    """Return how far a filter reaches: where an image is periodic, to its other end."""
    return [None if mode.endswith("wrap") else n for mode, n in zip(modes, far, strict=True)]


def with_border(number: NumType, modes: Sequence[str], cval: float) -> NumType:
    """Return the type of values among which is what an image is surrounded by."""
    if not any(mode.endswith("constant") for mode in modes):
        return number
    value = int(cval) if float(cval).is_integer() else cval
    if number.is_bool and value in (0, 1):
        return number
    return common([number, type_of_number(value)])


def filtered(
    build: Builder,
    kernel: Filter,
    ops: Sequence[Op],
    number: NumType,
    reach: Reach,
    hidden: float,
) -> Op:
    """Add a filter on an image, and perhaps on a mask beside it.

    Parameters
    ----------
    build : Builder
        Receives the operation.
    kernel : Filter
        The filter.
    ops : sequence of Op
        The image; a mask of the same shape.
    number : NumType
        Of the result.
    reach : Reach
        How far it looks along each axis of a volume.
    hidden : float
        Bytes of what SciPy makes on its way, for each byte of the largest operand's block.
    """
    first = ops[0]
    looks = dict(zip(kernel.axes, reach, strict=True))
    found: list[AxisMap] = [
        FULL if looks.get(k, 0) is None else Follow(k, halo=looks.get(k) or 0)
        for k in range(first.ndim)
    ]
    maps = [tuple(found)] * len(ops)
    whole = frozenset(k for k, far in looks.items() if far is None)
    if any(looks.values()):
        # The result lies there with its halo before that is cut off.
        hidden += kernel.dtype.itemsize / first.spec.dtype.itemsize
    spec = ArraySpec(first.shape, number.dtype, first.spec.axes, number.bounds, number.wide)
    lengths = [first.shape[k] for k in kernel.axes]
    kernel = kernel.changed(hidden=hidden, table=kernel.table_bytes(lengths))
    return build.graph.add(kernel, spec, ops, maps, build.span, whole=whole)


def neighbour_row(
    name: str, signature: str, lower: Callable[[Builder, Arguments], Operand]
) -> Function:
    """Return the row of a function of SciPy that looks at neighbours.

    Its parameters stand in SciPy's order, `output` among them, which has nothing to do here.
    """

    def without_output(build: Builder, args: Arguments) -> Operand:
        if "output" in args and args.given("output"):
            raise build.wrong(
                args["output"],
                f"ndimage.{name} writes to no `output` here: its value is the result; name the "
                "arguments behind it, as in `mode='nearest'`",
            )
        return lower(build, args)

    return Function(name, signature, without_output, "ndimage")
