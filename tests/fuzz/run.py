"""Runs many cases and reports what came of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fuzz.case import Case, Outcome, judged, random_case
from tests.fuzz.images import described
from tests.fuzz.shrink import shrunk

__all__ = ["Failure", "Report", "run_values"]


@dataclass(frozen=True)
class Failure:
    """A case that failed, and the smallest one that was found to fail in the same way."""

    seed: int
    number: int
    case: Case
    small: Case
    outcome: Outcome

    def __str__(self) -> str:
        return (
            f"{self.outcome.kind}: {self.outcome.detail}\n"
            f"  formula: {self.small.formula}\n{described(self.small.inputs)}\n"
            f"    {self.small.way} dtype={self.small.policy!r}\n"
            f"  was: {self.case.formula}\n"
            f"  again: python -m tests.fuzz values --seed {self.seed} --only {self.number}"
        )


@dataclass
class Report:
    """How many cases ended how."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    longest: float = 0.0
    slowest: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {kind}" for kind, n in self.counts.most_common())
        rules = "\n".join(f"  {n:6d} refused: {why}" for why, n in self.rules.most_common())
        return (
            f"seed {self.seed}: {sum(self.counts.values())} formulas: {counts}; the longest took "
            f"{self.longest:.2f} s (number {self.slowest})\n{rules}"
        )


def run_values(
    seed: int,
    numbers: range | list[int],
    *,
    shrink: bool = True,
    tell: Callable[[str], object] = lambda text: None,
) -> Report:
    """Judge the cases of a seed, and tell of failures."""
    report = Report(seed)
    for number in numbers:
        case = random_case(seed, number)
        started = time.perf_counter()
        outcome = judged(case)
        spent = time.perf_counter() - started
        if spent > report.longest:
            report.longest, report.slowest = spent, number
        report.counts[outcome.kind] += 1
        if outcome.kind in ("rule", "undecided"):
            report.rules[f"{outcome.kind}: {outcome.detail}"] += 1
        if outcome.failed:
            small = shrunk(case, outcome) if shrink else case
            report.failures.append(Failure(seed, number, case, small, judged(small)))
            tell(str(report.failures[-1]) + "\n")
    return report
