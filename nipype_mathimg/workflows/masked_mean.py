"""Mean of a run inside a brain mask, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_masked_mean_wf"]


def init_masked_mean_wf(*, omp_nthreads: int = 1, name: str = "masked_mean_wf") -> pe.Workflow:
    """Build a workflow that takes the mean of a run over time and removes what is not brain.

    One node instead of two: MRIQC's ``TStat`` (mean) or xcp_d's ``BinaryMath``
    (``np.mean(img, axis=3)``), which loses units and codes, and an ``ApplyMask``.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    bold : file
        A run, 4D.
    mask : file
        A brain mask, 3D: above 0 inside.

    Outputs
    -------
    masked_mean : file
        The mean, 3D, float; 0 outside the mask.
    """
    return init_single_node_wf(
        "np.where(mask > 0, np.mean(bold, axis=-1), 0)",
        copy_header_from="bold",
        output="masked_mean",
        omp_nthreads=omp_nthreads,
        name=name,
    )
