"""A filter of neighbours that several runs need is computed once, and that changes no bit."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.formula.kernels.window import Filter
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.formula.plan.sinks import Keep, Spool
from tests.formula.harness import WAYS, Way, compute, planned, same_bits

A = np.random.default_rng(2).normal(50, 20, (9, 8, 14, 3)).astype("f4")
INPUTS = {"a": A}

PROGRAMS = {
    "g = ndimage.median_filter(a, 3)\n(g - np.mean(g)) / np.std(g)": 1,
    "g = ndimage.gaussian_filter(a, 1)\nm = np.mean(g)\nnp.where(g > m, g / np.max(g), 0)": 1,
    "g = ndimage.gaussian_filter(a, 1)\nm = np.mean(g, axis=-1)\n(g - m[..., None]) * 2": 1,
    # The second filter is kept, so the first is needed by its run alone.
    "g = ndimage.gaussian_filter(a, 1)\nh = ndimage.maximum_filter(g, 3)\nh / np.max(h)": 2,
    "g = ndimage.gaussian_filter(a, 1)\nh = ndimage.maximum_filter(g, 3)\n(h - g) / np.max(h)": 2,
    "d = ndimage.distance_transform_edt(a > 40)\nd / np.max(d) + largest(a > 50)": 2,
    # One run needs it: it is not kept.
    "g = ndimage.gaussian_filter(a, 1)\ng * 2 + g": 1,
}


def filters_computed(plan: Plan) -> list[int]:
    """Return the filters that the runs compute, with those that several of them do."""
    return [
        op.index
        for stage in plan.stages
        for task in stage.cut.tasks
        for op in task.tape.ops
        if isinstance(op.kernel, Filter) and op.index not in task.tape.leaves
    ]


@pytest.mark.parametrize("formula", PROGRAMS)
def test_it_is_computed_once_in_the_same_bits(
    formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = filters_computed(planned(formula, INPUTS))
    assert len(once) == len(set(once)) == PROGRAMS[formula]
    got = [compute(formula, INPUTS, way) for way in (Way(), *WAYS, Way(memory=1 << 19))]
    monkeypatch.setattr(Filter, "dear", False)
    anew = compute(formula, INPUTS)
    again = filters_computed(planned(formula, INPUTS))
    assert len(again) > len(once) or "g * 2 + g" in formula
    assert all(same_bits(one, anew) for one in got)


def test_what_does_not_fit_waits_on_a_disk_or_is_computed_anew() -> None:
    large = {"a": np.zeros((64, 64, 64, 8), "f4")}  # 8 MiB
    g = "g = ndimage.gaussian_filter(a, 1)\n"
    way = Way(memory=12 << 20)

    def sinks(formula: str, way: Way) -> set[type]:
        stages = planned(g + formula, large, way).stages
        filters = (s for stage in stages for s in stage.cut.sinks if "gaussian" in s.op.name)
        return {type(sink) for sink in filters}

    assert sinks("g / np.max(g)", Way()) == {Keep}
    assert sinks("g / np.max(g)", way) == {Spool}
    # A number is no file beside which it could wait.
    assert sinks("np.std(g[g > np.mean(g)])", Way(writes=False)) == {Keep}
    assert sinks("np.std(g[g > np.mean(g)])", Way(writes=False, memory=12 << 20)) == set()
