"""Tissue probability maps that sum up to one, by one MapNode."""

from __future__ import annotations

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import MathImg, node

__all__ = ["init_normalize_tpms_wf"]


def init_normalize_tpms_wf(
    *, omp_nthreads: int = 1, name: str = "normalize_tpms_wf"
) -> pe.Workflow:
    """Build a workflow that divides tissue probability maps by their sum.

    One MapNode instead of Nipype's ``NormalizeProbabilityMapSet`` and, as that one reads its mask
    but does not apply it, an ``ApplyMask`` per map.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of each map's node.
    name : str
        Name of the workflow.

    Inputs
    ------
    tpms : list of file
        The maps, 3D; what is negative counts as 0.
    mask : file, optional
        A mask, 3D: above 0 inside; by default everything.

    Outputs
    -------
    tpms : list of file
        The maps in the same order, float; they sum up to 1 inside the mask, and are 0 outside it
        and where all of them are 0.
    """
    workflow = pe.Workflow(name=name)
    inputnode = pe.Node(niu.IdentityInterface(fields=["tpms", "mask"]), name="inputnode")
    # A number stands for an image that is the same everywhere.
    inputnode.inputs.mask = 1
    outputnode = pe.Node(niu.IdentityInterface(fields=["tpms"]), name="outputnode")
    # Its text stands twice in the formula; equal parts are computed once.
    total = "np.sum(np.maximum(tpms, 0), axis=-1)"
    # The map comes first in the formula: the result is named after it.
    normalize = node(
        MathImg(
            f"np.maximum(tpm, 0) / np.where({total} > 0, {total}, 1) * (mask > 0)",
            copy_header_from="tpm",
        ),
        name="normalize",
        iterfield=["tpm"],
        n_procs=omp_nthreads,
    )
    workflow.connect(
        [
            (inputnode, normalize, [("tpms", "tpm"), ("tpms", "tpms"), ("mask", "mask")]),
            (normalize, outputnode, [("out_file", "tpms")]),
        ]
    )  # fmt: skip
    return workflow
