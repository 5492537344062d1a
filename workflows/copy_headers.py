"""Copying headers from input images: what a computed image keeps of its input's header.

Two runs are computed with and without the header of the first, and the headers are compared.
Without arguments it takes a real run, and that run inside its brain mask, which Nipype ships.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nibabel as nib
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import MathImg, node
from nipype_mathimg.workflows import init_copy_headers_wf
from nipype_mathimg.workflows.running import absolute, run_workflow, script_parser, shipped

FORMULA = "np.mean(img1, axis=-1) - np.mean(img2, axis=-1)"
TITLES = {
    "same_fresh": "`img1 * 1`, which gets a fresh header: fields that differ from img1",
    "same_copied": '`img1 * 1` with copy_header_from="img1": fields that differ',
    "mean_fresh": f"`{FORMULA}`, which gets a fresh header: fields that differ",
    "mean_copied": "The same, and then CopyHeader with the header of img1: fields that differ",
    "mean_at_once": 'Both in one node, with copy_header_from="img1": fields that differ',
}


def main() -> None:
    """Run the workflow, print its tables and where its results are."""
    options = parser().parse_args()
    workflow = init_copy_headers_wf(formula=FORMULA, omp_nthreads=options.n_procs)
    inputs = workflow.inputs.inputnode
    if options.adhd or options.bold:
        inputs.img1, inputs.img2 = map(absolute, options.bold or adhd_runs())
    else:
        inputs.img1 = shipped("ds003_sub-01_mc.nii.gz")
        connect_brain(workflow, inputs.img1)
    files = run_workflow(workflow, options)
    tables = dict(zip(TITLES, files["compare"], strict=True))

    print(f"\n1. Header of img1, {inputs.img1} (pixdim[4] is the TR)")
    print(f"\n{nib.load(inputs.img1).header}")
    for number, (name, title) in enumerate(TITLES.items(), 2):
        print(f"\n{number}. {title}\n\n{Path(tables[name]).read_text().rstrip()}")
    print("\nThe images:")
    for name in TITLES:
        print(*files[name])
    print(
        "\nAll went well. The warnings in the log, that a header is new, are meant: same_fresh\n"
        "and mean_fresh show what is lost without copy_header_from."
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    data = line.add_mutually_exclusive_group()
    data.add_argument("--bold", nargs=2, metavar=("A", "B"), help="two runs on one grid")
    data.add_argument(
        "--adhd", action="store_true", help="two runs that nilearn downloads (about 90 MB)"
    )
    return line


def connect_brain(workflow: pe.Workflow, img1: str) -> None:
    """Give the workflow a second run: the first one inside its brain mask."""
    mask = shipped("ds003_sub-01_mc_brainmask.nii.gz")
    brain = node(MathImg("bold * mask", bold=img1, mask=mask, copy_header_from="bold"), "img2")
    workflow.connect(brain, "out_file", workflow.get_node("inputnode"), "img2")


def adhd_runs() -> list[str]:
    """Return the two runs of nilearn's example, downloaded with its own display of progress."""
    try:
        from nilearn.datasets import fetch_adhd
    except ImportError:
        raise SystemExit(
            '--adhd needs nilearn: python -m pip install "nipype_mathimg[examples]"'
        ) from None
    return list(fetch_adhd(n_subjects=2).func)


if __name__ == "__main__":
    main()
