"""The fuzzer of texts: only our errors, each soon, with little memory and few words."""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import inferred
from tests.fuzz.texts import random_text

__all__ = ["SECONDS", "TextReport", "run_texts", "told"]

SECONDS = 1.0
"""Longest time in which a text may be understood or refused."""

GROWTH = 100 << 20
"""Bytes by which the peak of the process may grow for one text."""

LETTERS = 2000
"""Longest message, beside a formula that is short itself."""

INPUTS = {
    "a": np.zeros((3, 4, 2, 5), np.int16),
    "b": np.zeros((3, 4, 2, 5), np.float32),
    "d": np.zeros((3, 4, 2, 5), np.float64),
    "u": np.zeros((3, 4, 2, 5), np.uint8),
    "s": np.zeros((3, 4, 2, 5), np.uint8),
    "m": np.zeros((3, 4, 2), np.uint8),
    "img": np.zeros((3, 4, 2, 5), np.int16),
    "mask": np.zeros((3, 4, 2), np.uint8),
    "bold": np.zeros((3, 4, 2, 5), np.float32),
    "v": [1, 2, 3, 4, 5],
    "n": 3,
}


@dataclass
class TextReport:
    """What came of texts."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0
    growth: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {kind}" for kind, n in self.counts.most_common())
        return (
            f"seed {self.seed}: {sum(self.counts.values())} texts: {counts}; the longest took "
            f"{self.longest:.3f} s, the largest {self.growth / 2**20:.0f} MiB"
        )


def told(text: str) -> str:
    """Return "understood" or "refused"; anything else is what went wrong."""
    try:
        inferred(text, INPUTS)
    except FormulaError as error:
        shown = str(error)
        if len(shown) > LETTERS:
            return f"a message of {len(shown)} characters"
        return "refused" if error.message.strip() else "an empty message"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "understood"


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def run_texts(
    seed: int, numbers: range | list[int], tell: Callable[[str], object] = lambda text: None
) -> TextReport:
    """Try the texts of a seed, and tell of what went wrong."""
    report = TextReport(seed)
    for number in numbers:
        text = random_text(np.random.default_rng((seed, number)))
        before, started = _peak(), time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            outcome = told(text)
        spent, grown = time.perf_counter() - started, _peak() - before
        report.longest, report.growth = max(report.longest, spent), max(report.growth, grown)
        if spent > SECONDS:
            outcome = f"{spent:.1f} s"
        elif grown > GROWTH:
            outcome = f"{grown >> 20} MiB"
        good = outcome in ("understood", "refused")
        report.counts[outcome if good else "wrong"] += 1
        if not good:
            report.failures.append(f"{outcome[:300]}\n  text {number}: {text[:300]!r}")
            tell(report.failures[-1])
    return report
