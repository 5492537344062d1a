"""No network, no other file, the same bytes everywhere, no growth."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.peers import found_programs, run_peers
from tests.promises.endurance import held_after
from tests.promises.golden import GOLDEN, hashes
from tests.promises.work import FORMULAS

ROOT = str(Path(__file__).parents[2])

WATCHED = """
import os, sys
FORBIDDEN = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "os.system", "os.exec",
    "os.spawn", "os.posix_spawn", "os.fork", "subprocess.", "ctypes.dlopen", "webbrowser.", "exec")
seen, opened = [], []
def watch(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        seen.append(event)
    elif running and event.startswith(FORBIDDEN):
        seen.append(f"{event} {args}"[:200])
    elif running and event == "open" and isinstance(args[0], str):
        opened.append(args[0])
running = False
sys.addaudithook(watch)
import pkgutil, importlib, nipype_mathimg
for module in pkgutil.walk_packages(nipype_mathimg.__path__, "nipype_mathimg."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from pathlib import Path
from tests.promises.work import compute_all
folder = Path(sys.argv[1])
for _ in compute_all(folder):  # everything that is loaded when it is needed is there now
    pass
inputs = {name: str(folder / f"{name}.nii.gz") for name in "afm"}
formula = "np.sort(a, axis=0) + f * m"
running = True
nipype_mathimg.math_img(formula, inputs, folder / "o.nii.gz", copy_header_from="a")
running = False
print([name for name in opened if not name.startswith(str(folder))])
print(seen)
"""


def run(code, *words, emulator=(), **environment):
    done = subprocess.run(
        [*emulator, sys.executable, *code, *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT, "NO_ET": "1", "NIPYPE_NO_ET": "1", **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_no_network_no_program_and_no_file_but_those_that_are_given(tmp_path):
    opened, seen = run(["-W", "ignore", "-c", WATCHED], tmp_path)
    assert (opened, seen) == ("[]", "[]")


@pytest.mark.parametrize("host", ["8.8.8.8", "example.org", "2001:4860:4860::8888"])
def test_no_test_fetches_anything(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family) as one,
        pytest.raises(ConnectionRefusedError, match="tests fetch nothing"),
    ):
        one.connect((host, 80))


def test_the_bytes_of_results_do_not_depend_on_what_is_around(tmp_path):
    around = {
        "plain": (1, 1 << 28, {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}),
        "other": (
            3,
            12 << 20,
            {"PYTHONHASHSEED": "77", "TZ": "Asia/Kolkata", "LC_ALL": "tr_TR.UTF-8"},
        ),
    }
    for name, (threads, memory, environment) in around.items():
        folder = tmp_path / name
        folder.mkdir()
        before = os.umask(0o077 if name == "other" else 0o022)
        try:
            run(["-m", "tests.promises.work"], folder, threads, memory, **environment)
        finally:
            os.umask(before)
    for formula in FORMULAS:
        plain, other = ((tmp_path / n / f"{formula}.nii.gz").read_bytes() for n in around)
        assert plain == other, formula


@pytest.mark.needs("qemu")
def test_the_bytes_of_results_do_not_depend_on_the_processor(tmp_path):
    """NumPy, ISA-L and zlib-ng choose code by it; the emulated one has SSE 4.2 and no AVX."""
    work, settings = ["-m", "tests.promises.work"], (2, 1 << 28)
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, emulator in ((here, ()), (there, ("qemu-x86_64", "-cpu", "Nehalem"))):
        folder.mkdir()
        run(work, folder, *settings, emulator=emulator)
    for formula in FORMULAS:
        name = f"{formula}.nii.gz"
        assert (here / name).read_bytes() == (there / name).read_bytes(), formula


def test_results_are_those_of_the_last_release():
    found, golden = hashes(), json.loads(GOLDEN.read_text())
    changed = [name for name in golden if found.get(name) != golden[name]]
    assert found.keys() == golden.keys()
    assert not changed, (
        f"the results of {changed} changed; if that is meant, say so in CHANGELOG.md and run "
        "python -m tests.promises.golden"
    )


@pytest.mark.needs("proc")
def test_random_formulas_leave_nothing_behind():
    assert held_after(9, 30, 60) == []


@pytest.mark.skipif(not found_programs(), reason="niimath, mrcalc, wb_command are not installed")
def test_other_programs_agree():
    report = run_peers(20_000, range(12))
    assert not report.failures, f"{report.failures[0]}\n{report}"
