"""What an array knows of itself: shape, voxel sizes, and where its elements lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.domain import VOXELS, domain_of
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static, Values
from nipype_mathimg.formula.kernels.coordinates import Coordinate
from nipype_mathimg.formula.types.numtype import fit
from nipype_mathimg.spec import SPACE, ArraySpec, Axis

__all__ = ["INDICES", "attribute", "no_place", "position"]

INDICES = dict(zip(("i", "j", "k"), SPACE, strict=True))
"""Names of the indices of a voxel, and the axes along which they count."""

NEGLIGIBLE = 1e-6
"""A coordinate that changes by less than so many mm from end to end of an axis does not depend on
it: that is the rounding of an affine."""


def attribute(build: Builder, op: Op, name: str) -> Operand:
    """Return an attribute of an array.

    Raises
    ------
    FormulaError
        The array does not know it.
    """
    spec = op.spec
    if name in INDICES:
        return _index(build, op, INDICES[name], name)
    if name in SPACE:
        return position(build, spec, name)
    known: dict[str, Operand] = {
        "shape": Static(spec.shape),
        "ndim": Static(spec.ndim),
        "size": Static(spec.size),
        "dtype": Static(spec.dtype),
    }
    if name in known:
        return known[name]
    if name == "zooms":
        return Values(tuple(Static(size) for size in _zooms(build, op, name)))
    if name == "voxel_volume":
        return Static(_volume(build, op))
    return _time(build, op, name)


def _zooms(build: Builder, op: Op, name: str) -> list[float]:
    """Return the voxel size along each axis of space, in mm."""
    spacings = [axis.spacing for axis in op.spec.axes if axis.is_space]
    known = [size for size in spacings if size is not None]
    if not spacings:
        raise build.fail(f"`.{name}`: {no_place(op.spec.axes)}")
    if len(known) < len(spacings):
        raise build.fail(
            f"`.{name}`: the size of the voxels is not known here; take it of an image"
        )
    return known


def _volume(build: Builder, op: Op) -> float:
    sizes = _zooms(build, op, "voxel_volume")
    if len(sizes) < len(SPACE):
        raise build.fail("`.voxel_volume` needs x, y and z; take it of the image before it is cut")
    if build.affine is None:
        return math.prod(sizes)
    # The determinant, since a sheared affine has no right angles,
    # and the product of the voxel sizes would be too large.
    steps = [abs(axis.step) for axis in op.spec.axes if axis.is_space]
    return abs(float(np.linalg.det(build.affine[:3, :3]))) * math.prod(steps)


def _time(build: Builder, op: Op, name: str) -> Operand:
    """Return the TR, or the times of the volumes, in seconds."""
    places = [k for k, axis in enumerate(op.spec.axes) if axis.is_time]
    if not places:
        raise build.fail(f"`.{name}`: the array has no axis of time")
    axis = op.spec.axes[places[0]]
    if axis.size is None:
        several = domain_of(op.spec.axes).times
        raise build.fail(f"`.{name}`: the header does not say how far apart the {several} are")
    if name == "tr":
        return Static(axis.size * abs(axis.step))
    if axis.places is not None:
        if not axis.places:
            several = domain_of(op.spec.axes).times
            raise build.fail(
                f"`.t`: the times of some {several} are not known; take it of the run"
            )
        times = axis.origin + axis.size * np.array(axis.places)
        return build.graph.constant_array(times, axis, build.span)
    origin = axis.origin + axis.size * axis.start
    spec = ArraySpec((op.shape[places[0]],), np.dtype(float), (axis,))
    return _coordinate(build, name, spec, origin, (axis.size * axis.step,))


def _places(build: Builder, spec: ArraySpec, name: str) -> list[int]:
    """Return the axes of space of an array."""
    places = [k for k, axis in enumerate(spec.axes) if axis.is_space]
    if not places:
        raise build.fail(f"`.{name}`: {no_place(spec.axes)}")
    return places


def no_place(axes: Sequence[Axis]) -> str:
    """Say why the elements of an array have no coordinates."""
    domain = domain_of(axes)
    if domain is VOXELS:
        return "the array has none of the axes x, y and z; take it of an image"
    return (
        f"a file of values does not say where its {domain.many} lie; take it of an image with x, "
        "y and z"
    )


def _index(build: Builder, op: Op, source: str, name: str) -> Operand:
    """Return the index of every voxel along an axis, counted in the array itself."""
    places = _places(build, op.spec, name)
    axes = tuple(op.spec.axes[k] for k in places)
    found = [k for k, axis in enumerate(axes) if axis.source == source]
    if not found:
        raise build.fail(f"`.{name}`: the array has no {source} axis")
    length = op.shape[places[found[0]]]
    bounds = (0, length - 1)
    dtype = fit(bounds) or np.dtype(np.int64)
    shape = tuple(length if k == found[0] else 1 for k in range(len(axes)))
    steps = tuple(float(k == found[0]) for k in range(len(axes)))
    return _coordinate(build, name, ArraySpec(shape, dtype, axes, bounds), 0.0, steps)


def position(build: Builder, spec: ArraySpec, name: str) -> Op:
    """Return a world coordinate of every voxel, in mm; it has the axes that it depends on.

    Parameters
    ----------
    build : Builder
        Knows the affine of the grid.
    spec : ArraySpec
        Which part of the grid it is wanted for.
    name : {"x", "y", "z"}
        The coordinate.

    Raises
    ------
    FormulaError
        There is no affine, or the coordinate depends on an axis that is not there.
    """
    places = _places(build, spec, name)
    if build.affine is None:
        raise build.fail(f"`.{name}`: where the voxels lie is not known here; take it of an image")
    row = build.affine[SPACE.index(name)]
    axes = tuple(spec.axes[k] for k in places)
    columns = {source: float(row[k]) for k, source in enumerate(SPACE)}
    there = {axis.source for axis in axes}
    origin = float(row[3])
    steps: list[float] = []
    shape: list[int] = []
    for axis, length in zip(axes, (spec.shape[k] for k in places), strict=True):
        column = columns[axis.source or ""]
        origin += column * axis.start
        matters = abs(column * axis.step) * length > NEGLIGIBLE
        steps.append(column * axis.step if matters else 0.0)
        shape.append(length if matters else 1)
    missing = [s for s, column in columns.items() if s not in there and abs(column) > NEGLIGIBLE]
    if missing:
        raise build.fail(
            f"`.{name}` depends on {' and '.join(missing)}, which the array has lost; take it of "
            f"the image before it is cut, as in `img.{name}[...]`"
        )
    found = ArraySpec(tuple(shape), np.dtype(float), axes)
    return _coordinate(build, name, found, origin, steps)


def _coordinate(
    build: Builder,
    name: str,
    spec: ArraySpec,
    origin: float,
    steps: Sequence[float],
) -> Op:
    kernel = Coordinate(f".{name}", origin, tuple(steps), spec.dtype)
    return build.graph.add(kernel, spec, (), (), build.span)
