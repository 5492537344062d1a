"""Slabs cover a domain once, in file order, however large it is; and plans do not grow with it."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.types.slabs import Slabs
from tests.formula.harness import Way, inferred, leaf_of, planned

SHAPES = st.lists(st.integers(1, 6), min_size=0, max_size=4).map(tuple)


@given(SHAPES, st.integers(1, 400), st.sets(st.integers(0, 3)))
def test_slabs_cover_a_domain_once_and_in_order(shape, target, closed):
    closed = {axis for axis in closed if axis < len(shape)}
    slabs = Slabs.of(shape, target, closed)
    numbers = np.arange(int(np.prod(shape))).reshape(shape, order="F")
    found = [numbers[tuple(slice(*part) for part in slab)].ravel(order="F") for slab in slabs]
    assert len(found) == len(slabs)
    assert sorted(np.concatenate(found).tolist()) == list(range(numbers.size))
    if not closed:
        assert np.concatenate(found).tolist() == list(range(numbers.size))
    assert all(slab[axis] == (0, shape[axis]) for slab in slabs for axis in closed)
    assert max(part.size for part in found) == np.prod([b - a for a, b in slabs.largest])
    with pytest.raises(IndexError):
        slabs[len(slabs)]
    assert slabs[-1] == list(slabs)[-1]
    assert list(slabs[1:3]) == list(slabs)[1:3]


HUGE = {
    "np.pad(a, 1000)": 10**9,
    "np.pad(a, ((0, 0), (0, 0), (0, 0), (0, 10**9))) * 2": 10**8,
}


@pytest.mark.parametrize("formula", HUGE)
def test_a_plan_takes_no_more_memory_for_a_larger_result(formula):
    image = leaf_of("a", np.ones((4, 3, 2, 5), np.float32))
    tracemalloc.start()
    try:
        plan = planned(formula, {"a": image}, Way(threads=2, chunk=64))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(plan.stages[-1].cut.slabs) > HUGE[formula]
    assert peak < 4 << 20


@pytest.mark.parametrize(
    "formula", ["np.fft.fft(a, 10**9)", "np.sort(np.repeat(a, 10**9, axis=0), axis=0)"]
)
def test_what_is_far_too_large_is_refused_in_little_memory(formula):
    image = leaf_of("a", np.ones((4, 3, 2, 5), np.float32))
    tracemalloc.start()
    try:
        with pytest.raises(FormulaError, match="budget"):
            planned(formula, {"a": image}, Way(threads=2, memory=256 << 20))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


LONG = (
    "np.pad(a, 10**6, mode='edge')",
    "np.concatenate([a, np.pad(a, ((0, 0), (0, 0), (0, 0), (0, 10**6)))], axis=3)",
    "np.concatenate([np.repeat(a, 10**6, axis=3), a[..., ::2]], axis=3)",
    "np.flip(np.pad(a, 10**6))[..., ::2]",
    "np.tile(a, 10**6)",
)


@pytest.mark.parametrize("formula", LONG)
def test_where_elements_lie_takes_no_memory_for_each_of_many(formula):
    tracemalloc.start()
    try:
        with suppress(FormulaError):
            inferred(formula, {"a": np.ones((4, 3, 2, 5), np.float32)})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
