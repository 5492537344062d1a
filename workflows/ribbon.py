"""The cortical ribbon from signed distances to the white and the pial surfaces, in one node."""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_ribbon_wf
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the ribbon is."""
    options = parser().parse_args()
    workflow = init_ribbon_wf(omp_nthreads=options.n_procs)
    workflow.inputs.inputnode.white = [absolute(path) for path in options.white]
    workflow.inputs.inputnode.pial = [absolute(path) for path in options.pial]
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    for surface in ("white", "pial"):
        line.add_argument(
            f"--{surface}",
            nargs=2,
            required=True,
            metavar=("LEFT", "RIGHT"),
            help=f"distances to the {surface} surface, negative inside",
        )
    return line


if __name__ == "__main__":
    main()
