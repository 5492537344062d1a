"""Percent signal change of a run, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_percent_signal_change_wf"]


def init_percent_signal_change_wf(
    *, omp_nthreads: int = 1, name: str = "percent_signal_change_wf"
) -> pe.Workflow:
    """Build a workflow that expresses a run as the change from its mean in percent.

    One node instead of AFNI's usual pair ``TStat`` (mean) and ``Calc`` (``100*(a-b)/b``), with an
    ``ApplyMask`` after them, and a ``CopyHeader`` for what AFNI changed.

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
    mask : file, optional
        A mask, 3D: above 0 inside; by default everything.

    Outputs
    -------
    percent_signal_change : file
        The change in percent, 4D, float, with the TR of the run; 0 outside the mask and where the
        mean is 0.
    """
    # The mean stands three times in the formula; equal parts are computed once.
    return init_single_node_wf(
        "np.where((mask > 0) & (np.mean(bold, axis=-1) != 0), "
        "100 * (bold - np.mean(bold, axis=-1)) / np.mean(bold, axis=-1), 0)",
        copy_header_from="bold",
        output="percent_signal_change",
        defaults={"mask": 1},
        omp_nthreads=omp_nthreads,
        name=name,
    )
