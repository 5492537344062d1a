"""Memory is bounded by the budget and does not grow with the run: measured in processes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

SHAPE = (40, 48, 40)

FORMULAS = (
    "(a - b) / b",
    "a * (mask > 0)",
    "np.mean(a, axis=-1) - np.mean(b, axis=-1)",
    "np.mean(a, axis=-1) / np.std(a, axis=-1)",
    "(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)",
    "np.median(a, axis=-1)",
    "a > np.percentile(a, 98)",
    "a - scaled",
    "np.sort(a, axis=-1)",
    "ndimage.gaussian_filter(a, fwhm=6*mm)",
    "t_to_z(a, 20)",
)

RUN = """
import json, re, sys
from nipype_mathimg import math_img
formula, out, *files = sys.argv[1:]
inputs = dict(item.split("=") for item in files)
result = math_img(formula, inputs, out, copy_header_from="a", num_threads=2)
# Unlike ru_maxrss this does not begin with the memory of the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
print(json.dumps([peak, result.plan.peak_bytes]))
"""


def save(path: Path, data: np.ndarray, *, scaled: bool = False) -> None:
    image = nib.Nifti1Image(data, np.diag([3.0, 3.0, 3.0, 1.0]))
    if scaled:
        image.header.set_slope_inter(0.1, 5.0)
    nib.save(image, path)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return a folder with images of 100 volumes and one with 400."""
    found = {}
    rng = np.random.default_rng(3)
    for volumes in (100, 400):
        folder = tmp_path_factory.mktemp(f"v{volumes}")
        data = rng.normal(1000, 30, (*SHAPE, volumes)).astype(np.float32)
        data[:20] = 0
        save(folder / "a.nii.gz", data)
        save(folder / "b.nii.gz", data[..., ::-1] + 1)
        save(folder / "scaled.nii.gz", data.astype(np.int16), scaled=True)
        save(folder / "mask.nii.gz", (data[..., 0] > 0).astype(np.uint8))
        found[volumes] = folder
    return found


def measured(formula: str, folder: Path) -> tuple[int, int]:
    """Return peak and planned bytes of a process that computes a formula."""
    names = [n for n in ("a", "b", "mask", "scaled") if re.search(rf"\b{n}\b", formula)]
    files = [f"{name}={folder / name}.nii.gz" for name in names]
    done = subprocess.run(
        [sys.executable, "-c", RUN, formula, str(folder / "out.nii.gz"), *files],
        check=True,
        capture_output=True,
        text=True,
    )
    peak, planned = map(int, re.findall(r"\d+", done.stdout))
    return peak, planned


@pytest.mark.needs("proc")
@pytest.mark.parametrize("formula", FORMULAS)
def test_peak_does_not_grow_with_the_run_and_the_plan_knows_it(formula, folders):
    short, _ = measured(formula, folders[100])
    long, planned = measured(formula, folders[400])

    assert long <= 1.2 * short
    # One image of 400 volumes alone has 117 MiB.
    assert long < 130 << 20
    assert 0.75 <= planned / long <= 1.25


@pytest.mark.needs("proc")
@pytest.mark.parametrize(
    "formula",
    [
        "ndimage.gaussian_filter(a, fwhm=6*mm)",
        "ndimage.binary_opening(a > 90, iterations=2)",
        "ndimage.label(a > 110)[0]",
    ],
)
def test_the_plan_knows_the_halos_and_the_copies_of_neighbourhoods(formula, tmp_path):
    data = np.random.default_rng(5).normal(100, 20, (160, 180, 160)).astype(np.int16)
    save(tmp_path / "a.nii.gz", data)
    peak, planned = measured(formula, tmp_path)
    assert 0.8 <= planned / peak <= 1.35


@pytest.mark.needs("proc")
@pytest.mark.parametrize(
    "formula",
    [
        "ndimage.median_filter(a, footprint=ball(7))",
        "ndimage.binary_dilation(a > 150, ball(6), iterations=0)",
        "ndimage.maximum_filter(a, footprint=ball(8))",
    ],
)
def test_the_plan_knows_how_much_a_wide_window_takes(formula, tmp_path):
    # Small: such windows are slow, and their tables are as large in a small image.
    data = np.random.default_rng(5).normal(100, 20, (24, 26, 22)).astype(np.int16)
    save(tmp_path / "a.nii.gz", data)
    peak, planned = measured(formula, tmp_path)
    nothing, _ = measured("a + 1", tmp_path)
    assert planned > 60 << 20
    assert 0.75 <= planned / peak <= 1.3
    assert nothing < peak - (30 << 20)
