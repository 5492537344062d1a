"""The cortical ribbon between the white and the pial surfaces, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_ribbon_wf"]


def init_ribbon_wf(*, omp_nthreads: int = 1, name: str = "ribbon_wf") -> pe.Workflow:
    """Build a workflow that marks the voxels outside the white and inside the pial surface.

    One node instead of an interface of its own, sMRIPrep's ``MakeRibbon``, or of the FSL nodes
    that it replaced: a ``MathsCommand`` per distance map and their products and sum.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    white : list of two files
        Signed distance to the white surface of the left and of the right hemisphere: negative
        inside (Connectome Workbench's ``-create-signed-distance-volume``).
    pial : list of two files
        The same for the pial surface, in the same order.

    Outputs
    -------
    ribbon : file
        1 where a voxel lies in the ribbon of either hemisphere, else 0; 3D, uint8.
    """
    # Volume by volume: the white surface of a side may meet the pial one of this side only.
    return init_single_node_wf(
        "np.any((white > 0) & (pial < 0), axis=-1)",
        copy_header_from="white",
        output="ribbon",
        omp_nthreads=omp_nthreads,
        name=name,
    )
