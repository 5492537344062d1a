"""Random formulas: templates are filled with operands that fit, from the inside out.

What an operand is (its kind, its shape) is read off the reference, so that a formula fits
together and is refused by neither side for a trivial reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.fuzz.reference.evaluate import evaluate
from tests.fuzz.reference.values import RefusedError, UndecidedError, valued
from tests.fuzz.slots import Filler, NoOperandError, Term
from tests.fuzz.templates import TEMPLATES

__all__ = ["Grammar"]

TRIES = 6
"""Operands that are drawn for a slot before a simple one is taken."""

MOST_AXES = 6
MOST_VOXELS = 4000


@dataclass
class Grammar:
    """Draws formulas over inputs.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where all chance comes from.
    inputs : mapping
        As the reference sees them.
    """

    rng: np.random.Generator
    inputs: Mapping[str, Any]
    leaves: list[Term] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves = [Term(name, valued(x)) for name, x in self.inputs.items()]

    def formula(self, row: str, depth: int) -> str | None:
        """Return a formula whose outermost call is a row of the table, None without luck."""
        term = self._of_row(row, depth)
        return None if term is None else term.text

    def _of_row(self, row: str, depth: int) -> Term | None:
        templates = TEMPLATES[row]
        return self._filled(templates[int(self.rng.integers(len(templates)))], depth)

    def _filled(self, template: str, depth: int) -> Term | None:
        filler = Filler(self, depth)
        try:
            text = re.sub(r"\{(\w+)\}", lambda found: filler.slot(found.group(1)), template)
        except NoOperandError:
            return None
        return self.looked_at(text)

    def looked_at(self, text: str) -> Term | None:
        """Return a term, None where NumPy or the rules refuse it or it is too large."""
        try:
            value = evaluate(text, self.inputs)
        except (RefusedError, UndecidedError):
            return None
        if value.ndim > MOST_AXES or value.data.size > MOST_VOXELS:
            return None
        return Term(text, value)

    def operand(self, depth: int, fits: Callable[[Term], bool]) -> Term:
        """Return an operand that fits, as deep as asked for where that succeeds soon."""
        for _ in range(TRIES):
            term = self._leaf() if depth <= 0 or self.rng.random() < 0.25 else self._inner(depth)
            if term is not None and fits(term):
                return term
        simple = [leaf for leaf in self.leaves if fits(leaf)]
        if simple:
            return simple[int(self.rng.integers(len(simple)))]
        made = [t for t in map(self.looked_at, ("(f > 1)", "(m > 0)", "(f + 1j)")) if t]
        fitting = [t for t in made if fits(t)]
        if not fitting:
            raise NoOperandError
        return fitting[0]

    def _leaf(self) -> Term:
        return self.leaves[int(self.rng.integers(len(self.leaves)))]

    def _inner(self, depth: int) -> Term | None:
        rows = list(TEMPLATES)
        return self._of_row(rows[int(self.rng.integers(len(rows)))], depth - 1)
