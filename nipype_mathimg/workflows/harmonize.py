"""An image whose white matter has a median of 1000, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_harmonize_wf"]


def init_harmonize_wf(
    *, erode: bool = True, omp_nthreads: int = 1, name: str = "harmonize_wf"
) -> pe.Workflow:
    """Build a workflow that scales an image by the median of its white matter.

    One node instead of MRIQC's ``Harmonize``, an interface of its own around
    ``scipy.ndimage.binary_erosion`` and ``numpy.median``.

    Parameters
    ----------
    erode : bool
        The white matter is eroded first, by the 18 neighbours of a voxel.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    image : file
        An anatomical image, 3D.
    wm : file
        The probability of white matter, 3D: 0.9 and above counts.

    Outputs
    -------
    harmonized : file
        The image with a median of 1000 there; 3D, float.
    """
    inside = "wm >= 0.9"
    if erode:
        inside = f"ndimage.binary_erosion({inside}, ndimage.generate_binary_structure(3, 2))"
    return init_single_node_wf(
        f"inside = {inside}\nimage * (1000 / np.median(image[inside]))",
        copy_header_from="image",
        output="harmonized",
        omp_nthreads=omp_nthreads,
        name=name,
    )
