"""What the slots of a template are filled with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tests.fuzz.reference.evaluate import evaluate
from tests.fuzz.reference.values import RefusedError, UndecidedError, Value

__all__ = ["Filler", "NoOperandError", "Term"]

KINDS = {"any": "bifc", "real": "bif", "int": "i", "bool": "b", "cplx": "c"}


@dataclass(frozen=True)
class Term:
    """A part of a formula, and what it is."""

    text: str
    value: Value


class Operands(Protocol):
    """What draws operands: the grammar."""

    rng: np.random.Generator
    leaves: list[Term]

    def operand(self, depth: int, fits: Callable[[Term], bool]) -> Term:
        """Return an operand that fits."""
        ...


class NoOperandError(Exception):
    """No operand was found for a slot."""


class _Literals:
    """Numbers and lists of numbers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def _n(self) -> str:
        return str(int(self.rng.choice([0, 1, 2, 3, -1, -2, 7, 10, 100, 255, 1000, -40000])))

    def _f(self) -> str:
        return str(self.rng.choice(["0.5", "2.5", "-1.5", "1e-3", "0.1", "1e10", "np.pi", "r"]))

    def _num(self) -> str:
        return self._n() if self.rng.random() < 0.5 else self._f()

    def _pos(self) -> str:
        return str(int(self.rng.integers(1, 4)))

    def _q(self) -> str:
        return str(self.rng.choice(["0.5", "0", "1", "0.25", "0.9", "0.33"]))

    def _p(self) -> str:
        return str(self.rng.choice(["50", "0", "100", "25", "98", "33.3"]))

    def _up(self) -> str:
        return str(sorted(int(k) for k in self.rng.choice(np.arange(-20, 100), 4, replace=False)))

    def _list(self) -> str:
        return str([int(k) for k in self.rng.integers(-3, 30, 4)])

    def _list4(self) -> str:
        return str([round(float(k), 1) for k in self.rng.normal(0, 5, 4)])

    def _dtype(self) -> str:
        return str(
            self.rng.choice(
                [
                    "float",
                    "'float32'",
                    "np.float64",
                    "'int32'",
                    "int",
                    "'uint8'",
                    "bool",
                    "'complex64'",
                ]
            )
        )


class Filler(_Literals):
    """Fills the slots of one template, from left to right."""

    def __init__(self, grammar: Operands, depth: int) -> None:
        super().__init__(grammar.rng)
        self.grammar = grammar
        self.depth = depth
        self.first: Term | None = None

    def slot(self, name: str) -> str:
        base = name.rstrip("A2")
        if base in KINDS:
            return self._operand(KINDS[base], name)
        method: Callable[[], str] = getattr(self, "_" + name)
        return method()

    def _operand(self, kinds: str, name: str) -> str:
        def fits(term: Term) -> bool:
            if term.value.kind not in kinds or (name.endswith("A") and not term.value.ndim):
                return False
            return not name.endswith("2") or self._aligns(term)

        if name.endswith("2") and self.rng.random() < 0.2 and kinds != "b":
            return self._n() if kinds == "i" else self._num()
        term = self.grammar.operand(self.depth, fits)
        if self.first is None or (not self.first.value.ndim and term.value.ndim):
            self.first = term
        return term.text

    def _aligns(self, term: Term) -> bool:
        first = self._first()
        names = {"p": first.value, "q": term.value}
        try:
            evaluate("np.not_equal(p, q)", names)
        except (RefusedError, UndecidedError):
            return False
        return True

    def _first(self) -> Term:
        if self.first is None:
            raise NoOperandError
        return self.first

    def _shape(self) -> tuple[int, ...]:
        return self._first().value.shape

    # Operands of special kinds

    def _same(self) -> str:
        """Return an array of the shape and the axes of the first operand."""
        first = self._first()
        leaves = [
            t.text
            for t in self.grammar.leaves
            if (t.value.shape, t.value.axes) == (first.value.shape, first.value.axes)
            and t.value.kind != "c"
        ]
        if leaves and self.rng.random() < 0.7:
            return str(self.rng.choice(leaves))
        if first.value.kind == "b":
            return f"({first.text} == False)"
        return str(self.rng.choice([first.text, f"({first.text} * {self._n()})"]))

    def _leaf(self) -> str:
        names = [t.text for t in self.grammar.leaves if t.value.stored is not None]
        return str(self.rng.choice(names))

    def _small2(self) -> str:
        return str(self.rng.choice(["s", "m", "2"]))

    def _labels(self) -> str:
        return str(self.rng.choice(["s", "m", "(s % 3)", "np.argmax([f, f * 2, f], axis=0)"]))

    def _mask(self) -> str:
        names = self._first().value.axes
        if names[:3] == ("x", "y", "z"):
            return str(self.rng.choice(["[m > 0]", f"[m == {self.rng.integers(0, 3)}]"]))
        return f"[{self._first().text} != 0]"

    # Axes and places

    def _axis(self) -> str:
        ndim = len(self._shape())
        return str(int(self.rng.integers(-ndim, ndim)))

    def _axes(self) -> str:
        ndim = len(self._shape())
        chosen = [k for k in range(ndim) if self.rng.random() < 0.5]
        if not chosen:
            return "None"
        signed = [k - ndim if self.rng.random() < 0.3 else k for k in chosen]
        return str(tuple(signed))

    def _order(self) -> str:
        return str(tuple(int(k) for k in self.rng.permutation(len(self._shape()))))

    def _keep(self) -> str:
        return ", keepdims=True" if self.rng.random() < 0.3 else ""

    def _index(self) -> str:
        parts = [self._part(n) for n in self._shape()]
        at = int(self.rng.integers(0, len(parts) + 1))
        if self.rng.random() < 0.3:
            parts[at:] = ["..."]
        elif self.rng.random() < 0.3:
            parts[:at] = ["..."]
        return f"[{', '.join(parts)}]"

    def _part(self, length: int) -> str:
        choice = self.rng.random()
        if choice < 0.3:
            return ":"
        if choice < 0.5:
            return str(int(self.rng.integers(-length, length)))
        low, high = sorted(int(k) for k in self.rng.integers(0, length + 1, 2))
        high = high + 1 if low == high else high
        return str(
            self.rng.choice(
                [f"{min(low, length - 1)}:{high}", "::2", "::-1", f"-{length}:", "1::-1"]
            )
        )

    def _places(self) -> str:
        shortest = min(self._shape())
        items = [
            int(k) for k in self.rng.integers(-shortest, shortest, int(self.rng.integers(1, 4)))
        ]
        return str(items)

    def _widths(self) -> str:
        pairs = [tuple(int(k) for k in self.rng.integers(0, 3, 2)) for _ in self._shape()]
        return str(tuple(pairs)) if self.rng.random() < 0.5 and len(pairs) > 1 else str(pairs[0])

    def _reps(self) -> str:
        return str(tuple(int(k) for k in self.rng.integers(1, 3, len(self._shape()))))

    def _lengths(self) -> str:
        shape = list(self._shape())
        k = int(self.rng.integers(len(shape)))
        whole = int(np.prod(shape))
        return str(self.rng.choice([str((shape[k], -1)), str((whole,)), str((-1, 1, shape[0]))]))

    def _weights(self) -> str:
        shape = self._shape()
        return str([int(k) for k in self.rng.integers(1, 5, shape[-1])]) if shape else "1"
