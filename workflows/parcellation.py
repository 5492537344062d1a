"""Mean time series of the regions of an atlas, without regions that a run hardly covers.

Tables of a volume; parcellated files where the run is a .dtseries.nii and the atlas a .dlabel.nii.
"""

from __future__ import annotations

import argparse

from nipype_mathimg.workflows import init_parcellation_wf
from nipype_mathimg.workflows.running import absolute, run_workflow, script_parser


def main() -> None:
    """Run the workflow and print where the tables are."""
    line = parser()
    options = line.parse_args()
    cifti = options.bold.lower().endswith(".dtseries.nii")
    if (options.labels is None) is not cifti:
        line.error("a volume needs the table of its labels, and a .dlabel.nii has its own")
    workflow = init_parcellation_wf(
        min_coverage=options.min_coverage, cifti=cifti, omp_nthreads=options.n_procs
    )
    for name in ("bold", "atlas") if cifti else ("bold", "atlas", "labels"):
        setattr(workflow.get_node("inputnode").inputs, name, absolute(getattr(options, name)))
    run_workflow(workflow, options)
    folder = absolute(options.out / workflow.name / "parcellate")
    for name, ending in (("timeseries", "ptseries.nii"), ("coverage", "pscalar.nii")):
        print(f"{name}  {folder}/{name}.{ending if cifti else 'tsv'}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("bold", help="a run: a 4D volume, or a .dtseries.nii")
    line.add_argument("atlas", help="labels on the grid of the run, or a .dlabel.nii")
    line.add_argument(
        "labels",
        nargs="?",
        help="the table of a volume's labels, a .tsv with the columns index and name",
    )
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
