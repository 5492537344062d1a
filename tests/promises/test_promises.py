"""No network, no other file, the same bytes everywhere, no growth."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from tests.fuzz.peers import found_programs, run_peers
from tests.promises.endurance import held_after
from tests.promises.golden import GOLDEN, hashes
from tests.promises.work import FORMULAS

UNITS = 4
"""By how many units in the last place a function may be off whose last bits IEEE 754 leaves open:
what NumPy grants its own loops for AVX2 and AVX-512."""

OPEN_FUNCTIONS = {
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh"), (-20, 20)),
    **dict.fromkeys(("log", "log2", "log10", "log1p", "power", "cbrt"), (0.01, 500)),
    **dict.fromkeys(("sin", "cos", "tan", "arctan", "tanh", "arcsinh"), (-9, 9)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), (-0.99, 0.99)),
    "arccosh": (1.01, 90),
}
"""Between which values they are tried."""

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


@pytest.mark.parametrize("code", ["f4", "f8"])
@pytest.mark.parametrize("name", OPEN_FUNCTIONS)
def test_last_bits_that_a_version_of_numpy_decides_are_few(name, code, tmp_path):
    """Held by the lowest and the newest NumPy, so that two of them differ by twice as much."""
    low, high = OPEN_FUNCTIONS[name]
    values = np.linspace(low, high, 1001).astype(code).reshape(7, 11, 13)
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii")
    formula = f"np.{name}(a)" if name != "power" else "np.power(a, 1.7)"
    inputs = {"a": str(tmp_path / "a.nii")}
    math_img(formula, inputs, tmp_path / "o.nii", copy_header_from="a")
    got = np.asanyarray(nib.load(tmp_path / "o.nii").dataobj)
    # The C library's, of 64 bits of mantissa or more: other code than that of NumPy's loops.
    wide = values.astype(np.longdouble)
    exponent = np.asarray(1.7, code).astype(np.longdouble)
    want = np.power(wide, exponent) if name == "power" else getattr(np, name)(wide)
    units = np.abs(got - want) / np.spacing(np.abs(want).astype(code))
    assert got.dtype == code
    assert units.max() <= UNITS


@pytest.mark.needs("proc")
def test_random_formulas_leave_nothing_behind():
    assert held_after(9, 30, 60) == []


@pytest.mark.skipif(not found_programs(), reason="niimath, mrcalc, wb_command are not installed")
def test_other_programs_agree():
    report = run_peers(20_000, range(12))
    assert not report.failures, f"{report.failures[0]}\n{report}"
