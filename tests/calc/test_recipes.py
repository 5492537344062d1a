"""The recipes of the guide, against NumPy, SciPy and nilearn."""

from __future__ import annotations

import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.stats import ttest_1samp

import nipype_mathimg
from nipype_mathimg import math_img

PAGE = (Path(nipype_mathimg.__file__).parent / "guide" / "recipes.md").read_text()
RECIPES = dict(re.findall(r"<!-- recipe: ([\w ]+) -->\n```text\n(.*?)```", PAGE, re.DOTALL))
RNG = np.random.default_rng(5)
VOLUMES = 60
BOLD = RNG.normal(1000, 10, (5, 4, 3, VOLUMES)).astype("f4")
FD = np.array([np.nan, *RNG.uniform(0, 0.7, VOLUMES - 1)])
MOTION = RNG.normal(0, 1, (VOLUMES, 3))


@pytest.fixture
def run(save, tmp_path):
    """Return what computes a recipe, and a run with a table beside it."""
    lines = ["framewise_displacement\ttrans_x\ttrans_y\trot_z"]
    lines += ["\t".join(map(repr, row)) for row in np.column_stack([FD, MOTION]).tolist()]
    (tmp_path / "confounds.tsv").write_text("\n".join(lines).replace("nan", "n/a"))
    files = {
        "bold": save("bold.nii.gz", BOLD, tr=2.0),
        "confounds": str(tmp_path / "confounds.tsv"),
    }

    def compute(recipe, donor, **inputs):
        given = inputs or {n: file for n, file in files.items() if n in RECIPES[recipe]}
        out = tmp_path / "out.nii.gz"
        math_img(RECIPES[recipe], given, out, copy_header_from=donor)
        return nib.load(out)

    return compute


def test_every_recipe_has_a_test():
    assert set(RECIPES) == {
        "echoes", "asymmetry", "t map", "censoring", "regression", "band"
    }  # fmt: skip


def test_echoes_are_combined(run, save):
    times = [0.012, 0.028, 0.044]
    t2star = RNG.uniform(0.02, 0.06, (5, 4, 3)).astype("f4")
    echoes = [(BOLD * np.exp(-te / t2star)[..., None]).astype("f4") for te in times]
    inputs = {f"echo{k}": save(f"echo{k}.nii.gz", e, tr=2.0) for k, e in enumerate(echoes, 1)}
    meta = {
        name: {"EchoTime": te}
        for name, te in zip(("first", "second", "third"), times, strict=True)
    }
    result = run("echoes", "echo1", t2star=save("t2star.nii.gz", t2star), **inputs, **meta)
    weights = [te * np.exp(-te / t2star.astype(float))[..., None] for te in times]
    want = sum(w * e for w, e in zip(weights, echoes, strict=True)) / sum(weights)
    np.testing.assert_allclose(result.get_fdata(), want, rtol=1e-6)
    assert result.header.get_zooms()[3] == 2.0


def test_asymmetry(run, save):
    image = RNG.uniform(50, 100, (5, 4, 3))
    path = save("img.nii.gz", image.astype("f4"))
    result = run("asymmetry", "img", img=path)
    mirror = image[::-1]
    want = 200 * (image - mirror) / (image + mirror)
    np.testing.assert_allclose(result.get_fdata(), want, atol=2e-5)
    np.testing.assert_array_equal(result.affine, nib.load(path).affine)


def test_t_map(run, save):
    maps = RNG.normal(1, 1, (9, 5, 4, 3)).astype("f4")
    files = [save(f"con{k}.nii.gz", one) for k, one in enumerate(maps)]
    result = run("t map", "con", con=files)
    want = ttest_1samp(maps.astype(float), 0).statistic
    np.testing.assert_allclose(result.get_fdata(), want, rtol=1e-6)


def test_censoring(run):
    keep = ~(FD > 0.5)
    assert 10 < keep.sum() < VOLUMES
    design = np.column_stack([np.ones(keep.sum()), MOTION[keep]])
    series = BOLD[..., keep].reshape(-1, keep.sum()).T.astype(float)
    weights = np.linalg.lstsq(design, series, rcond=None)[0]
    want = series - design @ weights + series.mean(axis=0)
    got = run("censoring", "bold").get_fdata().reshape(-1, keep.sum()).T
    np.testing.assert_allclose(got, want, rtol=2e-7)


@pytest.mark.filterwarnings("ignore:boolean values for 'standardize'")
@pytest.mark.needs("nilearn")
@pytest.mark.parametrize(
    ("recipe", "options"),
    [("regression", {"confounds": MOTION}), ("band", {"high_pass": 0.01, "low_pass": 0.1})],
)
def test_cleaning_equals_nilearn(run, recipe, options):
    from nilearn.image import clean_img

    image = nib.Nifti1Image(BOLD.astype(float), np.eye(4))
    want = clean_img(image, detrend=False, standardize=False, t_r=2.0, **options).get_fdata()
    got = run(recipe, "bold")
    # A unit of float32 at 1000, twice what rounding may take.
    assert np.abs(got.get_fdata() - want).max() < 6.2e-5
    assert got.header.get_zooms()[3] == 2.0
