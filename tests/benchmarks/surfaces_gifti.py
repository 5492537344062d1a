"""Series on a surface: ours, Workbench, nibabel and nilearn, each as a process of its own.

    python -m tests.benchmarks.surfaces_gifti --meshes 32k 164k --repeats 3

Prints CPU and wall seconds and the largest memory, the least of the repeats, and which goals are
met. A tool that is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from nipype_mathimg.formula.program import input_names
from nipype_mathimg.images.files.sink import open_sink
from nipype_mathimg.images.headers.gifti.header import GiftiHeader
from nipype_mathimg.images.headers.gifti.values import STRUCTURE, TIME_SERIES, GiftiMap
from nipype_mathimg.spec import ArraySpec
from tests.benchmarks.command import mathimg
from tests.benchmarks.measure import CommandError, least

__all__ = ["GOALS", "MESHES", "main"]

MESHES = {"10k": 10242, "32k": 32492, "164k": 163842}
"""fsaverage5, and the two meshes of the Human Connectome Project."""

TIMES = 200

GOALS = {("32k", "ratio"): (1.1, 90), ("164k", "ratio"): (4.0, 90)}
"""CPU seconds and MB (1e6 bytes) of ours: a third of Workbench's, which holds the whole file."""

_NIBABEL = """
import sys
import nibabel as nib, numpy as np
a, b, out, job = sys.argv[1:]
def read(path):
    image = nib.load(path)
    return image, np.stack([one.data for one in image.darrays], axis=1)
image, x = read(a)
if job == "ratio":
    y = read(b)[1]
    r = (x - y) / y
elif job == "mean":
    r = x.mean(axis=-1, keepdims=True)
else:
    r = (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)
made = [nib.gifti.GiftiDataArray(c, image.darrays[0].intent, "NIFTI_TYPE_FLOAT32") for c in r.T]
nib.save(nib.GiftiImage(darrays=made, meta=image.meta), out)
"""

_NILEARN = """
import sys
import numpy as np
from nilearn.image import math_img
from nilearn.surface import InMemoryMesh, PolyData, PolyMesh, SurfaceImage
a, b, out, vertices = sys.argv[1:]
faces = np.arange(3 * (int(vertices) // 3)).reshape(-1, 3)
mesh = PolyMesh(left=InMemoryMesh(np.zeros((int(vertices), 3)), faces))
x, y = (SurfaceImage(mesh, PolyData(left=path)) for path in (a, b))
math_img("(a - b) / b", a=x, b=y).data.to_filename(out)
"""

FORMULAS = {
    "ratio": "(a - b) / b",
    "mean": "np.mean(a, axis=-1)",
    "z": "(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)",
}


def _python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def _tools(job: str, folder: Path, vertices: int) -> dict[str, list[list[str]]]:
    """Return the commands of each tool that is installed and can do a job."""
    a, b = folder / "a.func.gii", folder / "b.func.gii"
    out = folder / f"out.{'shape' if job == 'mean' else 'func'}.gii"
    formula = FORMULAS[job]
    inputs = {name: str(folder / f"{name}.func.gii") for name in input_names(formula)}
    tools = {
        "ours": [mathimg(formula, inputs, str(out))],
        "nibabel": [_python(_NIBABEL, a, b, out, job)],
    }
    if shutil.which("wb_command"):
        tools["wb_command"] = _workbench(job, a, b, out)
    if job == "ratio" and importlib.util.find_spec("nilearn"):
        tools["nilearn"] = [_python(_NILEARN, a, b, folder / "out_hemi-L.gii", vertices)]
    return tools


def _workbench(job: str, a: Path, b: Path, out: Path) -> list[list[str]]:
    mean, deviation = (str(a.with_name(f"{name}.func.gii")) for name in ("mean", "sd"))
    reduce = ["wb_command", "-metric-reduce", str(a)]
    math = ["wb_command", "-metric-math"]
    repeat = ["-column", "1", "-repeat"]
    if job == "ratio":
        return [[*math, "(a - b) / b", str(out), "-var", "a", str(a), "-var", "b", str(b)]]
    if job == "mean":
        return [[*reduce, "MEAN", str(out)]]
    variables = ["-var", "a", str(a), "-var", "m", mean, *repeat, "-var", "s", deviation, *repeat]
    return [
        [*reduce, "MEAN", mean],
        [*reduce, "STDEV", deviation],
        [*math, "(a - m) / s", str(out), *variables],
    ]


def _write(path: Path, vertices: int, seed: int) -> None:
    """Write a series of noise, as large as one of 200 volumes of a scanner is."""
    header = GiftiHeader(
        vertices,
        np.dtype(np.float32),
        (GiftiMap(TIME_SERIES, (("TimeStep", "2.000000"),)),) * TIMES,
        ((STRUCTURE, "CortexLeft"),),
    )
    shape = (vertices, TIMES)
    random = np.random.default_rng(seed)
    level = random.uniform(500, 1500, vertices)
    with open_sink(path, header, ArraySpec(shape, np.dtype("f4"), header.axes(shape))) as sink:
        for _ in range(TIMES):
            volume = level + random.normal(0, 20, vertices)
            sink.append(sink.encode(volume.astype(np.float32)))
        sink.finish(header)


def _rows(mesh: str, folder: Path, jobs: list[str], repeats: int) -> None:
    vertices = MESHES[mesh]
    for seed, name in enumerate("ab"):
        _write(folder / f"{name}.func.gii", vertices, seed)
    size = (folder / "a.func.gii").stat().st_size
    print(f"\n{mesh}: {vertices} vertices x {TIMES}, {size / 1e6:.0f} MB as base64-gzip")
    print(f"{'job':6} {'tool':11} {'CPU s':>7} {'wall s':>7} {'MB':>6}")
    for job in jobs:
        for tool, commands in _tools(job, folder, vertices).items():
            try:
                cost = least(commands, repeats)
            except CommandError as error:
                print(f"{job:6} {tool:11} {error}")
                continue
            peak = cost.peak_bytes / 1e6
            print(f"{job:6} {tool:11} {cost.cpu:7.2f} {cost.wall:7.2f} {peak:6.0f}", flush=True)
            if tool == "ours" and (mesh, job) in GOALS:
                seconds, most = GOALS[mesh, job]
                met = "met" if cost.cpu <= seconds and peak <= most else "MISSED"
                print(f"{'':6} goal: {seconds} CPU s, {most} MB: {met}")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--meshes", nargs="+", choices=list(MESHES), default=["32k", "164k"])
    parser.add_argument("--jobs", nargs="+", choices=list(FORMULAS), default=list(FORMULAS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder of the data; a temporary one by default")
    given = parser.parse_args()
    for mesh in given.meshes:
        with tempfile.TemporaryDirectory(dir=given.work) as folder:
            _rows(mesh, Path(folder), given.jobs, given.repeats)


if __name__ == "__main__":
    main()
