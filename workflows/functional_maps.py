"""Maps of a run: masked mean, tSNR, percent signal change, z-scores, mask of what is covered.

Each map is one node. Without arguments it takes a real run and its brain mask, which Nipype ships.
"""

from __future__ import annotations

import argparse

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.workflows import (
    init_coverage_mask_wf,
    init_masked_mean_wf,
    init_percent_signal_change_wf,
    init_tsnr_wf,
    init_zscore_wf,
)
from nipype_mathimg.workflows.running import (
    absolute,
    file_table,
    run_workflow,
    script_parser,
    shipped,
)

MASKED_BY_COVERAGE = (init_masked_mean_wf, init_percent_signal_change_wf, init_zscore_wf)


def main() -> None:
    """Run the pipeline and print where its maps are."""
    options = parser().parse_args()
    workflow = functional_maps(absolute(options.bold), absolute(options.mask), options.n_procs)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("--bold", default=shipped("ds003_sub-01_mc.nii.gz"), help="a run, 4D")
    line.add_argument(
        "--mask", default=shipped("ds003_sub-01_mc_brainmask.nii.gz"), help="its brain mask, 3D"
    )
    return line


def functional_maps(bold: str, mask: str, omp_nthreads: int = 1) -> pe.Workflow:
    """Build the pipeline: the mask without what the run does not cover, then the maps in it."""
    workflow = pe.Workflow("functional_maps_wf")
    inputnode = pe.Node(niu.IdentityInterface(fields=["bold", "mask"]), name="inputnode")
    inputnode.inputs.bold, inputnode.inputs.mask = bold, mask
    coverage = init_coverage_mask_wf(omp_nthreads=omp_nthreads)
    tsnr = init_tsnr_wf(omp_nthreads=omp_nthreads)
    workflow.connect(
        [
            (inputnode, coverage, [("bold", "inputnode.bold"), ("mask", "inputnode.mask")]),
            (inputnode, tsnr, [("bold", "inputnode.bold")]),
        ]
    )
    for init_wf in MASKED_BY_COVERAGE:
        masked = init_wf(omp_nthreads=omp_nthreads)
        workflow.connect(
            [
                (inputnode, masked, [("bold", "inputnode.bold")]),
                (coverage, masked, [("outputnode.coverage_mask", "inputnode.mask")]),
            ]
        )
    return workflow


if __name__ == "__main__":
    main()
