"""Jobs that are killed at random moments."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import numpy as np
import psutil

from tests.faults.jobs import JOBS, leftovers, prepare, results_of, start
from tests.fuzz.report import CaseReport, run_cases

__all__ = ["run_kills"]

SHARES = (0.25, 0.3, 0.2, 0.15, 0.1)
"""How often each job is killed: workers take longest to start."""

LONGEST = 120
"""Seconds that a job may take on a busy machine."""


def run_kills(
    seed: int, numbers: Sequence[int], tell: Callable[[str], object] = lambda text: None
) -> CaseReport:
    """Kill a job for each number, look at what it left, and run it again."""
    judge = partial(_judged, seed)
    return run_cases("kills", seed, numbers, judge, tell=tell, program="tests.faults")


@cache
def _undisturbed(kind: str) -> tuple[float, dict[str, bytes | None]]:
    """Return how long a job takes, and its results."""
    with tempfile.TemporaryDirectory(prefix="mathimg_faults_") as name:
        folder = Path(name)
        prepare(folder)
        started = time.monotonic()
        _finished(kind, folder)
        return time.monotonic() - started, results_of(kind, folder)


def _finished(kind: str, folder: Path) -> None:
    process = start(kind, folder)
    said = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, f"{kind} failed: {said}"


def _judged(seed: int, number: int) -> str:
    rng = np.random.default_rng((seed, number))
    kind = str(rng.choice(list(JOBS), p=SHARES))
    seconds, right = _undisturbed(kind)
    number_of_signal = signal.Signals(int(rng.choice([signal.SIGKILL, signal.SIGTERM])))
    moment = float(rng.uniform(0, 1.1 * seconds))
    with tempfile.TemporaryDirectory(prefix="mathimg_faults_") as name:
        folder = Path(name)
        prepare(folder)
        before = bool(rng.random() < 0.5)
        if before:  # results of an earlier run, which are there until new ones are complete
            _old_results(kind, folder)
        old = results_of(kind, folder)
        process = start(kind, folder)
        time.sleep(moment)
        _send(rng, kind, process, number_of_signal)
        status = _end(process)
        what = f"{kind} after {moment:.2f} of {seconds:.2f} s, {number_of_signal.name}"
        found = results_of(kind, folder)
        wrong = [n for n in found if found[n] not in (old[n], right[n])]
        assert not wrong, f"{what}: {wrong} are neither old nor new"
        new = sum(found[n] == right[n] != old[n] for n in found)
        mixed = kind != "workers" and 0 < new < len(found)
        assert not mixed, f"{what}: {new} of {len(found)} results are new"
        allowed = {0, -number_of_signal, 128 + number_of_signal, 1}
        assert status in allowed, f"{what}: exit status {status}"
        _finished(kind, folder)
        assert results_of(kind, folder) == right, f"{what}: the next run has other results"
        stray = leftovers(kind, folder)
        assert not stray, f"{what}: after the next run there are {stray}"
    return f"{number_of_signal.name} with {'new' if new else 'no new'} results"


def _old_results(kind: str, folder: Path) -> None:
    if kind == "workers":
        return  # Nipype makes their folders, and keeps what is up to date
    for name in JOBS[kind]:
        shutil.copyfile(folder / "a.nii.gz", folder / name) if name.endswith(".gz") else None


def _send(
    rng: np.random.Generator, kind: str, process: subprocess.Popen[str], which: signal.Signals
) -> None:
    targets = [process.pid]
    if kind == "workers":
        with suppress(psutil.Error):
            children = psutil.Process(process.pid).children(recursive=True)
            targets = [*targets, *(child.pid for child in children)]
    with suppress(ProcessLookupError):
        if rng.random() < 0.3:
            os.killpg(process.pid, which)
        else:
            os.kill(int(rng.choice(targets)), which)


def _end(process: subprocess.Popen[str]) -> int:
    try:
        process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"{error.cmd} does not end") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # workers that outlived their parent
    return process.wait()
