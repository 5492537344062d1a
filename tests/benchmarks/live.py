"""A process that stays alive and runs jobs when told to: what a warm call and a node cost."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.benchmarks.measure import CommandError, Cost

__all__ = ["LIVE", "LiveProcess", "forget_peak", "peak_bytes"]


class LiveProcess:
    """A process with this package loaded, with or without Nipype, or with the prototype.

    Parameters
    ----------
    way : str
        One of `LIVE`.

    Raises
    ------
    ValueError
        There is no such way.
    """

    def __init__(self, way: str) -> None:
        if way not in LIVE:
            raise ValueError(f"{way!r} is none of {', '.join(LIVE)}")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.live", way],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> LiveProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def run(self, formula: str, inputs: dict[str, Any], out_file: str) -> Cost:
        """Run one job and return what it took inside the process.

        Raises
        ------
        CommandError
            The job failed, with its message.
        """
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise CommandError("the live process has no pipes")
        print(json.dumps([formula, inputs, out_file]), file=to, flush=True)
        answer = json.loads(back.readline())
        if isinstance(answer, str):
            raise CommandError(answer)
        return Cost(*answer)


def _warm(formula: str, inputs: dict[str, Any], out_file: str) -> None:
    from nipype_mathimg import math_img

    math_img(formula, inputs, out_file, copy_header_from=next(iter(inputs)))


def _node(formula: str, inputs: dict[str, Any], out_file: str) -> None:
    from nipype_mathimg.interfaces import MathImg
    from nipype_mathimg.interfaces.node import node

    donor = next(iter(inputs))
    interface = MathImg(formula, copy_header_from=donor, out_file=Path(out_file).name, **inputs)
    cores = len(os.sched_getaffinity(0))
    made = node(interface, "job", n_procs=cores, base_dir=f"{out_file}_node")
    os.replace(made.run().outputs.out_file, out_file)


def _prototype(formula: str, inputs: dict[str, Any], out_file: str) -> None:
    from tests.benchmarks.jobs import JOBS
    from tests.benchmarks.prototype import main

    job = next(job for job in JOBS.values() if job.formula == formula)
    main(job.name, *map(str, inputs.values()), out_file)


LIVE: dict[str, Callable[..., None]] = {
    "ours-warm": _warm,
    "ours-node": _node,
    "prototype-warm": _prototype,
}
"""The ways: ``math_img`` called, a Nipype node run with `MathImg`, the prototype called."""


def peak_bytes() -> int:
    """Return the largest resident size since `forget_peak`."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def forget_peak() -> None:
    """Let the largest resident size begin at what it is now."""
    Path("/proc/self/clear_refs").write_text("5")


def _timed(call: Callable[..., None], *arguments: Any) -> list[float]:
    forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    call(*arguments)
    return [time.perf_counter() - wall, time.process_time() - cpu, peak_bytes()]


def _serve(way: str) -> None:
    # Nipype logs to the standard output; answers go to the pipe itself.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for line in sys.stdin:
        answer: list[float] | str
        try:
            answer = _timed(LIVE[way], *json.loads(line))
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
