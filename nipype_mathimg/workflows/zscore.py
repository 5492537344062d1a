"""A run in units of its standard deviation over time, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_zscore_wf"]


def init_zscore_wf(
    *, ddof: int = 0, omp_nthreads: int = 1, name: str = "zscore_wf"
) -> pe.Workflow:
    """Build a workflow that gives every voxel of a run mean 0 and standard deviation 1 over time.

    One node instead of five of FSL: ``MeanImage``, ``StdImage``, ``BinaryMaths`` (sub),
    ``BinaryMaths`` (div) and ``ApplyMask``, three of which write a run.

    Parameters
    ----------
    ddof : int
        The sum of squares is divided by the number of volumes minus this: 0 as in NumPy, 1 as in
        FSL, AFNI and nilearn's ``zscore_sample``.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    bold : file
        A run, 4D.
    mask : file, optional
        A mask, 3D: above 0 inside; by default everything.

    Outputs
    -------
    zscore : file
        The z-scores, 4D, float, with the TR of the run; 0 outside the mask and where the signal is
        constant.
    """
    # The deviation stands twice in the formula; equal parts are computed once.
    return init_single_node_wf(
        f"np.where((mask > 0) & (np.std(bold, axis=-1, ddof={ddof}) > 0), "
        f"(bold - np.mean(bold, axis=-1)) / np.std(bold, axis=-1, ddof={ddof}), 0)",
        copy_header_from="bold",
        output="zscore",
        defaults={"mask": 1},
        omp_nthreads=omp_nthreads,
        name=name,
    )
