"""The clean-up of a segmentation by Atropos, and the brain mask that it gives, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_clean_segmentation_wf"]

_CLEAN = """
labels = np.pad(segm, 10)    # so that what is grown does not end at the border
csf = labels == 1
wm = largest(labels == 3)
gm = largest(labels == 2) | ndimage.binary_erosion(csf, itk_ball(10), border_value=1)
tissue = ndimage.binary_erosion(wm | gm, itk_ball(2), border_value=1)
grown = ndimage.binary_dilation(largest(tissue), itk_ball(4))
brain = ndimage.binary_fill_holes(grown) | (np.pad(mask, 10) > 0)
closed = ndimage.binary_erosion(ndimage.binary_dilation(brain, itk_ball(5)), itk_ball(5),
                                border_value=1)
brain_mask = closed[10:-10, 10:-10, 10:-10]
clean_segm = np.where(wm, 3, np.where(gm, 2, 0))[10:-10, 10:-10, 10:-10]
"""


def init_clean_segmentation_wf(
    *, omp_nthreads: int = 1, name: str = "clean_segmentation_wf"
) -> pe.Workflow:
    """Build a workflow that cleans a segmentation and refines a brain mask by it.

    One node instead of 21 in niworkflows' ``init_atropos_wf``, around ANTs' ``ImageMath``:
    ``PadImage`` twice, ``_select_labels`` twice, ``GetLargestComponent`` of white and grey matter,
    ``FillHoles`` and ``MultiplyImages``, ``ME`` 10 of the fluid, ``addtozero``, two
    ``MultiplyImages``, ``addtozero`` twice, ``ME`` 2, ``GetLargestComponent``, ``MD`` 4,
    ``FillHoles``, ``addtozero``, ``MD`` 5, ``ME`` 5, and ``PadImage`` back.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    segm : file
        Labels, 3D: 1 fluid, 2 grey and 3 white matter.
    mask : file
        A brain mask, 3D: above 0 inside.

    Outputs
    -------
    brain_mask : file
        The mask with the tissue, closed by a ball of 5 voxels; 3D, uint8.
    clean_segm : file
        Grey (2) and white (3) matter without islands; 3D, uint8.
    """
    return init_single_node_wf(
        _CLEAN,
        copy_header_from="segm",
        output=("brain_mask", "clean_segm"),
        omp_nthreads=omp_nthreads,
        name=name,
    )
