"""Distances on paths that stay inside of a mask, and do not cross its walls.

``geodesic_distance(seeds, mask)`` is how far, in mm, each voxel of a mask is from the nearest
seed on the shortest way inside of it; a mask of other numbers than 0 and 1 says how fast each
voxel is crossed, and the result when it is reached. It is what ``scikit-fmm`` computes by::

    skfmm.travel_time(np.where(seeds != 0, 0.0, 1.0), speed, dx=img.zooms, order=1)

(to the first order, as ITK's fast marching does), with infinity where no way leads.
"""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import beside, filtered, real_image, space_of, zooms_of
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.window import OwnFilter
from nipype_mathimg.formula.types.numtype import NumType

__all__ = ["ROWS"]

MARCH_BYTES = 64.0
"""Bytes a voxel of the times, slownesses and places that were visited, and of the lists that
follow the front."""


def _geodesic(build: Builder, args: Arguments) -> Operand:
    name = "geodesic_distance"
    seeds = real_image(build, args["seeds"], name)
    space = space_of(build, seeds, Static(None), name)
    speed = real_image(build, args["speed"], name)
    ops = beside(build, seeds, speed, args["speed"], "speed", "seeds")
    number = NumType(np.dtype(float))
    kernel = OwnFilter(
        name, (("zooms", zooms_of(build, seeds)),), space.axes, number.dtype, second="speed"
    )
    reach = [None] * len(space.axes)
    width = max(op.spec.dtype.itemsize for op in ops)
    return filtered(build, kernel, ops, number, reach, MARCH_BYTES / width)


ROWS: tuple[Function, ...] = (Function("geodesic_distance()", "seeds, speed", _geodesic),)
"""The rows of the function table for fronts that move from voxel to voxel."""
