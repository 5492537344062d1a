"""Jobs that are disturbed: ``python -m tests.faults.jobs KIND FOLDER`` runs one.

Each reads ``a.nii.gz`` of its folder, writes beside it, and has its temporary files in ``tmp``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

__all__ = ["JOBS", "leftovers", "prepare", "results_of", "start"]

SHAPE = (64, 64, 24, 24)
"""Decoded 9 MiB: more than is kept in memory, so that some jobs need a temporary copy."""

PROGRAM = "mean = np.mean(a, axis=-1)\nstd = np.std(a, axis=-1)\nz = (a - mean) / std"

JOBS: Mapping[str, tuple[str, ...]] = {
    "one": ("one.nii.gz",),
    "several": ("mean.nii.gz", "std.nii", "z.img", "z.hdr"),
    "spool": ("spool.nii.gz",),
    "terminal": ("terminal.nii",),
    "workers": ("wf/double/a_math.nii.gz", "wf/half/a_math.nii.gz"),
}
"""For each job the files that it writes."""


def prepare(folder: Path) -> None:
    """Make the input of the jobs."""
    data = np.random.default_rng(0).normal(100, 5, SHAPE).astype(np.float32)
    nib.save(nib.Nifti1Image(np.rint(data), np.eye(4)), folder / "a.nii.gz")
    (folder / "tmp").mkdir()


def start(
    kind: str, folder: Path, *, by: Sequence[str] = (), **environment: str
) -> subprocess.Popen[str]:
    """Start a job in a group of processes of its own, perhaps by another program."""
    root = str(Path(__file__).parents[2])
    if kind == "terminal":
        code = "from nipype_mathimg.cli import main; main()"
        call = [sys.executable, "-c", code, "img", "--overwrite"]
        call += ["np.sqrt(np.abs(a))", "terminal.nii", "-i", "a=a.nii.gz"]
    else:
        call = [sys.executable, "-m", "tests.faults.jobs", kind]
    return subprocess.Popen(
        [*by, *call],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "TMPDIR": str(folder / "tmp"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def results_of(kind: str, folder: Path) -> dict[str, bytes | None]:
    """Return the decoded voxels of every result, with its header; None where it is not there.

    A file that cannot be read raises: it is one that is not complete.
    """
    found: dict[str, bytes | None] = {}
    for name in JOBS[kind]:
        path = folder / name
        if path.suffix == ".hdr":
            found[name] = path.read_bytes() if path.exists() else None
        elif not path.exists():
            found[name] = None
        elif path.suffix == ".img":
            found[name] = path.read_bytes()
        else:
            image = nib.load(path)
            found[name] = image.header.binaryblock + np.asanyarray(image.dataobj).tobytes()
    return found


def leftovers(kind: str, folder: Path) -> list[str]:
    """Return what a job left beside its results."""
    mine = {"a.nii.gz", *JOBS[kind]}
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    stray = (n for n in names if ".nii" in n or ".img" in n or ".hdr" in n or n[:4] == "tmp/")
    return [name for name in stray if name not in mine]


def _run(kind: str) -> None:
    from nipype_mathimg import math_img

    inputs = {"a": "a.nii.gz"}
    if kind == "one":
        math_img("np.sqrt(np.abs(a))", inputs, "one.nii.gz", copy_header_from="a")
    elif kind == "several":
        files = {"mean": "mean.nii.gz", "std": "std.nii", "z": "z.img"}
        math_img(PROGRAM, inputs, outputs=files, copy_header_from="a")
    elif kind == "spool":
        few = 24 << 20
        math_img("np.sort(a, axis=-1)[..., ::-1]", inputs, "spool.nii.gz", memory=few)
    else:
        _workflow()


def _workflow() -> None:
    import nipype.pipeline.engine as pe

    from nipype_mathimg.interfaces import MathImg
    from nipype_mathimg.interfaces.multiproc import WatchfulMultiProcPlugin

    image = os.path.abspath("a.nii.gz")
    flow = pe.Workflow("wf", base_dir=".")
    flow.add_nodes(
        [pe.Node(MathImg("a * 2", a=image), "double"), pe.Node(MathImg("a / 2", a=image), "half")]
    )
    flow.run(WatchfulMultiProcPlugin({"n_procs": 2}))


if __name__ == "__main__":
    _run(sys.argv[1])
