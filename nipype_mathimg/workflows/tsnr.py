"""Temporal signal-to-noise ratio of a run, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_tsnr_wf"]


def init_tsnr_wf(*, ddof: int = 0, omp_nthreads: int = 1, name: str = "tsnr_wf") -> pe.Workflow:
    """Build a workflow that divides the mean over time by the standard deviation over time.

    One node instead of MRIQC's ``TSNR``, which holds the run in memory several times over and
    writes two more images, or of the three FSL nodes ``MeanImage``, ``StdImage`` and
    ``BinaryMaths``, which also start fMRIPrep's ``init_goodvoxels_bold_mask_wf``.

    Parameters
    ----------
    ddof : int
        The sum of squares is divided by the number of volumes minus this: 0 as in NumPy and
        Nipype's ``TSNR``, 1 as in FSL and AFNI.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    bold : file
        A run, 4D.

    Outputs
    -------
    tsnr : file
        The ratio, 3D, float; 0 where the signal is constant.
    """
    # The deviation stands twice in the formula; equal parts are computed once.
    return init_single_node_wf(
        f"np.where(np.std(bold, axis=-1, ddof={ddof}) > 0, "
        f"np.mean(bold, axis=-1) / np.std(bold, axis=-1, ddof={ddof}), 0)",
        copy_header_from="bold",
        output="tsnr",
        omp_nthreads=omp_nthreads,
        name=name,
    )
