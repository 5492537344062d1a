"""The voxels of a run that are no outliers of the cortical ribbon, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["GOODVOXELS", "init_goodvoxels_wf"]

GOODVOXELS = """
mean = np.mean(bold, axis=-1)
cov = np.where(mean != 0, np.std(bold, axis=-1, ddof=1) / mean, 0)
inside = (ribbon > 0) & (cov > 0)
cov_norm = cov / np.mean(cov[inside])
# The mean of the neighbours in the ribbon, weighted by a Gaussian of 5 mm (a sigma, as in FSL)
weight = ndimage.gaussian_filter(np.where(inside, 1.0, 0), 5*mm, mode="constant", truncate=6)
local = ndimage.gaussian_filter(np.where(inside, cov_norm, 0), 5*mm, mode="constant", truncate=6)
smooth = np.where(weight > 0, local / weight, 0)
# -dilD: of values that all differ, the mode is the largest
filled = np.where(smooth == 0, ndimage.maximum_filter(smooth, size=3), smooth)
modulated = np.where(filled > 0, cov_norm / filled, 0)
limit = np.mean(modulated[inside]) + factor * np.std(modulated[inside], ddof=1)
goodvoxels_mask = (mean > 0) & ~(modulated >= limit)
goodvoxels_ribbon = goodvoxels_mask & (ribbon > 0)
"""
"""fMRIPrep's steps as a program; a test compares the masks with niimath's in every voxel."""


def init_goodvoxels_wf(
    *, factor: float = 0.5, omp_nthreads: int = 1, name: str = "goodvoxels_wf"
) -> pe.Workflow:
    """Build a workflow that leaves out voxels whose coefficient of variation is locally high.

    One node instead of the chain of fMRIPrep's ``init_goodvoxels_bold_mask_wf``, 24 nodes around
    FSL: ``MeanImage``, ``StdImage``, ``BinaryMaths`` (div) and ``ApplyMask`` for the coefficient
    of variation in the ribbon; two ``ImageStats`` (-M, -S); ``BinaryMaths`` (div) twice;
    ``MathsCommand`` (-bin -s 5), ``Merge`` and ``MultiImageMaths`` (-s 5 -div -dilD) for its
    local mean; ``BinaryMaths`` (div), ``ApplyMask`` and two ``ImageStats`` of the quotient, a
    ``Function`` for the limit; ``Threshold``, ``UnaryMaths`` (bin), ``Merge``,
    ``MultiImageMaths`` (-sub -mul -1) and ``ApplyMask`` for the masks.

    Parameters
    ----------
    factor : float
        The limit is the mean in the ribbon plus so many standard deviations.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    bold : file
        A run, 4D.
    ribbon : file
        The cortical ribbon on the grid of the run, 3D: above 0 inside.

    Outputs
    -------
    goodvoxels_mask, goodvoxels_ribbon : file
        1 where the run has signal and is no outlier, everywhere and in the ribbon; 3D, uint8.
    """
    return init_single_node_wf(
        GOODVOXELS,
        copy_header_from="ribbon",
        output=("goodvoxels_mask", "goodvoxels_ribbon"),
        defaults={"factor": factor},
        omp_nthreads=omp_nthreads,
        name=name,
    )
