"""The fuzzer of texts: only our errors, each soon, with little memory and few words."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import inferred
from tests.fuzz.report import CaseReport, Tell, run_cases
from tests.fuzz.texts import random_text

__all__ = ["SECONDS", "run_texts", "told"]

SECONDS = 1.0
"""Time of the processor in which a text has to be understood or refused."""

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


def run_texts(seed: int, numbers: Sequence[int], tell: Tell = lambda text: None) -> CaseReport:
    """Try the texts of a seed, and tell of what went wrong."""
    return run_cases(
        "parser",
        seed,
        numbers,
        lambda number: _judged(seed, number),
        tell=tell,
        seconds=SECONDS,
        bytes_grown=GROWTH,
    )


def _judged(seed: int, number: int) -> str:
    text = random_text(np.random.default_rng((seed, number)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = told(text)
    assert outcome in ("understood", "refused"), f"{outcome[:300]}\n  {text[:300]!r}"
    return outcome
