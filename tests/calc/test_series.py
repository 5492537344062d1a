"""Confound regression, filters and censoring of runs, beside nilearn."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img, math_value

VOLUMES = 60
RNG = np.random.default_rng(3)
BOLD = RNG.normal(1000, 10, (6, 5, 4, VOLUMES)).astype("f4")
CONFOUNDS = RNG.normal(0, 1, (VOLUMES, 6)) * [0.1, 0.2, 0.01, 0.001, 5, 1] + 3


@pytest.fixture
def bold(save):
    return save("bold.nii.gz", BOLD, tr=2.0)


def cleaned(path, **options):
    """Return nilearn's clean_img in float64, with nothing done that is not asked for."""
    from nilearn.image import clean_img

    nothing = {"detrend": False, "standardize": False, "ensure_finite": False, "t_r": 2.0}
    image = nib.load(path)
    wide = nib.Nifti1Image(image.get_fdata(), image.affine)
    return clean_img(wide, **(nothing | options)).get_fdata()


@pytest.mark.filterwarnings("ignore:boolean values for 'standardize'")
@pytest.mark.needs("nilearn")
@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("regress(bold, X)", {"confounds": CONFOUNDS}),
        ("regress(detrend(bold), detrended)", {"confounds": CONFOUNDS, "detrend": True}),
        ("bandpass(bold, 0.01, 0.1)", {"high_pass": 0.01, "low_pass": 0.1}),
        ("bandpass(bold, low=0.008)", {"high_pass": 0.008}),
        ("bandpass(bold, high=0.08)", {"low_pass": 0.08}),
        (
            "regress(bandpass(bold, 0.01, 0.1), filtered)",
            {"high_pass": 0.01, "low_pass": 0.1, "confounds": CONFOUNDS},
        ),
    ],
)
def test_series_equal_nilearn(bold, tmp_path, formula, options):
    from nilearn.signal import butterworth
    from scipy.signal import detrend

    # nilearn treats the confounds as it treats the run.
    tables = {
        "X": CONFOUNDS,
        "detrended": detrend(CONFOUNDS, axis=0),
        "filtered": butterworth(CONFOUNDS, 0.5, low_pass=0.1, high_pass=0.01, copy=True),
    }
    inputs = {"bold": bold} | {n: table for n, table in tables.items() if n in formula}
    out = tmp_path / "out.nii.gz"
    math_img(formula, inputs, out, copy_header_from="bold", dtype="float64")
    result = nib.load(out)
    want = cleaned(bold, **options)
    # The run is float32, and so is what is computed from it: 2**-24 of 1000.
    assert np.abs(result.get_fdata() - want).max() < 1.3e-4
    assert result.header.get_zooms() == nib.load(bold).header.get_zooms()
    assert result.header.get_xyzt_units() == ("mm", "sec")


def test_censoring_by_a_list_of_booleans(bold, tmp_path):
    keep = CONFOUNDS[:, 4] < 6
    out = tmp_path / "out.nii.gz"
    for given in (keep, keep.tolist(), tuple(keep)):
        math_img("bold[..., keep]", {"bold": bold, "keep": given}, out, copy_header_from="bold")
        np.testing.assert_array_equal(nib.load(out).get_fdata(), BOLD[..., keep])
    shells = {"bold": bold, "bval": [0, 1000, 20, 2000] * 15}
    mean = math_value("np.mean(bold[..., bval < 50])", shells).value
    assert mean == pytest.approx(np.mean(BOLD[..., ::2], dtype=float))


def test_a_matrix_contracts_time(bold, tmp_path):
    out = tmp_path / "out.nii.gz"
    for given in (CONFOUNDS, CONFOUNDS.tolist()):
        math_img("bold @ X", {"bold": bold, "X": given}, out, copy_header_from="bold")
        result = nib.load(out)
        np.testing.assert_allclose(result.get_fdata(), BOLD.astype(float) @ CONFOUNDS, rtol=1e-6)
        assert result.header["pixdim"][4] == 0 or result.header["xyzt_units"] < 8
