"""Dense series of CIFTI-2: ours, Workbench and nibabel, each as a process of its own.

    python -m tests.benchmarks.surfaces --times 400 1600 --repeats 3

91282 grayordinates in 21 structures with the counts of the Human Connectome Project. Prints CPU
and wall seconds and the largest memory, the least of the repeats, and which goals are met. A tool
that is not installed is left out.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel import cifti2

from nipype_mathimg.formula.program import input_names
from tests.benchmarks.command import mathimg
from tests.benchmarks.measure import CommandError, least

__all__ = ["GOALS", "main"]

VERTICES = 32492
CORTEX = {"LEFT": 29696, "RIGHT": 29716}
"""Vertices of each hemisphere outside of its medial wall."""

SUBCORTEX = {
    "ACCUMBENS_LEFT": 135, "ACCUMBENS_RIGHT": 140, "AMYGDALA_LEFT": 315, "AMYGDALA_RIGHT": 332,
    "BRAIN_STEM": 3472, "CAUDATE_LEFT": 728, "CAUDATE_RIGHT": 755, "CEREBELLUM_LEFT": 8709,
    "CEREBELLUM_RIGHT": 9144, "DIENCEPHALON_VENTRAL_LEFT": 706, "DIENCEPHALON_VENTRAL_RIGHT": 712,
    "HIPPOCAMPUS_LEFT": 764, "HIPPOCAMPUS_RIGHT": 795, "PALLIDUM_LEFT": 297,
    "PALLIDUM_RIGHT": 260, "PUTAMEN_LEFT": 1060, "PUTAMEN_RIGHT": 1010, "THALAMUS_LEFT": 1288,
    "THALAMUS_RIGHT": 1248,
}  # fmt: skip
"""Voxels of 2 mm of each structure."""

PARCELS = 379

GOALS = {
    "ratio": (0.8, 60),
    "z": (1.1, None),
    "mean": (0.45, None),
    "median": (0.65, None),
    "global": (0.6, None),
    "parcels": (0.7, 60),
}
"""CPU seconds and MB (1e6 bytes) of ours over 400 times: what Workbench takes, or half of it."""

FORMULAS = {
    "ratio": ("(a - b) / b", "dtseries"),
    "z": ("(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)", "dtseries"),
    "mean": ("np.mean(a, axis=-1)", "dscalar"),
    "median": ("np.median(a, axis=-1)", "dscalar"),
    "global": ("np.mean(a, axis=0)", ""),
    "parcels": ("np.mean(a, by=atlas)", "ptseries"),
}

INPUTS = {"a": "a.dtseries.nii", "b": "b.dtseries.nii", "atlas": "atlas.dlabel.nii"}

_NIBABEL = """
import sys
import nibabel as nib, numpy as np
from nibabel import cifti2
folder, out, job = sys.argv[1:]
image = nib.load(f"{folder}/a.dtseries.nii")
a = np.asarray(image.dataobj)
series, places = (image.header.get_axis(k) for k in (0, 1))
first = series
if job == "ratio":
    b = np.asarray(nib.load(f"{folder}/b.dtseries.nii").dataobj)
    found = (a - b) / b
elif job == "z":
    found = (a - a.mean(0)) / a.std(0)
elif job in ("mean", "median"):
    found, first = getattr(np, job)(a, axis=0)[None], cifti2.ScalarAxis([job])
elif job == "global":
    print(a.mean(1)[0])
    sys.exit()
else:
    labels = np.asarray(nib.load(f"{folder}/atlas.dlabel.nii").dataobj)[0]
    keys = np.unique(labels)
    found = np.stack([a[:, labels == key].mean(1) for key in keys], axis=1)
    parts = [(f"p{key:g}", places[labels == key]) for key in keys]
    places = cifti2.ParcelsAxis.from_brain_models(parts)
