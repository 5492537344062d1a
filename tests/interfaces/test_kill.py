"""A run that is killed in the middle leaves no partial result, and the next one succeeds."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nibabel as nib
import nipype.pipeline.engine as pe
import numpy as np
import psutil
import pytest

from nipype_mathimg.interfaces import MathImg
from nipype_mathimg.interfaces.ending import ending_clean
from tests.interfaces.helpers import run
from tests.interfaces.matrix.plugins import python_path

pytestmark = pytest.mark.timeout(120)

SCRIPT = """
import nipype.pipeline.engine as pe
from nipype_mathimg.interfaces import MathImg

if __name__ == "__main__":
    workflow = pe.Workflow("wf", base_dir=".")
    workflow.add_nodes([pe.Node(MathImg({formula!r}, img={img!r}), "math")])
    workflow.run({plugin!r}, plugin_args={{"n_procs": 1}})
"""
FORMULA = "np.sqrt(np.abs(img) + 0.1)"


@pytest.fixture
def long_run(tmp_path):
    """Return an image that takes long enough to be interrupted."""
    data = np.random.default_rng(0).normal(size=(96, 96, 40, 12)).astype(np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "img.nii")
    return str(tmp_path / "img.nii")


def wait_for(found, process):
    deadline = time.monotonic() + 60
    while not (result := found()):
        assert time.monotonic() < deadline
        assert process.poll() is None, "it was over before it could be killed"
        time.sleep(0.001)
    return result


def files_of(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".nii" in path.name]


@pytest.mark.parametrize("plugin", ["Linear", "MultiProc", "LegacyMultiProc"])
def test_the_next_run_succeeds(tmp_path, long_run, plugin):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(formula=FORMULA, img=long_run, plugin=plugin))
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": python_path()},
            stdout=log,
            stderr=log,
        )
    folder = tmp_path / "wf" / "math"
    # The result is being written under another name.
    wait_for(lambda: folder.is_dir() and files_of(folder), process)
    everyone = [psutil.Process(process.pid), *psutil.Process(process.pid).children(True)]
    for one in reversed(everyone):
        one.send_signal(signal.SIGKILL)
    process.wait()
    psutil.wait_procs(everyone[1:], timeout=20)
    assert "img_math.nii.gz" not in files_of(folder)

    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(MathImg(FORMULA, img=long_run), "math")])
    out_file = run(workflow)["math"].result.outputs.out_file
    expected = np.sqrt(np.abs(nib.load(long_run).get_fdata()) + 0.1)
    np.testing.assert_allclose(nib.load(out_file).get_fdata(), expected, rtol=1e-5)
    assert files_of(folder) == ["img_math.nii.gz"]


def test_sigterm_leaves_nothing_and_says_so(tmp_path, long_run):
    """As SLURM ends a job whose time is up: its one process, with a time to clean up."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(formula=FORMULA, img=long_run, plugin="Linear"))
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": python_path()},
            stdout=log,
            stderr=log,
        )
    folder = tmp_path / "wf" / "math"
    wait_for(lambda: folder.is_dir() and files_of(folder), process)
    process.send_signal(signal.SIGTERM)
    # Ended by the signal itself, as without us: a batch system sees what it sent.
    assert process.wait(20) == -signal.SIGTERM
    assert files_of(folder) == []
    assert "math: ended by SIGTERM" in (tmp_path / "log").read_text()


def test_a_handler_of_somebody_else_stays(image):
    def handler(_number, _frame):
        pass

    before = signal.signal(signal.SIGTERM, handler)
    try:
        MathImg("img + 1", img=image).run()
        assert signal.getsignal(signal.SIGTERM) is handler
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        MathImg("img + 1", img=image).run()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


class _Told:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)  # Python drops what is raised here


def _told_where_nothing_can_be_raised() -> None:
    with ending_clean("a node"):
        _Told()
    os._exit(3)


def test_a_process_that_was_told_to_end_does_so_wherever_the_signal_came():
    process = multiprocessing.get_context("fork").Process(target=_told_where_nothing_can_be_raised)
    process.start()
    process.join(20)
    assert process.exitcode == -signal.SIGTERM
