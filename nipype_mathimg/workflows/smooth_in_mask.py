"""A run smoothed inside a mask, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_smooth_in_mask_wf"]


def init_smooth_in_mask_wf(
    *, fwhm: float = 6.0, omp_nthreads: int = 1, name: str = "smooth_in_mask_wf"
) -> pe.Workflow:
    """Build a workflow that smooths inside a mask, so that nothing leaks in from outside.

    One node instead of four around FSL, as in C-PAC: ``ApplyMask``, ``MathsCommand`` (-s) of the
    run, ``MathsCommand`` (-s) of the mask, and ``MultiImageMaths`` (-div -mas).

    Parameters
    ----------
    fwhm : float
        Full width at half maximum of the Gaussian, in mm.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    image : file
        A run, or an image, 4D or 3D.
    mask : file
        A mask, 3D: above 0 inside.

    Outputs
    -------
    smoothed : file
        The weighted mean of the neighbours inside; 0 outside; float.
    """
    return init_single_node_wf(
        f"smooth_in(image, mask > 0, fwhm={float(fwhm)!r}*mm)",
        copy_header_from="image",
        output="smoothed",
        omp_nthreads=omp_nthreads,
        name=name,
    )
