"""A worker that is killed, and it alone, leaves no partial result, and the next run succeeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import nibabel as nib
import numpy as np
import psutil
import pytest

from tests.interfaces.helpers import voxels, ways
from tests.interfaces.matrix import plugins

pytestmark = [
    pytest.mark.timeout(120, func_only=True),
    # ipyparallel closes its sockets in its own time.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SECONDS = 40

REPORTED = {
    "MultiProc watchful": ["wf.culprit", "was killed", "Lower n_procs", "run the workflow again"],
    "SLURM": ["wf.culprit", "finished or terminated", "results file does not exist"],
    "IPython": ["wf.culprit", "died while running task"],
}
"""Where the run ends with a crash file, and what that says."""

SILENT = {"SLURMGraph": "it ends before its jobs do, and says nothing when sbatch fails"}


@pytest.fixture
def image(tmp_path):
    """Return an image that takes long enough to be interrupted."""
    data = np.random.default_rng(0).normal(size=(96, 96, 40, 20)).astype(np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "img.nii")
    return str(tmp_path / "img.nii")


@pytest.fixture
def own_service(service):
    """Return a function that gives a service of which a worker may be killed."""

    def given(name: str | None):
        # The engines of the session are those of other tests.
        return stack.enter_context(plugins.ipython()) if name == "ipython" else service(name)

    with ExitStack() as stack:
        yield given


def start(folder: Path, **given) -> subprocess.Popen:
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.interfaces.scheduler", json.dumps(given)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": plugins.python_path()},
            stdout=log,
            stderr=log,
        )


def wait_for(found, folder: Path):
    deadline = time.monotonic() + SECONDS
    while not (result := found()):
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.001)
    return result


def writers(folder: Path) -> list[psutil.Process]:
    """Return the processes that have a file of a folder open which is not yet complete."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            paths = [Path(file.path) for file in process.open_files()]
            if any(path.parent == folder and path.suffix == ".part" for path in paths):
                found.append(process)
    return found


def is_broken(_scheduler: subprocess.Popen, log: Path) -> bool:
    """Return whether Python has told the scheduler that its pool of workers is of no use."""
    return "BrokenProcessPool" in log.read_text()


def has_new_worker(scheduler: subprocess.Popen, _log: Path) -> bool:
    """Return whether all workers are there again, although one was killed."""
    workers = psutil.Process(scheduler.pid).children()
    return len([one for one in workers if one.status() != psutil.STATUS_ZOMBIE]) == 2


WAITS = {
    "MultiProc 1": is_broken,
    "MultiProc fork": is_broken,
    "MultiProc spawn": is_broken,
    "LegacyMultiProc": has_new_worker,
}
"""Where Nipype waits for the lost result for ever, and how far it comes before."""


def end(scheduler: subprocess.Popen) -> None:
    """End a scheduler and its workers."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(scheduler.pid).children(recursive=True):
            child.kill()
    scheduler.kill()
    scheduler.wait()


def said_by_jobs(folder: Path) -> str:
    """Return what the scheduler and the jobs of a cluster have written."""
    logs = [folder / "log", *sorted(folder.glob("wf/batch/*.sh.[oe]"))]
    return "\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in logs)


@pytest.mark.parametrize("name", ways("Linear"))
def test_a_killed_worker(tmp_path, image, own_service, name):
    served = own_service(plugins.WAYS[name].service)
    derivatives = tmp_path / "derivatives"
    derivatives.mkdir()
    given = {
        "name": name,
        "base_dir": str(tmp_path),
        "image": image,
        # Nipype empties the folder of a node before it runs, but not this one.
        "out_file": str(derivatives / "root.nii.gz"),
        "plugin_args": served.get("plugin_args", {}),
        "settings": {"crashdump_dir": str(tmp_path)},
    }
    scheduler = start(tmp_path, **given)
    (worker,) = wait_for(lambda: writers(derivatives), tmp_path)
    assert worker.pid != scheduler.pid
    worker.kill()
    with suppress(psutil.TimeoutExpired):
        worker.wait(5)
    try:
        if name in REPORTED:
            assert scheduler.wait(SECONDS) == 1
        elif name in SILENT:
            assert scheduler.wait(SECONDS) == 0
        else:
            wait_for(lambda: WAITS[name](scheduler, tmp_path / "log"), tmp_path)
            assert scheduler.poll() is None
    finally:
        end(scheduler)
    if "cluster" in served:
        served["cluster"].wait_until_empty()
    left = [path.name for path in derivatives.iterdir()]
    assert "root.nii.gz" not in left
    texts = [path.read_text() for path in tmp_path.glob("crash-*culprit*.txt")]
    assert len(texts) == (name in REPORTED)
    assert all(word in texts[0] for word in REPORTED.get(name, []))

    # Where all cores are taken, sbatch may fail; nobody but a missing result tells.
    for _ in range(3 if name in SILENT else 1):
        again = start(tmp_path, **given)
        try:
            assert again.wait(SECONDS) == 0, (tmp_path / "log").read_text()
        finally:
            end(again)
        if "cluster" in served:
            served["cluster"].wait_until_empty()
        if (derivatives / "root.nii.gz").exists():
            break
    # What the killed run left is gone too.
    assert [path.name for path in derivatives.iterdir()] == ["root.nii.gz"], said_by_jobs(tmp_path)
    expected = np.sqrt(np.abs(voxels(image)) + 0.1)
    np.testing.assert_allclose(voxels(derivatives / "root.nii.gz"), expected, rtol=1e-6)
