"""Small images, the commands of other programs on them, and their translations."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.errors import TranslationError
from nipype_mathimg.translate import translate
from tests.benchmarks.tools import niimath_binary

SHAPE = (20, 24, 18)
ZOOMS = (2, 2, 2.5)
VOLUMES = 12

FACTOR, SHARE = 1e-5, 2e-6
"""Peers compute in float32: equal within a part of the value and a part of the largest."""


def make_images(folder: Path) -> None:
    """Write images with zeros, negative values, holes and islands, in both orders of x."""
    rng = np.random.default_rng(5)
    there = rng.random((*SHAPE, VOLUMES)) > 0.1
    images = {
        "a": rng.normal(2, 3, SHAPE) * there[..., 0],
        "b": rng.normal(1, 2, SHAPE) * (rng.random(SHAPE) > 0.2),
        "run": rng.normal(2, 3, (*SHAPE, VOLUMES)) * there,
        "run2": rng.normal(1, 2, (*SHAPE, VOLUMES)) * there[::-1],
        "distinct": rng.normal(2, 3, (*SHAPE, VOLUMES)),
        "p": rng.random(SHAPE),
        "blobs": rng.random(SHAPE) > 0.01,
        "shell": _shell(),
        "sparse": rng.integers(1, 5, SHAPE) * (rng.random(SHAPE) > 0.93),
        "odd": rng.normal(2, 3, SHAPE)[:-1, :-1, :-1],
        "holes": np.where(rng.random(SHAPE) > 0.98, np.nan, rng.normal(2, 3, SHAPE)),
        "kernel": rng.random((3, 4, 5)),
    }
    for name, data in images.items():
        for suffix, sign in (("", -1), ("_left", 1)):
            affine = np.diag([sign * ZOOMS[0], *ZOOMS[1:], 1.0])
            affine[:3, 3] = (-19 * sign, -24, -20)
            # No negative zeros: MRtrix reads them as 0.
            image = nib.Nifti1Image(np.asarray(data + 0.0, "float32"), affine)
            image.header.set_xyzt_units("mm", "sec")
            nib.save(image, folder / f"{name}{suffix}.nii.gz")


def _shell() -> np.ndarray:
    distance = sum(
        (axis - middle) ** 2 for axis, middle in zip(np.indices(SHAPE), (9, 11, 8), strict=True)
    )
    shell = (distance < 40) & (distance > 20)
    shell[9, 11, :8] = False  # a channel: no hole for the neighbours at faces
    return shell


def by_peer(words: list[str], out_file: str, folder: Path) -> np.ndarray:
    """Return what a program writes."""
    program = niimath_binary() if words[0] == "niimath" else shutil.which(words[0])
    assert program is not None
    environment = os.environ | {
        "FSLOUTPUTTYPE": "NIFTI_GZ",
        "MRTRIX_QUIET": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [program, *words[1:]],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    found = nib.load(folder / out_file)
    return np.asarray(found.dataobj).astype("complex128" if _complex(found) else "float64")


def _complex(image: nib.Nifti1Image) -> bool:
    return image.get_data_dtype().kind == "c"


def translated(words: list[str], folder: Path) -> np.ndarray:
    """Return what the translation of a command writes."""
    found = translate(words)
    inputs = {name: folder / file for name, file in found.inputs.items()}
    out_file = folder / "ours.nii.gz"
    outputs = dict.fromkeys(found.outputs) and {
        name: folder / f"ours_{file}" for name, file in found.outputs.items()
    }
    math_img(
        found.program,
        inputs,
        None if outputs else out_file,
        outputs=outputs or None,
        copy_header_from=found.donor,
        dtype=found.dtype,
    )
    if outputs:
        out_file = next(path for path in outputs.values() if path.name == f"ours_{found.out_file}")
    return nib.load(out_file).get_fdata()


def translated_formula(formula: str, files: dict[str, str], folder: Path) -> np.ndarray:
    """Return what a formula writes on the grid of its image."""
    inputs = {name: folder / file for name, file in files.items()}
    donor = next(iter(inputs))
    out_file = folder / "ours.nii.gz"
    grid = "header" if "np.fft" in formula else "follow"  # frequencies are no places
    math_img(formula, inputs, out_file, copy_header_from=donor, dtype="float32", grid=grid)
    return nib.load(out_file).get_fdata()


def assert_same(got: np.ndarray, want: np.ndarray) -> None:
    """Compare within the rounding of float32, NaN and infinities in the same places."""
    want = want.reshape(want.shape + (1,) * (got.ndim - want.ndim))
    largest = np.abs(want[np.isfinite(want)]).max(initial=0)
    np.testing.assert_allclose(got.reshape(want.shape), want, rtol=FACTOR, atol=SHARE * largest)


def assert_refused(command: str, said: str) -> None:
    """Check that a command is refused, and why."""
    with pytest.raises(TranslationError) as caught:
        translate(command)
    assert said in str(caught.value)
