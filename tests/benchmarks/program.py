"""One program with several results against the same results one by one, and against niimath.

``python -m tests.benchmarks.program`` checks every result against float64 first, then times all
ways in turns: one call of a program, a call for each result, niimath's commands; whole processes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import nibabel as nib
import numpy as np

from nipype_mathimg import explain
from tests.benchmarks.data import SHAPE, make_runs
from tests.benchmarks.jobs import Array
from tests.benchmarks.measure import Cost, measure
from tests.benchmarks.tools import niimath_binary

__all__ = ["PROGRAMS", "Program", "main"]

_OURS = """
import json, sys
from nipype_mathimg import math_img
formula, inputs, outputs = json.loads(sys.argv[1])
math_img(formula, inputs, outputs=outputs, copy_header_from="a")
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and how niimath comes to the same results.

    Parameters
    ----------
    lines : str
        The program over the run ``a`` and the mask ``m``.
    outputs : tuple of str
        Its results.
    niimath : tuple of str
        Commands; ``{a}`` and ``{m}`` are the inputs, ``{mean}`` the file of a result.
    reference : callable
        float64 arrays of the inputs -> the right results.
    """

    lines: str
    outputs: tuple[str, ...]
    niimath: tuple[str, ...]
    reference: Callable[[Array, Array], Mapping[str, Array]]


def _four(a: Array, m: Array) -> Mapping[str, Array]:
    mean, std = a.mean(axis=-1), a.std(axis=-1, ddof=1)
    mask = (mean > 100) & (m > 0)
    return {"mean": mean, "std": std, "tsnr": np.where(std > 0, mean / std, 0), "mask": mask}


def _twelve(a: Array, m: Array) -> Mapping[str, Array]:
    found = dict(_four(a, m))
    mean, std = found["mean"], found["std"]
    inside = m > 0
    level = mean[inside].mean()
    spread = a.max(axis=-1) - a.min(axis=-1)
    cov = np.where(mean > 0, std / mean, 0)
    found["mask"] = inside & (mean > 0.2 * level) & (cov < 0.5) & (spread < 3 * mean)
    return found


PROGRAMS = {
    "four": Program(
        """
        mean = np.mean(a, axis=-1)
        std = np.std(a, axis=-1, ddof=1)
        tsnr = np.where(std > 0, mean / std, 0)
        mask = (mean > 100) & (m > 0)
        """,
        ("mean", "std", "tsnr", "mask"),
        (
            "niimath {a} -Tmean {mean}",
            "niimath {a} -Tstd {std}",
            "niimath {mean} -div {std} {tsnr}",
            "niimath {mean} -thr 100 -mas {m} -bin {mask}",
        ),
        _four,
    ),
    "twelve": Program(
        """
        mean = np.mean(a, axis=-1)
        std = np.std(a, axis=-1, ddof=1)
        tsnr = np.where(std > 0, mean / std, 0)
        inside = m > 0
        level = np.mean(mean[inside])
        largest = np.max(a, axis=-1)
        smallest = np.min(a, axis=-1)
        spread = largest - smallest
        cov = np.where(mean > 0, std / mean, 0)
        steady = (cov < 0.5) & (spread < 3 * mean)
        bright = mean > 0.2 * level
        mask = inside & bright & steady
        """,
        ("mean", "std", "tsnr", "mask"),
        (
            "niimath {a} -Tmean {mean}",
            "niimath {a} -Tstd {std}",
            "niimath {mean} -div {std} {tsnr}",
            "niimath {a} -Tmin {tmp}min.nii.gz",
            "niimath {a} -Tmax -sub {tmp}min.nii.gz -div {mean} -uthr 3 -bin {tmp}spread.nii.gz",
            "niimath {std} -div {mean} -uthr 0.5 -bin -mas {tmp}spread.nii.gz -mas {m} {mask}",
        ),
        _twelve,
    ),
}
"""The programs by name. niimath leaves the mean within the mask out of the mask of "twelve"."""


def _lines_for(program: Program, output: str) -> str:
    """Return the lines that one result needs."""
    needed, kept = {output}, []
    for line in reversed(program.lines.strip().splitlines()):
        name, expression = line.strip().split(" = ", 1)
        if name in needed:
            kept.append(line.strip())
            needed |= set(re.findall(r"\w+", expression))
    return "\n".join(reversed(kept))


def _ways(program: Program, files: Mapping[str, str], out: Path) -> dict[str, list[list[str]]]:
    """Return the commands of each way."""
    targets = {name: str(out / f"{name}.nii.gz") for name in program.outputs}

    def ours(lines: str, names: Mapping[str, str]) -> list[str]:
        used = {k: v for k, v in files.items() if k == "a" or "m " in lines or "m)" in lines}
        return [sys.executable, "-c", _OURS, json.dumps([lines, used, names])]

    ways = {
        "one program": [ours(program.lines, targets)],
        "one by one": [
            ours(_lines_for(program, name), {name: path}) for name, path in targets.items()
        ],
    }
    binary = niimath_binary()
    if binary:
        names = {**files, **targets, "tmp": str(out / "tmp_")}
        ways["niimath"] = [
            [binary, *(word.format_map(names) for word in line.split()[1:])]
            for line in program.niimath
        ]
    return ways


def _loaded(path: str) -> Array:
    image: Any = nib.load(path)
    return np.asarray(image.get_fdata(dtype=np.float64, caching="unchanged"))


def _wrong(program: Program, right: Mapping[str, Array], out: Path) -> list[str]:
    """Return the results that are not right: more than rounding of float32 away."""
    found = []
    for name in program.outputs:
        values = _loaded(str(out / f"{name}.nii.gz"))
        close = np.isclose(values, right[name], rtol=5e-5, atol=5e-3)
        if np.count_nonzero(~close) > 1e-5 * close.size:
            found.append(name)
    return found


def _timed(program: Program, files: Mapping[str, str], rounds: int) -> None:
    with np.errstate(all="ignore"):
        right = program.reference(_loaded(files["a"]), _loaded(files["m"]))
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        ways = _ways(program, files, out)
        for name, commands in ways.items():
            measure(commands, {"FSLOUTPUTTYPE": "NIFTI_GZ"})
            print(f"  {name}: wrong {_wrong(program, right, out) or 'none'}")
        for _ in range(rounds):
            for name, commands in ways.items():
                costs.setdefault(name, []).append(measure(commands, {"FSLOUTPUTTYPE": "NIFTI_GZ"}))
    for name, found in costs.items():
        wall, cpu = (median(getattr(c, what) for c in found) for what in ("wall", "cpu"))
        peak = max(cost.peak_bytes for cost in found) / 1e6
        print(f"  {name}: wall {wall:.2f} s, processor {cpu:.2f} s, peak {peak:.0f} MB")
    for name in list(costs)[1:]:
        pairs = list(zip(costs["one program"], costs[name], strict=True))
        wall = median(a.wall / b.wall for a, b in pairs)
        cpu = median(a.cpu / b.cpu for a, b in pairs)
        print(f"  one program / {name}: wall {wall:.2f}, processor {cpu:.2f}")


def main() -> None:
    """Check and time the programs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--volumes", type=int, default=176)
    parser.add_argument("--shape", type=int, nargs=3, default=SHAPE)
    given = parser.parse_args()
    cache = Path(tempfile.gettempdir()) / "nipype_mathimg_benchmark"
    runs = make_runs(cache, "float32", ".nii.gz", tuple(given.shape), given.volumes)
    files = {"a": runs.path("a"), "m": runs.path("mask")}
    for name, program in PROGRAMS.items():
        plan = explain(program.lines, files, outputs=program.outputs, copy_header_from="a")
        print(f"{name}: the run is decoded {plan.passes('a')} time(s)")
        _timed(program, files, given.rounds)


if __name__ == "__main__":
    main()
