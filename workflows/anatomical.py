"""A cleaned segmentation with its brain mask; an image whose white matter has a median of 1000."""

from __future__ import annotations

import argparse

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows import init_clean_segmentation_wf, init_harmonize_wf
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the pipeline and print where its images are."""
    options = parser().parse_args()
    workflow = anatomical(options, options.n_procs)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("--image", required=True, help="an anatomical image, 3D")
    line.add_argument("--wm", required=True, help="the probability of its white matter, 3D")
    line.add_argument("--segm", required=True, help="labels: 1 fluid, 2 grey, 3 white matter")
    line.add_argument("--mask", required=True, help="a brain mask, 3D")
    return line


def anatomical(options: argparse.Namespace, omp_nthreads: int = 1) -> pe.Workflow:
    """Build the pipeline: two steps beside each other."""
    workflow = pe.Workflow("anatomical_wf")
    clean = init_clean_segmentation_wf(omp_nthreads=omp_nthreads)
    clean.inputs.inputnode.segm = absolute(options.segm)
    clean.inputs.inputnode.mask = absolute(options.mask)
    harmonize = init_harmonize_wf(omp_nthreads=omp_nthreads)
    harmonize.inputs.inputnode.image = absolute(options.image)
    harmonize.inputs.inputnode.wm = absolute(options.wm)
    workflow.add_nodes([clean, harmonize])
    return workflow


if __name__ == "__main__":
    main()
