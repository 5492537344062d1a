"""A map smoothed inside a mask, its clusters above a threshold, and spheres around places."""

from __future__ import annotations

import argparse

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows import (
    init_cluster_threshold_wf,
    init_roi_spheres_wf,
    init_smooth_in_mask_wf,
)
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the pipeline and print where its images are."""
    options = parser().parse_args()
    workflow = clusters_and_spheres(options, options.n_procs)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("--stat", required=True, help="a map, 3D")
    line.add_argument("--mask", required=True, help="a mask, 3D")
    line.add_argument("--fwhm", type=float, default=6, help="of the Gaussian, in mm (6)")
    line.add_argument("--threshold", type=float, default=3.1, help="of clusters (3.1)")
    line.add_argument("--voxels", type=int, default=10, help="least size of a cluster (10)")
    line.add_argument(
        "--centre",
        type=float,
        nargs=3,
        action="append",
        required=True,
        metavar=("X", "Y", "Z"),
        help="of a sphere, in mm; again for the next one",
    )
    line.add_argument("--radius", type=float, default=6, help="of the spheres, in mm (6)")
    return line


def clusters_and_spheres(options: argparse.Namespace, omp_nthreads: int = 1) -> pe.Workflow:
    """Build the pipeline: smoothing, then clusters; spheres beside them."""
    workflow = pe.Workflow("clusters_and_spheres_wf")
    smooth = init_smooth_in_mask_wf(fwhm=options.fwhm, omp_nthreads=omp_nthreads)
    smooth.inputs.inputnode.image = absolute(options.stat)
    smooth.inputs.inputnode.mask = absolute(options.mask)
    clusters = init_cluster_threshold_wf(
        threshold=options.threshold, voxels=options.voxels, omp_nthreads=omp_nthreads
    )
    spheres = init_roi_spheres_wf(options.centre, radius=options.radius, omp_nthreads=omp_nthreads)
    spheres.inputs.inputnode.reference = absolute(options.stat)
    workflow.connect(smooth, "outputnode.smoothed", clusters, "inputnode.stat")
    workflow.add_nodes([spheres])
    return workflow


if __name__ == "__main__":
    main()
