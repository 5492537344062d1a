"""What a plan says about time grows with the work; a benchmark prints how true it is."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import explain


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = nib.Nifti1Image(np.zeros((32, 32, 32, 40), np.float32), np.eye(4))
    nib.save(run, "run.nii")
    nib.save(run, "run.nii.gz")
    nib.save(run.slicer[..., :20], "half.nii")
    nib.save(run.slicer[..., 0], "volume.nii")


def seconds(formula, file="run.nii", threads=1):
    return sum(explain(formula, a=file, num_threads=threads).stage_seconds)


LESS_AND_MORE = [
    (("a * 1", "half.nii"), ("a * 1", "run.nii")),
    (("np.mean(a, axis=-1)", "run.nii"), ("np.mean(a, axis=-1)", "run.nii.gz")),
    (("np.mean(a, axis=-1)",), ("a * 1",)),
    (("np.mean(a, axis=-1)",), ("np.median(a, axis=-1)",)),
    (("np.median(a, axis=-1)",), ("np.sort(a, axis=-1)",)),
    (("a * 2",), ("np.sqrt(a * 2 + 1)",)),
    (("np.sqrt(a)",), ("ndimage.gaussian_filter(a, 2)",)),
    (("np.sqrt(a)",), ("stats.norm.sf(a)",)),
    (("detrend(a, 1)",), ("bandpass(a, 0.01, 0.1, tr=2.0)",)),
    (("ndimage.median_filter(a, size=3)", "volume.nii"), ("ndimage.median_filter(a, size=5)",)),
    (
        ("ndimage.median_filter(a, footprint=ball(1))", "volume.nii"),
        ("ndimage.median_filter(a, footprint=ball(3))", "volume.nii"),
    ),
    (
        ("ndimage.maximum_filter(a, size=5)", "volume.nii"),
        ("ndimage.median_filter(a, size=5)", "volume.nii"),
    ),
    (("np.sqrt(a)", "run.nii", 4), ("np.sqrt(a)", "run.nii", 1)),
]


@pytest.mark.parametrize(("less", "more"), LESS_AND_MORE)
def test_more_to_do_takes_longer(folder, less, more):
    assert 0 < seconds(*less) < seconds(*more)


def test_a_run_twice_as_long_takes_twice_as_long(folder):
    assert seconds("np.sqrt(a)") == pytest.approx(2 * seconds("np.sqrt(a)", "half.nii"))
