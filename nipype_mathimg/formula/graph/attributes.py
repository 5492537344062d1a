"""What an array knows of itself: shape, voxel sizes, and where its elements lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Static, Value, Values
from nipype_mathimg.formula.kernels.coordinates import Coordinate
from nipype_mathimg.formula.types.numtype import fit
from nipype_mathimg.spec import SPACE, ArraySpec

__all__ = ["ATTRIBUTES", "attribute"]

INDICES = dict(zip(("i", "j", "k"), SPACE, strict=True))
"""Names of the indices of a voxel, and the axes along which they count."""

ATTRIBUTES = (
    "shape", "ndim", "size", "dtype", "zooms", "voxel_volume", "tr", *INDICES, *SPACE, "t",
)  # fmt: skip
"""Attributes that an array has in a formula, beside those that are functions."""

NEGLIGIBLE = 1e-6
"""A coordinate that changes by less than so many mm from end to end of an axis does not depend on
it: that is the rounding of an affine."""


def attribute(low: Lowering, op: Op, name: str) -> Value:
    """Return an attribute of an array.

    Raises
    ------
    FormulaError
        The array does not know it.
    """
    spec = op.spec
    if name in INDICES:
        return _index(low, op, INDICES[name], name)
    if name in SPACE:
        return _position(low, op, name)
    known: dict[str, Value] = {
        "shape": Static(spec.shape),
        "ndim": Static(spec.ndim),
        "size": Static(spec.size),
        "dtype": Static(spec.dtype),
    }
    if name in known:
        return known[name]
    if name == "zooms":
        return Values(tuple(Static(size) for size in _zooms(low, op, name)))
    if name == "voxel_volume":
        return Static(_volume(low, op))
    return _time(low, op, name)


def _zooms(low: Lowering, op: Op, name: str) -> list[float]:
    """Return the voxel size along each axis of space, in mm."""
    spacings = [axis.spacing for axis in op.spec.axes if axis.is_space]
    known = [size for size in spacings if size is not None]
    if not spacings or len(known) < len(spacings):
        raise low.fail(f"`.{name}`: the size of the voxels is not known here; take it of an image")
    return known


def _volume(low: Lowering, op: Op) -> float:
    sizes = _zooms(low, op, "voxel_volume")
    if len(sizes) < len(SPACE):
        raise low.fail("`.voxel_volume` needs x, y and z; take it of the image before it is cut")
    if low.affine is None:
        return math.prod(sizes)
    steps = [abs(axis.step) for axis in op.spec.axes if axis.is_space]
    return abs(float(np.linalg.det(low.affine[:3, :3]))) * math.prod(steps)


def _time(low: Lowering, op: Op, name: str) -> Value:
    """Return the TR, or the times of the volumes, in seconds."""
    places = [k for k, axis in enumerate(op.spec.axes) if axis.is_time]
    if not places:
        raise low.fail(f"`.{name}`: the array has no axis of time")
    axis = op.spec.axes[places[0]]
    if axis.size is None:
        raise low.fail(f"`.{name}`: the header does not say how far apart the volumes are")
    if name == "tr":
        return Static(axis.size * abs(axis.step))
    if axis.places is not None:
        if not axis.places:
            raise low.fail("`.t`: the times of some volumes are not known; take it of the run")
        times = axis.origin + axis.size * np.array(axis.places)
        return low.graph.constant_array(times, axis, low.span)
    origin = axis.origin + axis.size * axis.start
    spec = ArraySpec((op.shape[places[0]],), np.dtype(float), (axis,))
    return _coordinate(low, name, spec, origin, (axis.size * axis.step,))


def _places(low: Lowering, op: Op, name: str) -> list[int]:
    """Return the axes of space of an array."""
    places = [k for k, axis in enumerate(op.spec.axes) if axis.is_space]
    if not places:
        raise low.fail(f"`.{name}`: the array has none of the axes x, y and z")
    return places


def _index(low: Lowering, op: Op, source: str, name: str) -> Value:
    """Return the index of every voxel along an axis, counted in the array itself."""
    places = _places(low, op, name)
    axes = tuple(op.spec.axes[k] for k in places)
    found = [k for k, axis in enumerate(axes) if axis.source == source]
    if not found:
        raise low.fail(f"`.{name}`: the array has no {source} axis")
    length = op.shape[places[found[0]]]
    bounds = (0, length - 1)
    dtype = fit(bounds) or np.dtype(np.int64)
    shape = tuple(length if k == found[0] else 1 for k in range(len(axes)))
    steps = tuple(float(k == found[0]) for k in range(len(axes)))
    return _coordinate(low, name, ArraySpec(shape, dtype, axes, bounds), 0.0, steps)


def _position(low: Lowering, op: Op, name: str) -> Value:
    """Return a world coordinate of every voxel, in mm; it has the axes that it depends on."""
    if low.affine is None:
        raise low.fail(f"`.{name}`: where the voxels lie is not known here; take it of an image")
    row = low.affine[SPACE.index(name)]
    places = _places(low, op, name)
    axes = tuple(op.spec.axes[k] for k in places)
    columns = {source: float(row[k]) for k, source in enumerate(SPACE)}
    there = {axis.source for axis in axes}
    origin = float(row[3])
    steps: list[float] = []
    shape: list[int] = []
    for axis, length in zip(axes, (op.shape[k] for k in places), strict=True):
        column = columns[axis.source or ""]
        origin += column * axis.start
        matters = abs(column * axis.step) * length > NEGLIGIBLE
        steps.append(column * axis.step if matters else 0.0)
        shape.append(length if matters else 1)
    missing = [s for s, column in columns.items() if s not in there and abs(column) > NEGLIGIBLE]
    if missing:
        raise low.fail(
            f"`.{name}` depends on {' and '.join(missing)}, which the array has lost; take it of "
            f"the image before it is cut, as in `img.{name}[...]`"
        )
    return _coordinate(low, name, ArraySpec(tuple(shape), np.dtype(float), axes), origin, steps)


def _coordinate(
    low: Lowering,
    name: str,
    spec: ArraySpec,
    origin: float,
    steps: Sequence[float],
) -> Op:
    kernel = Coordinate(f".{name}", origin, tuple(steps), spec.dtype)
    return low.graph.add(kernel, spec, (), (), low.span)
