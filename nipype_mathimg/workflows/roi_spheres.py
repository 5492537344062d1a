"""Spheres around places in the world, numbered, in one node."""

from __future__ import annotations

from collections.abc import Sequence

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_roi_spheres_wf"]


def init_roi_spheres_wf(
    centres: Sequence[Sequence[float]],
    *,
    radius: float = 6.0,
    omp_nthreads: int = 1,
    name: str = "roi_spheres_wf",
) -> pe.Workflow:
    """Build a workflow that draws spheres on the grid of an image.

    One node instead of three for each place: FSL's ``MathsCommand`` (-mul 0 -add 1 -roi X 1 Y 1
    Z 1 0 1) with the place in voxels, ``MathsCommand`` (-kernel sphere R -fmean -bin) and
    ``BinaryMaths``; it is right on oblique grids, and for places between voxels.

    Parameters
    ----------
    centres : sequence of (x, y, z)
        Places in the world, in mm (RAS+).
    radius : float
        Radius in mm.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    reference : file
        An image with the grid, 3D or 4D.

    Outputs
    -------
    spheres : file
        1 in the sphere around the first place, 2 around the second, and so on; where they meet,
        the first; 0 elsewhere; 3D.
    """
    text = "0"
    for number, centre in reversed(list(enumerate(centres, 1))):
        place = ", ".join(repr(float(value)) for value in centre)
        text = f"np.where(sphere(({place}), {float(radius)!r}*mm), {number}, {text})"
    return init_single_node_wf(
        f"{text} + 0 * (reference.i + reference.j + reference.k)",
        copy_header_from="reference",
        output="spheres",
        omp_nthreads=omp_nthreads,
        name=name,
    )
