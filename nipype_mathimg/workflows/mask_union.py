"""Union of masks, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_mask_union_wf"]


def init_mask_union_wf(*, omp_nthreads: int = 1, name: str = "mask_union_wf") -> pe.Workflow:
    """Build a workflow that joins any number of masks.

    One node instead of the Function node ``_binary_union`` of fMRIPrep and ASLPrep (two masks),
    or sdcflows' ``Union``; and of the check that the masks lie on one grid, which these leave out.

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
    mask_union : file
        1 where at least one of the masks is above 0, else 0; 3D, uint8.
    """
    # The files of a list are the volumes of one image, so that "any mask" is its last axis.
    return init_single_node_wf(
        "np.any(masks > 0, axis=-1)",
        copy_header_from="masks",
        output="mask_union",
        omp_nthreads=omp_nthreads,
        name=name,
    )
