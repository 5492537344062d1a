"""Mean and standard deviation over several runs on one grid."""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_group_stats_wf
from nipype_mathimg.workflows.running import absolute, file_table, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the maps are."""
    options = parser().parse_args()
    runs = [absolute(path) for path in options.bold]
    workflow = init_group_stats_wf(runs, formula=options.formula, omp_nthreads=options.n_procs)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("bold", nargs="+", metavar="RUN", help="a run, 4D")
    line.add_argument(
        "--formula",
        default="np.mean(bold, axis=-1)",
        help="what each run is reduced to (default: %(default)s)",
    )
    return line


if __name__ == "__main__":
    main()
