"""Jobs in which a call of the system fails: every n-th read, write, sync and renaming."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from tests.faults.jobs import leftovers, prepare, results_of, start
from tests.fuzz.report import CaseReport, run_cases

__all__ = ["run_calls"]

FAULTS = (
    ("read", "EIO"), ("read", "SHORT"), ("write", "EIO"), ("write", "ENOSPC"), ("write", "SHORT"),
    ("sync", "EIO"), ("sync", "ENOSPC"), ("name", "EIO"),
)  # fmt: skip
KINDS = ("one", "several", "spool")
"""Jobs without a scheduler of Nipype, whose own files fail too."""


def run_calls(
    seed: int, numbers: Sequence[int], tell: Callable[[str], object] = lambda text: None
) -> CaseReport:
    """Let a call fail for each number, look at what the job left, and run it again."""
    with tempfile.TemporaryDirectory(prefix="mathimg_faults_") as name:
        library = _compiled(Path(name))
        judge = partial(_judged, seed, library)
        return run_cases("calls", seed, numbers, judge, tell=tell, program="tests.faults")


def _compiled(folder: Path) -> str:
    library = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    call = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(call, check=True, capture_output=True)
    return str(library)


@cache
def _undisturbed(kind: str) -> dict[str, bytes | None]:
    with tempfile.TemporaryDirectory(prefix="mathimg_faults_") as name:
        prepare(Path(name))
        process = start(kind, Path(name))
        process.communicate()
        assert process.returncode == 0
        return results_of(kind, Path(name))


def _judged(seed: int, library: str, number: int) -> str:
    rng = np.random.default_rng((seed, number))
    kind = str(rng.choice(KINDS))
    call, fault = FAULTS[int(rng.integers(len(FAULTS)))]
    nth = int(rng.choice([1, 2, 3, 5, 9, 17, 33]))
    what = f"{kind}, {call} number {nth}: {fault}"
    right = _undisturbed(kind)
    with tempfile.TemporaryDirectory(prefix="mathimg_faults_") as name:
        folder = Path(name)
        prepare(folder)
        process = start(
            kind,
            folder,
            LD_PRELOAD=library,
            FAULT_CALL=call,
            FAULT_KIND=fault,
            FAULT_NTH=str(nth),
            FAULT_UNDER=str(folder),
        )
        _, said = process.communicate(timeout=120)
        found = results_of(kind, folder)
        if process.returncode == 0:
            assert found == right, f"{what}: other results, without an error"
        else:
            last = said.strip().rpartition("\n")[2]
            assert "ImageFileError" in said, f"{what}: {last}"
            assert process.returncode == 1, f"{what}: exit status {process.returncode}"
            assert all(one is None for one in found.values()), f"{what}: not none: {list(found)}"
        stray = leftovers(kind, folder)
        assert not stray, f"{what}: left behind: {stray}"
        clean = start(kind, folder)
        clean.communicate(timeout=120)
        assert results_of(kind, folder) == right, f"{what}: the next run has other results"
    return "right" if process.returncode == 0 else f"refused after {call} {fault}"
