from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner

from nipype_mathimg.cli.commands import main

DATA = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with a run, and three volumes of it."""
    monkeypatch.chdir(tmp_path)
    bold = nib.Nifti1Image(DATA, AFFINE)
    bold.header.set_xyzt_units("mm", "sec")
    nib.save(bold, "bold.nii.gz")
    for k in range(3):
        nib.save(nib.Nifti1Image(DATA[..., k], AFFINE), f"v{k}.nii.gz")
    return tmp_path


@pytest.fixture
def mathimg():
    """Return a function that runs the command in this process."""

    def run(*words: str):
        return CliRunner().invoke(main, words, prog_name="mathimg")

    return run