header = cifti2.Cifti2Header.from_axes((first, places))
nib.save(cifti2.Cifti2Image(found.astype("f4"), header), out)
"""


def models() -> cifti2.BrainModelAxis:
    """Return the grayordinates; the medial wall is in runs, as it is in a mesh."""
    parts = []
    for side, count in CORTEX.items():
        mask = np.ones(VERTICES, bool)
        missing, length = VERTICES - count, 400
        for k, start in enumerate(range(0, missing, length)):
            begin = 3000 + k * 4 * length
            mask[begin : begin + min(length, missing - start)] = False
        parts.append(cifti2.BrainModelAxis.from_mask(mask, name=f"CIFTI_STRUCTURE_CORTEX_{side}"))
    affine = np.array([[-2, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]], float)
    at = 1000
    for name, count in SUBCORTEX.items():
        voxels = np.zeros(91 * 109 * 91, bool)
        voxels[at : at + 3 * count : 3] = True
        at += 3 * count
        parts.append(
            cifti2.BrainModelAxis.from_mask(
                voxels.reshape(91, 109, 91), affine=affine, name=f"CIFTI_STRUCTURE_{name}"
            )
        )
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def write(folder: Path, times: int) -> None:
    """Write two series of noise and an atlas."""
    places = models()
    random = np.random.default_rng(0)
    series = cifti2.SeriesAxis(0, 0.72, times)
    for name in "ab":
        values = random.standard_normal((times, len(places)), np.float32) * 20 + 1000
        header = cifti2.Cifti2Header.from_axes((series, places))
        nib.save(cifti2.Cifti2Image(values, header), folder / f"{name}.dtseries.nii")
    labels = np.arange(len(places)) * PARCELS // len(places) + 1
    table = {0: ("???", (0, 0, 0, 0))}
    table |= {k: (f"p{k}", (0.5, 0.5, 0.5, 1)) for k in range(1, PARCELS + 1)}
    axes = (cifti2.LabelAxis(["atlas"], [table]), places)
    header = cifti2.Cifti2Header.from_axes(axes)
    nib.save(
        cifti2.Cifti2Image(labels[None].astype(np.float32), header), folder / "atlas.dlabel.nii"
    )


def commands(job: str, folder: Path) -> dict[str, list[list[str]]]:
    """Return the commands of each tool that is installed."""
    formula, kind = FORMULAS[job]
    out = str(folder / (f"out.{kind}.nii" if kind else "out"))
    inputs = {name: str(folder / INPUTS[name]) for name in input_names(formula)}
    python = [sys.executable, "-c"]
    found = {
        "ours": [mathimg(formula, inputs, out if kind else None)],
        "nibabel": [[*python, _NIBABEL, str(folder), out, job]],
    }
    if shutil.which("wb_command"):
        found["wb_command"] = _workbench(job, folder, out)
    return found


def _workbench(job: str, folder: Path, out: str) -> list[list[str]]:
    a, b = (str(folder / f"{name}.dtseries.nii") for name in "ab")
    mean, deviation = (str(folder / f"{name}.dscalar.nii") for name in ("mean", "sd"))
    reduce, math = ["wb_command", "-cifti-reduce", a], ["wb_command", "-cifti-math"]
    repeat = ["-select", "1", "1", "-repeat"]
    if job == "ratio":
        return [[*math, "(a - b) / b", out, "-var", "a", a, "-var", "b", b]]
    if job == "z":
        variables = ["-var", "a", a, "-var", "m", mean, *repeat, "-var", "s", deviation, *repeat]
        return [
            [*reduce, "MEAN", mean],
            [*reduce, "STDEV", deviation],
            [*math, "(a - m) / s", out, *variables],
        ]
    if job == "global":
        return [[*reduce, "MEAN", f"{out}.nii", "-direction", "COLUMN"]]
    if job == "parcels":
        atlas = str(folder / "atlas.dlabel.nii")
        return [["wb_command", "-cifti-parcellate", a, atlas, "COLUMN", out]]
    return [[*reduce, job.upper(), out]]


def rows(folder: Path, times: int, jobs: list[str], repeats: int) -> None:
    """Print what each job costs with each tool."""
    write(folder, times)
    size = (folder / "a.dtseries.nii").stat().st_size
    print(f"\n91282 grayordinates x {times}, {size / 1e6:.0f} MB")
    print(f"{'job':8} {'tool':11} {'CPU s':>7} {'wall s':>7} {'MB':>6}")
    for job in jobs:
        for tool, found in commands(job, folder).items():
            try:
                cost = least(found, repeats)
            except CommandError as error:
                print(f"{job:8} {tool:11} {error}")
                continue
            peak = cost.peak_bytes / 1e6
            print(f"{job:8} {tool:11} {cost.cpu:7.2f} {cost.wall:7.2f} {peak:6.0f}", flush=True)
            if tool == "ours" and times == 400:
                seconds, most = GOALS[job]
                met = cost.cpu <= seconds and (most is None or peak <= most)
                limit = "" if most is None else f", {most} MB"
                print(f"{'':8} goal: {seconds} CPU s{limit}: {'met' if met else 'MISSED'}")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--times", nargs="+", type=int, default=[400])
    parser.add_argument("--jobs", nargs="+", choices=list(FORMULAS), default=list(FORMULAS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder of the data; a temporary one by default")
    given = parser.parse_args()
    for times in given.times:
        with tempfile.TemporaryDirectory(dir=given.work) as folder:
            rows(Path(folder), times, given.jobs, given.repeats)


if __name__ == "__main__":
    main()
