"""A statistical map without small clusters, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_cluster_threshold_wf"]


def init_cluster_threshold_wf(
    *,
    threshold: float = 3.1,
    voxels: int = 10,
    two_sided: bool = False,
    omp_nthreads: int = 1,
    name: str = "cluster_threshold_wf",
) -> pe.Workflow:
    """Build a workflow that keeps clusters of at least so many voxels.

    One node instead of three: FSL's ``Threshold``, ``Cluster`` (``cluster --oindex --minextent``)
    and ``ApplyMask``; or nilearn's ``threshold_img(cluster_threshold=...)`` in a Function node.
    Voxels are neighbours through faces, edges and corners, as in FSL's ``cluster``.

    Parameters
    ----------
    threshold : float
        Values above it count.
    voxels : int
        The least size of a cluster.
    two_sided : bool
        Values below minus the threshold count too, in clusters of their own.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    stat : file
        A statistical map, 3D.

    Outputs
    -------
    clusters : file
        The map in what is kept, 0 elsewhere; 3D.
    """
    high = f"remove_small(stat > {threshold!r}, voxels={voxels}, structure=box(3))"
    low = f"remove_small(stat < {-threshold!r}, voxels={voxels}, structure=box(3))"
    kept = f"{high} | {low}" if two_sided else high
    return init_single_node_wf(
        f"np.where({kept}, stat, 0)",
        copy_header_from="stat",
        output="clusters",
        omp_nthreads=omp_nthreads,
        name=name,
    )
