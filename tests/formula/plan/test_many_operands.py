"""Inferring and planning a list takes time proportional to the number of its operands."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.graph.op import MAX_OPERATIONS
from tests.formula.harness import Way, planned

IMAGE = np.zeros((4, 3, 5, 2), np.float32)

LISTS = {
    "stacked, all equal": "np.max([{equal}], axis=0)",
    "stacked, all different": "np.stack([{different}], axis=-1).mean(axis=-1)",
    "joined": "np.concatenate([{different}], axis=-1)",
    "added, all equal": "sum([{equal}])",
    "added, all different": "sum([{different}])",
    "joined, of several lengths": "np.concatenate([{lengths}], axis=-1)",
}


def _calls(text: str, operands: int) -> int:
    """Return how many calls of functions it takes to infer and plan a formula."""
    formula = text.format(
        equal=", ".join(["a"] * operands),
        different=", ".join(f"a + {k}" for k in range(operands)),
        lengths=", ".join(f"a[..., :1] + {k}" if k % 3 else "a" for k in range(operands)),
    )
    count = 0

    def counted(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        planned(formula, {"a": IMAGE}, Way())
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_twice_as_many_operands_take_twice_as_many_calls(text):
    _calls(text, 3)  # what is done once in a process
    assert _calls(text, 240) < 2.1 * _calls(text, 120)


def test_more_operations_than_anybody_writes_are_refused_in_the_words_of_the_user():
    formula = "sum([" + ", ".join(f"a * {k}" for k in range(MAX_OPERATIONS)) + "])"
    with pytest.raises(FormulaError, match=rf"more than {MAX_OPERATIONS} operations.*one list"):
        planned(formula, {"a": IMAGE}, Way())
