"""A disk that gets full: a crash file that says so, nothing partial, and the next run succeeds."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass, field

import nibabel as nib
import numpy as np
import pytest

from tests.interfaces.helpers import voxels, ways
from tests.interfaces.matrix import plugins

pytestmark = pytest.mark.timeout(60, func_only=True)

SCRIPT = """\
set -eu
mkdir work
{limit}
{run} || true
find work -name '*root*' >left
{room}
{run}
cp work/wf/culprit/root.nii* .
find work -name '*root*' >left_again
"""


@dataclass(frozen=True)
class Disk:
    """How there is no room for a result, how there is room again, and what the crash file says."""

    limit: str
    room: str
    words: tuple[str, ...]
    out_file: str = "root.nii.gz"
    settings: dict[str, str] = field(default_factory=dict)


SMALL = "mount -t tmpfs -o size=4m none work"
LARGE = "mount -o remount,size=64m work"
REMEDY = "Check the free space of"

SMALL_DISKS = {
    "full in the middle": Disk(
        SMALL, LARGE, ("root.nii.gz: cannot be written", "No space left", REMEDY)
    ),
    "too small from the start": Disk(
        SMALL,
        LARGE,
        ("root.nii: cannot be written (at least", "No space left", REMEDY),
        out_file="root.nii",
    ),
    # Nipype fails before it runs the interface: it cannot write what it knows of the node.
    "without any room": Disk(
        f"{SMALL}; cat /dev/zero >work/filler 2>/dev/null || true",
        f"rm work/filler; {LARGE}",
        ("No space left on device",),
        settings={"create_report": "false"},
    ),
}
NO_LARGE_FILES = Disk(
    "ulimit -S -f 4096",
    "ulimit -S -f unlimited",
    ("root.nii.gz: cannot be written", "File too large", REMEDY),
)
LOCAL = ways("MultiProc 1", "MultiProc spawn", "LegacyMultiProc", "SLURM", "SLURMGraph", "IPython")


@pytest.mark.needs("mount")
@pytest.mark.parametrize("disk", SMALL_DISKS.values(), ids=SMALL_DISKS)
@pytest.mark.parametrize("name", LOCAL)
def test_a_full_disk(tmp_path, name, disk):
    check(tmp_path, name, disk, ["unshare", "--mount", "sh", "-c"])


# The engines of IPython run already, without the limit; SLURMGraph does not wait for its jobs.
@pytest.mark.parametrize("name", ways("MultiProc 1", "MultiProc spawn", "IPython", "SLURMGraph"))
def test_a_limit_on_files(tmp_path, service, name):
    service(plugins.WAYS[name].service)
    check(tmp_path, name, NO_LARGE_FILES, ["sh", "-c"])


def check(tmp_path, name: str, disk: Disk, shell: list[str]) -> None:
    """Run without room and with it, and look at what is there after each run."""
    data = np.random.default_rng(0).normal(size=(96, 96, 40, 8)).astype(np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "img.nii")
    given = {
        "name": name,
        "base_dir": str(tmp_path / "work"),
        "image": str(tmp_path / "img.nii"),
        "out_file": disk.out_file,
        "plugin_args": {},
        # Crash files need a disk that has room.
        "settings": {"crashdump_dir": str(tmp_path), **disk.settings},
    }
    run = shlex.join([sys.executable, "-m", "tests.interfaces.scheduler", json.dumps(given)])
    script = SCRIPT.format(limit=disk.limit, room=disk.room, run=run)
    started = subprocess.Popen(
        [*shell, script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": plugins.python_path()},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, log = started.communicate(timeout=40)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        raise
    assert started.returncode == 0, log
    (crash,) = tmp_path.glob("crash-*culprit*.txt")
    text = crash.read_text()
    assert all(word in text for word in ["wf.culprit", *disk.words]), text
    assert (tmp_path / "left").read_text() == ""
    assert (tmp_path / "left_again").read_text() == f"work/wf/culprit/{disk.out_file}\n"
    expected = np.sqrt(np.abs(data) + 0.1)
    np.testing.assert_allclose(voxels(str(tmp_path / disk.out_file)), expected, rtol=1e-6)
