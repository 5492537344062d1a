"""Intersection of masks, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_mask_intersection_wf"]


def init_mask_intersection_wf(
    *, omp_nthreads: int = 1, name: str = "mask_intersection_wf"
) -> pe.Workflow:
    """Build a workflow that keeps what any number of masks have in common.

    One node instead of a chain of FSL's ``BinaryMaths`` (mul), one per further mask, as in
    niworkflows' ``init_enhance_and_skullstrip_bold_wf``.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    masks : list of file
        Masks, 3D: above 0 inside.

    Outputs
    -------
    mask_intersection : file
        1 where all of the masks are above 0, else 0; 3D, uint8.
    """
    # The files of a list are the volumes of one image, so that "all masks" is its last axis.
    return init_single_node_wf(
        "np.all(masks > 0, axis=-1)",
        copy_header_from="masks",
        output="mask_intersection",
        omp_nthreads=omp_nthreads,
        name=name,
    )
