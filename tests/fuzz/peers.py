"""Second opinions: other programs on random images, where a function means the same to all."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

from nipype_mathimg import math_img
from tests.benchmarks.tools import niimath_binary
from tests.fuzz.report import CaseReport, run_cases

__all__ = ["PROGRAMS", "found_programs", "run_peers"]

FACTOR, SHARE = 1e-5, 2e-6
"""Peers compute in float32: equal within a part of the value and a part of the largest."""

Call = Sequence[str]

PROGRAMS: Mapping[str, Mapping[str, Call]] = {
    "niimath": {
        "a + b": ("a", "-add", "b"),
        "a * b": ("a", "-mul", "b"),
        "np.abs(a)": ("a", "-abs"),
        "np.sqrt(np.abs(a))": ("a", "-abs", "-sqrt"),
        "a**2": ("a", "-sqr"),
        "np.exp(a / 50)": ("a", "-div", "50", "-exp"),
        "np.maximum(a, b)": ("a", "-max", "b"),
        "np.minimum(a, b)": ("a", "-min", "b"),
        "a > 0": ("a", "-thr", "1e-30", "-bin"),
        "np.mean(a, axis=-1)": ("a", "-Tmean"),
        "np.max(a, axis=-1)": ("a", "-Tmax"),
        "np.std(a, axis=-1, ddof=1)": ("a", "-Tstd"),
    },
    "mrcalc": {
        "a + b": ("a", "b", "-add"),
        "a - b": ("a", "b", "-subtract"),
        "a * b": ("a", "b", "-multiply"),
        "np.abs(a)": ("a", "-abs"),
        "np.sqrt(np.abs(a))": ("a", "-abs", "-sqrt"),
        "np.maximum(a, b)": ("a", "b", "-max"),
        "np.minimum(a, b)": ("a", "b", "-min"),
        "a > b": ("a", "b", "-gt"),
        "np.floor(a)": ("a", "-floor"),
        "np.cos(a)": ("a", "-cos"),
        "np.where(a > 0, a, b)": ("a", "0", "-gt", "a", "b", "-if"),
    },
    "wb_command": {
        "a + b": ("x + y",),
        "a * b - a": ("x * y - x",),
        "np.sqrt(np.abs(a))": ("sqrt(abs(x))",),
        "np.maximum(a, b)": ("max(x, y)",),
        "np.exp(a / 50)": ("exp(x / 50)",),
        "a > b": ("x > y",),
        "np.floor(a)": ("floor(x)",),
    },
}
"""For each program what it calls a formula."""


def found_programs() -> dict[str, str]:
    """Return where each program is, of those that are installed."""
    found = {name: shutil.which(name) for name in PROGRAMS}
    found["niimath"] = niimath_binary()
    return {name: path for name, path in found.items() if path}


def run_peers(
    seed: int, numbers: Sequence[int], tell: Callable[[str], object] = lambda text: None
) -> CaseReport:
    """Compare a formula on random images with a program for each number."""
    programs = found_programs()

    def judge(number: int) -> str:
        rng = np.random.default_rng((seed, number))
        name = str(rng.choice(list(programs)))
        formula = str(rng.choice(list(PROGRAMS[name])))
        with tempfile.TemporaryDirectory(prefix="mathimg_fuzz_") as folder:
            return _judged(rng, name, programs[name], formula, Path(folder))

    return run_cases("peers", seed, numbers, judge, tell=tell)


def _judged(rng: np.random.Generator, name: str, program: str, formula: str, folder: Path) -> str:
    shape = tuple(int(n) for n in rng.integers(2, 9, 4))
    for letter in "ab":
        data = rng.normal(0, 20, shape)
        data = np.rint(data).astype(np.int16) if rng.random() < 0.3 else data.astype(np.float32)
        nib.save(nib.Nifti1Image(data, np.diag([2.0, 2, 2, 1])), folder / f"{letter}.nii")
    files = {letter: str(folder / f"{letter}.nii") for letter in "ab" if _uses(formula, letter)}
    out, theirs = folder / "ours.nii", folder / "theirs.nii"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        math_img(formula, files, out, dtype="float32")
    call = _call(name, program, PROGRAMS[name][formula], files, theirs)
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, env=_environment())
    if done.returncode or not theirs.exists():
        return f"{name} gives up"
    ours, other = (np.asanyarray(nib.load(path).dataobj) for path in (out, theirs))
    other = other.reshape(ours.shape)
    bound = FACTOR * np.abs(other) + SHARE * np.abs(other).max(initial=0)
    worst = float(np.max(np.abs(ours.astype(float) - other) - bound, initial=-1))
    assert worst <= 0, f"{name}: {formula} of {shape} is off by {worst:.3g} beyond the bound"
    return name


def _uses(formula: str, letter: str) -> bool:
    return letter in compile(formula, "", "eval").co_names


def _call(
    name: str, program: str, words: Call, files: Mapping[str, str], theirs: Path
) -> list[str]:
    if name == "wb_command":
        given = [v for x, letter in (("x", "a"), ("y", "b")) if letter in files
                 for v in ("-var", x, files[letter])]  # fmt: skip
        return [program, "-volume-math", *words, str(theirs), *given]
    spelled = [files.get(word, word) for word in words]
    if name == "mrcalc":
        return [program, "-quiet", "-force", *spelled, str(theirs), "-datatype", "float32"]
    return [program, *spelled, str(theirs), "-odt", "float"]


def _environment() -> dict[str, str]:
    return {**os.environ, "FSLOUTPUTTYPE": "NIFTI", "OMP_NUM_THREADS": "1"}
