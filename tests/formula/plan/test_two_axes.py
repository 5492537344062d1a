"""Arrays of two axes, as surfaces have them, and inputs with unfortunate names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nipype_mathimg.spec import Axis
from tests.formula.harness import WAYS, Way, compute, leaf_of, planned, same_bits

TIMES, PLACES = 30, 1000
SERIES = np.random.default_rng(2).normal(100, 10, (TIMES, PLACES)).astype(np.float32)


def series(*, streamed=False):
    """Return an array with the axes (t, g); g is none that an image of NIfTI has."""
    leaf = leaf_of("a", SERIES, streamed=streamed)
    return replace(leaf, spec=leaf.spec.changed(axes=(Axis("t"), Axis("g"))))


FORMULAS = {
    "np.mean(a, axis=0)": SERIES.mean(axis=0, dtype=float),
    "np.mean(a, axis=1)": SERIES.mean(axis=1, dtype=float),
    "np.std(a, axis=1)": SERIES.std(axis=1, dtype=float),
    "np.max(a)": SERIES.max(),
    "a - np.mean(a, axis=0)": SERIES - SERIES.mean(axis=0, dtype=float),
    "a - np.mean(a, axis=1)": SERIES - SERIES.mean(axis=1, dtype=float)[:, None],
    "np.argmax(a, axis=0)": SERIES.argmax(axis=0),
    "np.sort(a, axis=0)": np.sort(SERIES, axis=0),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_two_axes_reduce_by_either_to_the_same_bits_whatever_the_slabs(formula):
    whole = compute(formula, {"a": series()})
    np.testing.assert_allclose(whole, FORMULAS[formula], rtol=2e-6, atol=2e-5)
    for way in WAYS:
        found = compute(formula, {"a": series(streamed=way.streamed)}, way)
        assert same_bits(found, whole), way


@pytest.mark.parametrize("formula", ["np.mean(a, axis=0)", "np.mean(a, axis=1)", "np.mean(a)"])
def test_an_array_of_two_axes_is_not_taken_whole(formula):
    way = Way(streamed=True, slab=TIMES * 25, small=0, writes=False)
    plan = planned(formula, {"a": series(streamed=True)}, way)
    assert len(plan.stages[0].cut.slabs) > 10
    assert plan.passes("a") == 1


@pytest.mark.parametrize("name", ["view", "broadcast", "concatenate", "pad", "number", "mean"])
@pytest.mark.parametrize(
    "formula", ["np.median({}, axis=-1)", "{} * 2", "np.mean({}, axis=-1) - {}"]
)
def test_the_name_of_an_input_changes_no_plan(name, formula):
    image = np.ones((16, 16, 8, 20), np.float32)
    way = Way(streamed=True, threads=2, small=0)
    plans = [planned(formula.format(one, one), {one: image}, way) for one in ("bold", name)]
    assert plans[0].peak_bytes == plans[1].peak_bytes
    assert [len(s.cut.slabs) for s in plans[0].stages] == [
        len(s.cut.slabs) for s in plans[1].stages
    ]
