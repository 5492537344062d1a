"""Planning and refusing takes time in proportion to the length of a formula."""

from __future__ import annotations

import tracemalloc

import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import Way, planned
from tests.fuzz.cost import GROWING, INPUTS, calls

SMALL, LARGE = 40, 160
"""Parts of a formula: what is done once is small beside these, and they are planned at once."""

IN_A_ROW = "reductions in a row"


@pytest.mark.parametrize("name", sorted(GROWING.keys() - {IN_A_ROW}))
def test_four_times_the_parts_take_four_times_the_calls(name):
    text = GROWING[name]
    calls(text(3))
    few, many = calls(text(SMALL)), calls(text(LARGE))
    assert many / few < 1.1 * LARGE / SMALL


def test_a_long_row_of_reductions_is_refused_soon():
    text = GROWING[IN_A_ROW]
    few = Way(others={"repeated_operations": 500})
    planned(text(10), INPUTS, few)
    with pytest.raises(FormulaError, match="79 reductions in a row"):
        planned(text(80), INPUTS, few)
    # However long the row is, what is planned before it is refused is the same.
    more, most = calls(text(160), few), calls(text(320), few)
    assert most < 2.2 * more


def test_a_long_row_of_reductions_is_refused_in_memory_in_proportion_to_it():
    few = Way(others={"repeated_operations": 500})

    def peak(parts: int) -> int:
        tracemalloc.start()
        try:
            with pytest.raises(FormulaError):
                planned(GROWING[IN_A_ROW](parts), INPUTS, few)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(50)  # what is loaded once
    assert peak(600) < 4.5 * peak(200)
