"""Mean time series of the regions of an atlas, without regions that a run hardly covers."""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_parcellation_wf
from nipype_mathimg.workflows.running import absolute, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the tables are."""
    options = parser().parse_args()
    workflow = init_parcellation_wf(
        min_coverage=options.min_coverage, omp_nthreads=options.n_procs
    )
    for name in ("bold", "atlas", "labels"):
        setattr(workflow.get_node("inputnode").inputs, name, absolute(getattr(options, name)))
    run_workflow(workflow, options)
    folder = absolute(options.out / workflow.name / "parcellate")
    print("\n".join(f"{name}  {folder}/{name}.tsv" for name in ("timeseries", "coverage")))


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("bold", help="a run, 4D")
    line.add_argument("atlas", help="labels on the grid of the run")
    line.add_argument("labels", help="their table, a .tsv with the columns index and name")
    line.add_argument(
        "--min-coverage",
        type=float,
        default=0.5,
        metavar="FRACTION",
        help="least part of a region that has to vary over time (default: %(default)s)",
    )
    return line


if __name__ == "__main__":
    main()
