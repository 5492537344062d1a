"""One formula, unchanged, over a volume, a surface, grayordinates and parcels."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.interfaces import MathImg
from tests.surfaces import made
from tests.surfaces.gifti_files import BOLD
from tests.surfaces.gifti_files import read as read_gifti

VOLUME = made.numbers(3, 4, 5, made.TIMES)
FORMULAS = {
    "100 * bold / np.mean(bold, axis=-1)": lambda b: 100 * b / b.mean(-1, keepdims=True),
    "np.mean(bold, axis=-1) / np.std(bold, axis=-1)": lambda b: b.mean(-1) / b.std(-1),
    "bold[..., 2:] - np.median(bold, axis=-1)": lambda b: (
        b[..., 2:] - np.median(b, axis=-1, keepdims=True)
    ),
    "(bold > 10) & (bold < 1000)": lambda b: (b > 10) & (b < 1000),
    "bold - np.mean(bold)": lambda b: b - b.mean(),
}

# What is there, its values with time last, and how a result is read back.
KINDS = {
    ".nii.gz": (VOLUME, lambda path: nib.load(path).get_fdata()),
    ".dtseries.nii": (made.shown("b"), lambda path: np.squeeze(nib.load(path).get_fdata().T)),
    ".ptseries.nii": (made.shown("pt"), lambda path: np.squeeze(nib.load(path).get_fdata().T)),
    ".func.gii": (BOLD, lambda path: read_gifti(path)[1]),
}


@pytest.fixture(scope="module")
def paths(gifti, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    cifti = made.write_all(folder)
    nib.save(nib.Nifti1Image(VOLUME, np.eye(4)), folder / "bold.nii.gz")
    return {
        ".nii.gz": str(folder / "bold.nii.gz"),
        ".dtseries.nii": str(cifti["b"]),
        ".ptseries.nii": str(cifti["pt"]),
        ".func.gii": gifti["bold"],
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("formula", FORMULAS)
def test_one_formula_serves_every_kind(paths, tmp_path, kind, formula):
    """The name of the result is left to the node, which finds it by the kind."""
    node = MathImg(formula, bold=paths[kind], copy_header_from="bold")
    out = node.run(cwd=tmp_path).outputs.out_file
    values, read = KINDS[kind]
    expected = FORMULAS[formula](values.astype(float))
    np.testing.assert_allclose(read(out), expected, rtol=3e-6, atol=1e-4)
    again = math_img(formula, {"bold": paths[kind]}, out, copy_header_from="bold", overwrite=True)
    assert again.out_file == out
