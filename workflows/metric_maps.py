"""Sulcal depth, thickness and cortex of a hemisphere from FreeSurfer's metrics, in one node."""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_metric_maps_wf
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the metrics are."""
    options = parser().parse_args()
    workflow = init_metric_maps_wf(omp_nthreads=options.n_procs)
    workflow.inputs.inputnode.sulc = absolute(options.sulc)
    workflow.inputs.inputnode.thickness = absolute(options.thickness)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("--sulc", required=True, help="sulcal depth (.shape.gii)")
    line.add_argument("--thickness", required=True, help="thickness of the same hemisphere")
    return line


if __name__ == "__main__":
    main()
