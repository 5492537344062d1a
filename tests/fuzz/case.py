"""One case: made from a seed, run, judged."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import Way
from tests.fuzz.files import POLICIES, stored_wrong
from tests.fuzz.grammar import Grammar
from tests.fuzz.images import Image, random_inputs, referenced
from tests.fuzz.package import WrongError, computed, random_way
from tests.fuzz.reference.evaluate import evaluate
from tests.fuzz.reference.values import RefusedError, UndecidedError
from tests.fuzz.refusals import reason_of
from tests.fuzz.templates import TEMPLATES
from tests.fuzz.verdict import Difference, compared

__all__ = ["Case", "Outcome", "judged", "names_of", "random_case"]


THROUGH_FILES = 0.15
"""Share of the cases that also go through files: these take ten times as long."""


LOOKED_AT = 0.4
"""Share of the images of integers whose range is known beforehand."""


@dataclass(frozen=True)
class Case:
    """A formula, its inputs, how it is computed, and the dtype of its file, if it goes to one."""

    formula: str
    inputs: dict[str, Any]
    way: Way = field(default_factory=Way)
    policy: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a case: `kind` is a way to agree, or "different"."""

    kind: str
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.kind in ("different", "wrong", "refused", "accepted")


def random_case(seed: int, number: int) -> Case:
    """Return a case, always the same for a seed and a number."""
    rng = np.random.default_rng((seed, number))
    rows = list(TEMPLATES)
    while True:
        inputs = random_inputs(rng)
        row = rows[int(rng.integers(len(rows)))]
        formula = Grammar(rng, referenced(inputs)).formula(row, int(rng.integers(0, 4)))
        if formula is not None and len(formula) < 400:
            used = {k: v for k, v in inputs.items() if k in names_of(formula)}
            if used:
                policy = str(rng.choice(POLICIES)) if rng.random() < THROUGH_FILES else ""
                # Of files the package decides by itself at which it looks.
                used = used if policy else _some_looked_at(used, seed, number)
                return Case(formula, used, random_way(rng), policy)


def _some_looked_at(inputs: dict[str, Any], seed: int, number: int) -> dict[str, Any]:
    """Return the inputs, of which the range of some images of integers is known beforehand."""
    # Of random numbers of their own: the cases of a seed stay what they were.
    rng = np.random.default_rng((seed, number, 1))
    return {
        name: replace(x, looked=bool(rng.random() < LOOKED_AT))
        if isinstance(x, Image) and x.slope is None and x.data.dtype.kind in "iu"
        else x
        for name, x in inputs.items()
    }


def names_of(formula: str) -> set[str]:
    """Return the names that occur in a formula."""
    return {node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)}


def judged(case: Case) -> Outcome:
    """Run a case and compare it with the reference."""
    known = referenced(case.inputs)
    try:
        got = computed(case.formula, case.inputs, case.way)
    except WrongError as error:
        return Outcome("wrong", str(error))
    try:
        want = evaluate(case.formula, known)
    except UndecidedError as error:
        return Outcome("undecided", str(error))
    except RefusedError as error:
        if isinstance(got, FormulaError):
            return Outcome("both refuse")
        return Outcome("accepted", f"the reference refuses ({error}); the package gives {got!r}")
    if isinstance(got, FormulaError):
        reason = reason_of(got.message, case.formula)
        return Outcome("refused", got.message) if reason is None else Outcome("rule", reason)
    verdict = compared(case.formula, known, want, got)
    if isinstance(verdict, Difference):
        return Outcome("different", verdict.what)
    if case.policy and "nan_to_num" not in case.formula:
        # What stands for infinity depends on the dtype that is asked for.
        wrong = stored_wrong(case.formula, case.inputs, got, case.policy, case.way.threads)
        if wrong is not None:
            return Outcome("wrong", wrong)
    return Outcome(verdict)
