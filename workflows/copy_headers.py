"""Copying headers from input images with MathImg, as a Nipype workflow.

Without arguments it runs on a real run and its brain mask, which Nipype ships.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import nibabel as nib
import nipype
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import MathImg
from nipype_mathimg.workflows import init_copy_headers_wf

TITLES = (
    "`img1 * 1`: a fresh header",
    '`img1 * 1` with copy_header_from="img1"',
    "difference of the means over time: a fresh header",
    "difference of the means over time, header copied by CopyHeader",
    'difference of the means over time, with copy_header_from="img1" in one node',
)


def main() -> None:
    """Run the workflow, print its tables and where its results are."""
    options = parser().parse_args()
    workflow = pe.Workflow("copy_headers", base_dir=str(options.out.absolute()))
    headers = init_copy_headers_wf(omp_nthreads=options.n_procs)
    if options.adhd or options.bold:
        img1, img2 = adhd_runs() if options.adhd else options.bold
        workflow.add_nodes([headers])
        headers.inputs.inputnode.img2 = str(Path(img2).absolute())
    else:
        img1, mask = shipped_images()
        brain = pe.Node(MathImg("bold * mask", bold=img1, mask=mask), name="brain")
        brain.inputs.copy_header_from = "bold"
        workflow.connect(brain, "out_file", headers, "inputnode.img2")
    headers.inputs.inputnode.img1 = str(Path(img1).absolute())

    plugin = "MultiProc" if options.n_procs > 1 else "Linear"
    graph = workflow.run(plugin=plugin, plugin_args={"n_procs": options.n_procs})
    results = {node.name: node.result.outputs for node in graph.nodes()}
    print(f"\n{img1}\n{nib.load(img1).header}")
    for title, table, out_file in zip(
        TITLES, results["compare"].out_file, results["collect"].out, strict=True
    ):
        print(f"\n{title}\n{out_file}\n{Path(table).read_text().rstrip()}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(description=__doc__)
    data = line.add_mutually_exclusive_group()
    data.add_argument("--bold", nargs=2, metavar=("A", "B"), help="two runs on one grid")
    data.add_argument("--adhd", action="store_true", help="fetch two runs through nilearn")
    line.add_argument("--out", type=Path, default=Path("copy_headers_out"), help="work folder")
    line.add_argument("--n-procs", type=int, default=1, help="number of processes and threads")
    return line


def shipped_images() -> tuple[str, str]:
    """Return a real run and its brain mask from Nipype's own test data."""
    folder = Path(nipype.__file__).parent / "testing" / "data"
    return (
        str(folder / "ds003_sub-01_mc.nii.gz"),
        str(folder / "ds003_sub-01_mc_brainmask.nii.gz"),
    )


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
