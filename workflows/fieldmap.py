"""A fieldmap in Hz from the phase images of two echoes, in one node."""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_fieldmap_wf
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the fieldmap is."""
    options = parser().parse_args()
    workflow = init_fieldmap_wf(omp_nthreads=options.n_procs)
    inputs = workflow.inputs.inputnode
    inputs.phase1, inputs.phase2 = map(absolute, options.phase)
    inputs.echo_time1, inputs.echo_time2 = options.echo_time
    inputs.units_per_turn = options.units_per_turn
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument(
        "--phase", nargs=2, required=True, metavar=("ECHO1", "ECHO2"), help="the phase images"
    )
    line.add_argument(
        "--echo-time",
        nargs=2,
        required=True,
        type=float,
        metavar=("ECHO1", "ECHO2"),
        help="their echo times in s",
    )
    line.add_argument(
        "--units-per-turn",
        type=float,
        default=4096,
        metavar="N",
        help="how many of the scanner's units are 2 pi (default: 4096)",
    )
    return line


if __name__ == "__main__":
    main()
