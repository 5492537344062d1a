"""``mathimg`` is told to stop while it writes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import nibabel as nib
import numpy as np
import pytest

COMMAND = "from nipype_mathimg.cli import main; main()"


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "Error: Stopped by SIGTERM; no result was written"),
        (signal.SIGINT, 1, "Aborted!"),
    ],
)
def test_nothing_stays_and_it_says_so(tmp_path, number, code, said):
    data = np.random.default_rng(0).normal(size=(96, 96, 40, 20)).astype(np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "img.nii")
    arguments = ["img", "np.sqrt(np.abs(img))", "o.nii.gz", "-i", "img=img.nii"]
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not any(path.name.startswith(".o.nii.gz") for path in tmp_path.iterdir()):
            assert process.poll() is None, "it was over before it could be stopped"
            time.sleep(0.01)
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    assert said in error
    assert process.returncode == code
    assert [path.name for path in tmp_path.iterdir()] == ["img.nii"]
