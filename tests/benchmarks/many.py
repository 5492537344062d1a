"""Many small nodes: what each costs in a workflow where every core is busy.

``python -m tests.benchmarks.many`` runs a MapNode of 64 images (91x109x91 .nii.gz) under MultiProc
with two processes, with each of the ways that are installed, in turns: this package, niworkflows'
`ApplyMask` and `Binarize`, and niimath through Nipype's own `CommandLine` interface. With Nipype's
own pause of 2 s between two looks whether a node is done a way takes more than a minute.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import nibabel as nib
import numpy as np

from tests.benchmarks.measure import Cost, measure
from tests.benchmarks.report import load_and_processor
from tests.benchmarks.tools import niimath_binary

__all__ = ["main"]

SHAPE = (91, 109, 91)

_RUN = """
import json, sys, time
from pathlib import Path
from nipype import MapNode, Workflow
images, mask, folder, binary, pause = json.loads(sys.argv[1])
NODE
work = Workflow(name="many", base_dir=folder)
work.add_nodes([node])
work.config["execution"]["poll_sleep_duration"] = pause
begun = time.perf_counter(), time.process_time()
work.run(PLUGIN)
wall = time.perf_counter() - begun[0]
Path(folder, "run.json").write_text(json.dumps([wall, begun[1]]))
"""
"""Runs one way, and writes how long the run took, and what the process had used before it."""

_OURS = """
from nipype_mathimg.interfaces import MathImg, WatchfulMultiProcPlugin
interface = MathImg("img * (mask > 0)", copy_header_from="img")
node = MapNode(interface, iterfield=["img"], name="masked")
node.inputs.img, node.inputs.mask = images, mask
"""

_OURS_BINARIZE = """
from nipype_mathimg.interfaces import MathImg
interface = MathImg("mask = img > 900\\nmasked = img * mask", outputs=["mask", "masked"],
                    copy_header_from="img")
node = MapNode(interface, iterfield=["img"], name="binarized")
node.inputs.img = images
"""

_BINARIZE = """
from niworkflows.interfaces.nibabel import Binarize
node = MapNode(Binarize(thresh_low=900), iterfield=["in_file"], name="binarized")
node.inputs.in_file = images
"""

_NIWORKFLOWS = """
from niworkflows.interfaces.nibabel import ApplyMask
node = MapNode(ApplyMask(), iterfield=["in_file"], name="masked")
node.inputs.in_file, node.inputs.in_mask = images, mask
"""

_NIIMATH = """
from nipype.interfaces.base import CommandLine
node = MapNode(CommandLine(command=binary), iterfield=["args"], name="masked")
node.inputs.args = [f"{image} -mas {mask} masked.nii.gz" for image in images]
"""

_MULTIPROC = 'plugin="MultiProc", plugin_args={"n_procs": 2}'
_WATCHFUL = 'plugin=WatchfulMultiProcPlugin({"n_procs": 2})'


def _ways() -> dict[str, str]:
    """Return the scripts of what is installed."""
    ours = _RUN.replace("NODE", _OURS)
    found = {
        "ours": ours.replace("PLUGIN", _MULTIPROC),
        "ours, WatchfulMultiProcPlugin": ours.replace("PLUGIN", _WATCHFUL),
    }
    if niimath_binary():
        found["niimath by CommandLine"] = _RUN.replace("NODE", _NIIMATH)
    if importlib.util.find_spec("niworkflows") is not None:
        found["niworkflows' ApplyMask"] = _RUN.replace("NODE", _NIWORKFLOWS)
        found["ours, mask and masked"] = _RUN.replace("NODE", _OURS_BINARIZE)
        found["niworkflows' Binarize"] = _RUN.replace("NODE", _BINARIZE)
    return {name: code.replace("PLUGIN", _MULTIPROC) for name, code in found.items()}


def _images(folder: Path, count: int) -> tuple[list[str], str]:
    rng = np.random.default_rng(3)
    brain = np.sum(((np.indices(SHAPE).T / SHAPE - 0.5) ** 2).T, axis=0) < 0.2
    files = []
    for number in range(count):
        values = np.where(brain, rng.normal(1000, 50, SHAPE), 0).astype(np.float32)
        files.append(str(folder / f"image{number:02}.nii.gz"))
        nib.save(nib.Nifti1Image(values, np.eye(4)), files[-1])
    mask = str(folder / "mask.nii.gz")
    nib.save(nib.Nifti1Image(brain.astype(np.uint8), np.eye(4)), mask)
    return files, mask


def _timed(code: str, files: list[str], mask: str, pause: float) -> Cost:
    """Return what the run of a workflow costs, without the start of Nipype.

    Its workers are part of it: they are forked when it begins and have ended with the process.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = json.dumps([files, mask, folder, niimath_binary(), pause])
        cost = measure([[sys.executable, "-c", code, given]], {"FSLOUTPUTTYPE": "NIFTI_GZ"})
        wall, before = json.loads(Path(folder, "run.json").read_text())
    return replace(cost, wall=wall, cpu=cost.cpu - before)


def _row(name: str, costs: list[Cost], nodes: int) -> str:
    """Return the medians of a way."""
    wall, cpu = (median(getattr(c, what) for c in costs) * 1e3 / nodes for what in ("wall", "cpu"))
    peak = max(cost.peak_bytes for cost in costs) / 1e6
    return f"{name:30} {wall:6.0f} {cpu:6.0f} {peak:6.0f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the images, and time every way."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.many")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=64)
    parser.add_argument(
        "--pause",
        type=float,
        default=0.02,
        help="s between two looks whether a node is done; Nipype's 2 are all of the wall time",
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        files, mask = _images(Path(folder), given.nodes)
        ways = _ways()
        print(load_and_processor())
        print("per node, without the start of Nipype: wall ms, processor ms, largest process MB")
        costs: dict[str, list[Cost]] = {name: [] for name in ways}
        for number in range(given.rounds):
            for name, code in ways.items():
                costs[name].append(_timed(code, files, mask, given.pause))
                # At once: on a busy machine a round takes minutes.
                print(_row(name, costs[name], given.nodes), f"  round {number + 1}", flush=True)


if __name__ == "__main__":
    main()
