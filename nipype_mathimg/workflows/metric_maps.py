"""Thickness, sulcal depth and the cortex of a surface from FreeSurfer's files, in one node."""

from __future__ import annotations

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import MathImg, node

__all__ = ["init_metric_maps_wf"]


def init_metric_maps_wf(*, omp_nthreads: int = 1, name: str = "metric_maps_wf") -> pe.Workflow:
    """Build a workflow that prepares the metrics of one hemisphere.

    One node instead of sMRIPrep's three ``MetricMath`` nodes: ``invert`` of the sulcal depth,
    ``abs`` of the thickness, and ``bin`` of this for the cortex without the medial wall. These
    write the structure; here it is that of the files, with everything else that they say.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    sulc : file
        Sulcal depth as FreeSurfer has it, negative on gyri; GIFTI (``.shape.gii``).
    thickness : file
        Cortical thickness in mm, of the same hemisphere; GIFTI.

    Outputs
    -------
    sulc : file
        Sulcal depth, positive on gyri, as the Human Connectome Project has it; float32.
    thickness : file
        Thickness without the negative values that mark a few vertices; float32.
    cortex : file
        1 where there is cortex, 0 on the medial wall, where the thickness is 0; uint8.

    Examples
    --------
    >>> init_metric_maps_wf().list_node_names()
    ['inputnode', 'metrics', 'outputnode']
    """
    workflow = pe.Workflow(name=name)
    inputnode = pe.Node(niu.IdentityInterface(fields=["sulc", "thickness"]), name="inputnode")
    fields = {"sulc": "depth", "thickness": "thick", "cortex": "cortex"}
    outputnode = pe.Node(niu.IdentityInterface(fields=list(fields)), name="outputnode")
    metrics = node(
        MathImg(
            "depth = -sulc\nthick = np.abs(thickness)\ncortex = thick > 0",
            outputs=list(fields.values()),
            out_file={made: field for field, made in fields.items()},
            copy_header_from={"depth": "sulc", "thick": "thickness", "cortex": "thickness"},
        ),
        name="metrics",
        n_procs=omp_nthreads,
    )
    workflow.connect(
        [
            (inputnode, metrics, [("sulc", "sulc"), ("thickness", "thickness")]),
            (metrics, outputnode, [(made, field) for field, made in fields.items()]),
        ]
    )  # fmt: skip
    return workflow
