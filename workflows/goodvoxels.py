"""The voxels of a run that are no outliers of the ribbon: fMRIPrep's chain in one node."""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_goodvoxels_wf
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the masks are."""
    options = parser().parse_args()
    workflow = init_goodvoxels_wf(factor=options.factor, omp_nthreads=options.n_procs)
    workflow.inputs.inputnode.bold = absolute(options.bold)
    workflow.inputs.inputnode.ribbon = absolute(options.ribbon)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("--bold", required=True, help="a run, 4D")
    line.add_argument("--ribbon", required=True, help="the cortical ribbon on its grid, 3D")
    line.add_argument(
        "--factor", type=float, default=0.5, help="standard deviations above the mean (0.5)"
    )
    return line


if __name__ == "__main__":
    main()
