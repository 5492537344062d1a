"""A few jobs that are disturbed; ``python -m tests.faults`` disturbs as many as wanted."""

from __future__ import annotations

import os
import stat

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import ImageFileError, math_img
from nipype_mathimg.calc import writing
from nipype_mathimg.images.files.spool import Spool
from tests.faults.calls import run_calls
from tests.faults.jobs import leftovers, prepare, results_of, start
from tests.faults.kills import run_kills

SEED = 20_000


@pytest.mark.needs("proc")
def test_a_job_that_is_killed_leaves_all_results_or_none():
    report = run_kills(SEED, range(2))
    assert not report.failures, f"{report.failures[0]}\n{report}"


@pytest.mark.needs("cc", "proc")
def test_a_call_of_the_system_that_fails_is_told_and_leaves_nothing():
    report = run_calls(SEED, range(3))
    assert not report.failures, f"{report.failures[0]}\n{report}"


def test_two_writers_of_one_result(tmp_path):
    prepare(tmp_path)
    both = [start("several", tmp_path) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
    assert all(results_of("several", tmp_path).values())
    assert not leftovers("several", tmp_path)


def test_a_folder_that_goes_while_its_result_is_written(tmp_path):
    image, folder = tmp_path / "a.nii", tmp_path / "gone"
    nib.save(nib.Nifti1Image(np.ones((4, 3, 2), np.float32), np.eye(4)), image)
    folder.mkdir()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nipype_mathimg.calc.writing.run_plan", _moving(folder, tmp_path / "moved"))
        with pytest.raises(ImageFileError, match="cannot be written"):
            math_img("a * 2", {"a": str(image)}, folder / "out.nii", copy_header_from="a")
    assert not folder.exists()
    assert not [name for name in os.listdir(tmp_path / "moved") if name == "out.nii"]


def _moving(folder, to):
    original = writing.run_plan

    def run(*args):
        values = original(*args)
        os.rename(folder, to)
        return values

    return run


@pytest.mark.needs("proc")
def test_a_temporary_copy_is_private_and_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = os.umask(0)
    try:
        with Spool("a", np.dtype(np.int16), 10) as spool:
            status = os.fstat(spool._file.fileno())
            assert stat.S_IMODE(status.st_mode) == 0o600
            assert status.st_nlink == 0
            assert os.listdir(tmp_path) == []
    finally:
        os.umask(before)
