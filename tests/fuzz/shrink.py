"""Smaller formulas on smaller images that fail in the same way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from tests.formula.harness import Way
from tests.fuzz.case import Case, Outcome, judged, names_of
from tests.fuzz.images import Image

__all__ = ["shrunk"]

MOST = 400
"""Smaller cases that are tried."""


def shrunk(case: Case, outcome: Outcome) -> Case:
    """Return the smallest case found that fails in the same way."""
    tried = 0
    smaller = True
    while smaller and tried < MOST:
        smaller = False
        for candidate in _candidates(case):
            tried += 1
            if tried >= MOST:
                break
            if _same(judged(candidate), outcome):
                case, smaller = candidate, True
                break
    return case


def _same(found: Outcome, outcome: Outcome) -> bool:
    """Tell whether two cases fail in one way: the same words, whatever the numbers."""
    return found.kind == outcome.kind and _words(found) == _words(outcome)


def _words(outcome: Outcome) -> list[str]:
    return re.findall(r"[a-z]{4,}", outcome.detail)[:4]


def _candidates(case: Case) -> Iterator[Case]:
    if case.way != Way():
        yield replace(case, way=Way())
    if case.policy:
        yield replace(case, policy="")
    for formula in sorted(set(_smaller_formulas(case.formula)), key=len):
        used = {k: v for k, v in case.inputs.items() if k in names_of(formula)}
        if used:
            yield replace(case, formula=formula, inputs=used)
    yield from _smaller_images(case)


class _Replaced(ast.NodeTransformer):
    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self.target, self.new = target, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.target else super().generic_visit(node)


def _smaller_formulas(formula: str) -> Iterator[str]:
    """Yield formulas in which a part is replaced by a part of itself."""
    tree = ast.parse(formula, mode="eval")
    for k, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.expr) or node in _functions(tree):
            continue
        for child in ast.walk(node):
            if child is node or not isinstance(child, ast.expr) or child in _functions(tree):
                continue
            whole = ast.parse(formula, mode="eval")
            target = list(ast.walk(whole))[k]
            text = ast.unparse(_Replaced(target, child).visit(whole))
            if len(text) < len(formula):
                yield text


def _functions(tree: ast.AST) -> list[ast.AST]:
    """Return what is called, and slices: nothing that stands alone."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "np"]
    slices = [node for node in ast.walk(tree) if isinstance(node, ast.Slice)]
    return [*called, *names, *slices]


def _smaller_images(case: Case) -> Iterator[Case]:
    """Yield cases with the first half of every image along one axis."""
    ndim = max((x.data.ndim for x in case.inputs.values() if isinstance(x, Image)), default=0)
    for axis in range(ndim):
        lengths = {
            x.data.shape[axis]
            for x in case.inputs.values()
            if isinstance(x, Image) and x.data.ndim > axis
        }
        for length in {max(lengths) // 2, max(lengths) - 1} - {0}:
            inputs = {
                name: x.cut(axis, length)
                if isinstance(x, Image) and x.data.ndim > axis
                else x[:length]
                if isinstance(x, list) and axis == 3
                else x
                for name, x in case.inputs.items()
            }
            yield replace(case, inputs=inputs)
