"""Functions and the guide, looked up at a terminal."""

from __future__ import annotations

import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import explain
from nipype_mathimg.cli.examples import example_of
from nipype_mathimg.formula.functions import FUNCTIONS
from nipype_mathimg.formula.program import input_names


@pytest.fixture(scope="module")
def images():
    run = nib.Nifti1Image(np.random.default_rng(0).random((6, 6, 6, 40), np.float32), np.eye(4))
    run.header.set_zooms((1, 1, 1, 2.0))
    run.header.set_xyzt_units("mm", "sec")
    labels = nib.Nifti1Image(np.full((6, 6, 6), 17, np.int16), np.eye(4))
    mask = nib.Nifti1Image(np.ones((6, 6, 6), np.uint8), np.eye(4))
    return {"a": run, "b": run, "mask": mask, "labels": labels, "atlas": labels, "w": [1.0] * 40}


@pytest.mark.filterwarnings("ignore::nipype_mathimg.HeaderWarning")
@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_the_example_of_a_function_is_right(images, row):
    example = example_of(row)
    assert "\n" not in example
    explain(example, {name: images[name] for name in input_names(example)})


def test_every_function_has_a_line(mathimg):
    lines = mathimg("functions").output.splitlines()
    assert len(lines) == len({row.spelling for row in FUNCTIONS.values()})


def test_functions_are_searched(mathimg):
    lines = mathimg("functions", "median").output.splitlines()
    names = {line.split()[0] for line in lines}
    assert {"np.median", "np.nanmedian", "ndimage.median_filter"} <= names
    assert all("median" in line for line in lines)
    assert "fwhm=6*mm" in mathimg("functions", "smooth").output
    done = mathimg("functions", "gausian_filter")
    assert done.exit_code == 1
    assert "Did you mean gaussian_filter?" in done.output


def test_the_guide(mathimg):
    pages = mathimg("guide").output
    assert "from_fslmaths  Coming from fslmaths" in pages
    page = mathimg("guide", "from-fslmaths").output
    assert page.startswith("# Coming from fslmaths")
    assert mathimg("guide", "fslmaths").output == page
    done = mathimg("guide", "nothing")
    assert done.exit_code == 1
    assert "from_fslmaths" in done.output


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "nipype_mathimg", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: mathimg")
    assert "143" in done.stdout
