"""What came of many cases of one fuzzer."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["CaseReport", "Tell", "run_cases"]

Tell = Callable[[str], object]


@dataclass
class CaseReport:
    """How many cases ended how; what the costliest took."""

    what: str
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0
    growth: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {kind}" for kind, n in self.counts.most_common())
        return (
            f"{self.what}, seed {self.seed}: {self.counts.total()} cases: {counts}, "
            f"{len(self.failures)} failed; the longest took {self.longest:.2f} s, the largest "
            f"{self.growth / 2**20:.0f} MiB"
        )


def run_cases(
    what: str,
    seed: int,
    numbers: Sequence[int],
    judge: Callable[[int], str],
    *,
    tell: Tell = lambda text: None,
    seconds: float = 5.0,
    bytes_grown: int = 200 << 20,
    program: str = "tests.fuzz",
) -> CaseReport:
    """Judge cases and report on them.

    Parameters
    ----------
    what : str
        Name of the fuzzer.
    seed : int
        Of the cases.
    numbers : sequence of int
        The cases.
    judge : callable
        From the number of a case to how it ended, in a word or two; raises AssertionError where
        it failed.
    tell : callable
        Hears of each failure at once.
    seconds, bytes_grown
        What a case may take at most, in time of the processor: others may use it too.
    program : str
        Who runs a case again.
    """
    report = CaseReport(what, seed)
    for number in numbers:
        before, started = _peak(), time.process_time()
        try:
            report.counts[judge(number)] += 1
            problem = ""
        except AssertionError as error:
            problem = str(error)
        spent, grown = time.process_time() - started, _peak() - before
        report.longest, report.growth = max(report.longest, spent), max(report.growth, grown)
        if spent > seconds and not problem:
            problem = f"took {spent:.1f} s"
        if grown > bytes_grown and not problem:
            problem = f"took {grown >> 20} MiB"
        if problem:
            again = f"python -m {program} {what} --seed {seed} --only {number}"
            report.failures.append(f"{problem}\n  again: {again}")
            tell(report.failures[-1])
    return report


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
