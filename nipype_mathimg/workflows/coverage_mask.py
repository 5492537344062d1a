"""A mask without the voxels that a run does not cover, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_coverage_mask_wf"]


def init_coverage_mask_wf(*, omp_nthreads: int = 1, name: str = "coverage_mask_wf") -> pe.Workflow:
    """Build a workflow that removes from a mask where a run has no signal.

    One node instead of a Function node, as in fMRIPrep's confounds workflow, or of FSL's
    ``StdImage``, ``UnaryMaths`` (bin) and ``BinaryMaths`` (mul).

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    bold : file
        A run, 4D; voxels outside its field of view are constant.
    mask : file
        A mask, 3D: above 0 inside.

    Outputs
    -------
    coverage_mask : file
        1 where the mask is above 0 and the run varies over time, else 0; 3D, uint8.
    """
    return init_single_node_wf(
        "(mask > 0) & (np.var(bold, axis=-1) > 0)",
        copy_header_from="mask",
        output="coverage_mask",
        omp_nthreads=omp_nthreads,
        name=name,
    )
