"""What it costs to plan or to refuse a formula, as it grows: its time has to be proportional.

A curve of seconds and memory is measured by ``python -m tests.fuzz cost``; the test counts the
calls of functions instead, which no other process on the machine can disturb.
"""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WHOLE, Way, planned

__all__ = ["GROWING", "SECONDS", "CostReport", "calls", "curve"]

SECONDS = 2.0
MEGABYTES = 200
SIZES = (100, 1000, 3000, 10000)

INPUTS = {
    "a": np.zeros((3, 4, 2, 5), np.int16),
    "b": np.zeros((3, 4, 2, 5), np.float32),
    "m": np.zeros((3, 4, 2), np.uint8),
}


def _terms(pattern: str, between: str = "+") -> Callable[[int], str]:
    return lambda n: between.join(pattern.format(k=k) for k in range(n))


def _lines(pattern: str) -> Callable[[int], str]:
    def text(n: int) -> str:
        chained = (pattern.format(k=k, last=k - 1) for k in range(1, n))
        return "\n".join(["x0 = b + 1", *chained, f"x{n - 1}"])

    return text


GROWING: Mapping[str, Callable[[int], str]] = {
    "equal terms": _terms("a"),
    "different terms": _terms("a*{k}"),
    "a sum of a list": lambda n: f"sum([{_terms('a', ',')(n)}])",
    "a sum of different ones": lambda n: f"sum([{_terms('a*{k}', ',')(n)}])",
    "means of different terms": _terms("np.mean(a*{k})"),
    "differences to means": _terms("(b-np.mean(a*{k}))"),
    "a stack": lambda n: f"np.stack([{_terms('m*{k}', ',')(n)}], axis=-1)",
    "a list of numbers": lambda n: f"np.take(a, [{_terms('1', ',')(n)}], axis=0)",
    "comparisons": _terms("(a>{k})", "|"),
    "signs": lambda n: "-" * n + "a",
    "brackets": lambda n: "(" * n + "a" + ")" * n,
    "brackets that stay open": lambda n: "np.abs(" * n + "a",
    "a name used twice on each line": _lines("x{k} = x{last} * x{last}"),
    "reductions in a row": _lines("x{k} = x{last} - np.mean(x{last})"),
    "comments": lambda n: "# a comment\n" * n + "a * 2",
    "lines of one expression": lambda n: "(" + "\n+ ".join(["a"] * n) + ")",
    "a mistake at the end": lambda n: f"sum([{_terms('a*{k}', ',')(n)}]) + q",
    "the same mistake again and again": _terms("np.maen(a)"),
}
"""For each way in which a formula can grow, the one with n parts."""


def calls(formula: str, way: Way = WHOLE) -> int:
    """Return how many functions are called until a formula is planned or refused."""
    profile = cProfile.Profile()
    profile.enable()
    _planned(formula, way)
    profile.disable()
    return int(vars(pstats.Stats(profile))["total_calls"])


def _planned(formula: str, way: Way = WHOLE) -> str:
    try:
        planned(formula, INPUTS, way)
    except FormulaError as error:
        return "refused" if len(str(error)) < 2000 else "repeated"
    return "planned"


@dataclass
class CostReport:
    """A curve for each way to grow."""

    lines: list[str]
    failures: list[str]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def curve(
    sizes: Sequence[int] = SIZES, tell: Callable[[str], object] = lambda text: None
) -> CostReport:
    """Measure seconds of the processor, and how much memory grew, each in a new process."""
    report = CostReport([], [])
    for name in GROWING:
        parts = []
        for size in sizes:
            child = [sys.executable, "-m", "tests.fuzz.cost", name, str(size)]
            done = subprocess.run(child, capture_output=True, text=True, check=True)
            seconds, megabytes, outcome = done.stdout.split()
            parts.append(f"{size}: {seconds} s {megabytes} MB {outcome}")
            if float(seconds) > SECONDS or float(megabytes) > MEGABYTES:
                report.failures.append(f"{name}, {parts[-1]}")
        report.lines.append(f"{name}: {', '.join(parts)}")
        tell(report.lines[-1])
    return report


def _measured(name: str, size: int) -> str:
    import resource
    import time

    def peak() -> float:
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return grown / 1e6 if sys.platform == "darwin" else grown / 1e3

    formula = GROWING[name](size)
    _planned("a")  # what is loaded once is not the cost of a formula
    before, started = peak(), time.process_time()
    outcome = _planned(formula)
    return f"{time.process_time() - started:.2f} {peak() - before:.0f} {outcome}"


if __name__ == "__main__":
    print(_measured(sys.argv[1], int(sys.argv[2])))
