"""np.unique, np.bincount and np.histogram: lists whose length or ends the voxels decide."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import counts as rows
from nipype_mathimg.formula.kernels import occurrences
from nipype_mathimg.formula.types.limits import LIMITS
from tests.formula.harness import WAYS, Way, compute, inferred, planned, reference, same_bits

RNG = np.random.default_rng(3)
SHAPE = (5, 4, 3, 6)
SEG = RNG.integers(0, 9, SHAPE).astype(np.uint8)
IMAGES = {
    "seg": SEG,
    "ids": np.array([0, 576073732, 2**40, 7])[SEG % 4],
    "flt": SEG.astype(np.float32),
    "map": RNG.normal(0, 3, SHAPE).astype(np.float32),
    "mask": (RNG.random(SHAPE) > 0.4).astype(np.uint8),
    "none": np.zeros(SHAPE, np.uint8),
    "one": np.full(SHAPE, 3, np.int16),
}


def given(formula: str) -> dict[str, np.ndarray]:
    return {name: image for name, image in IMAGES.items() if name in formula}


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("np.unique(ids)", ""),
        ("np.unique(ids, return_counts=True)[1]", ""),
        ("np.unique(seg[mask > 0])", ""),
        ("np.unique(seg[none > 0])", ""),
        ("np.bincount(seg[none > 0])", ""),
        ("np.bincount(seg[none > 0], minlength=300)", "np.zeros(300)"),
        ("np.bincount(flt.ravel())", "np.bincount(flt.astype(int).ravel())"),
        ("len(np.unique(ids))", ""),
        ("np.unique(map).size - 1", ""),
        ("np.unique(seg, return_counts=True)[0]", ""),
        ("np.histogram(one, 4)[0]", ""),
        ("np.histogram(one, 4)[1]", ""),
        ("np.histogram(seg[none > 0], 2)[1]", ""),
        ("np.histogram(ids, [0, 10, 2**40])[0]", ""),
        ("np.argmax(np.histogram(map, 20)[0])", ""),
        ("np.histogram(seg, 9, (0, 9))[0] / seg.size", ""),
        ("np.bincount(seg.ravel(), minlength=256)[3] * 2", ""),
        ("np.unique([3, 1, 1])[1:] + 1", ""),
    ],
)
def test_it_is_that_of_numpy_whatever_the_pieces(formula, same):
    truths = formula.replace("mask > 0", "mask.astype(bool)").replace("len(", "np.size(")
    images = {**IMAGES, "map": IMAGES["map"].astype(float)}
    got = compute(formula, given(formula))
    np.testing.assert_allclose(got, reference(same or truths, images), rtol=1e-12)
    for way in WAYS:
        assert same_bits(compute(formula, given(formula), way), got), way


def test_zeros_and_nans_are_one_value_each():
    values = np.array([0.0, -0.0, np.nan, 1, np.nan, np.inf] * 20, np.float32)
    found = [compute(f"np.unique(a, return_counts=True)[{k}]", {"a": values}) for k in (0, 1)]
    np.testing.assert_array_equal(found[0], [0, 1, np.inf, np.nan])
    assert not np.signbit(found[0][0])
    np.testing.assert_array_equal(found[1], [40, 20, 20, 40])


def test_many_runs_are_merged(monkeypatch):
    monkeypatch.setattr(occurrences, "RUN", 50)
    values = RNG.integers(-300, 300, (40, 30, 20)).astype(np.int16)
    wanted = np.unique(values, return_counts=True)
    for k in (0, 1):
        got = compute(f"np.unique(a, return_counts=True)[{k}]", {"a": values}, WAYS[0])
        np.testing.assert_array_equal(got, wanted[k])


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("np.unique(map)", "more than 5 different values"),
        ("np.bincount(flt.ravel())", "up to the value . the list would have more than 5 numbers"),
        ("np.bincount(flt.ravel() - 1)", "and there is -1"),
        ("np.bincount(map.ravel())", "is not a whole number"),
        ("np.histogram(map / 0, 3)[0]", "say where they lie"),
    ],
)
def test_what_only_the_voxels_show_is_an_error(formula, words, monkeypatch):
    monkeypatch.setattr(rows, "MOST_NUMBERS", 5)
    with pytest.raises(FormulaError, match=f"(?i){words}"):
        compute(formula, given(formula))


@pytest.mark.parametrize(
    ("formula", "culprit", "words"),
    [
        ("np.unique(seg) + 1", "np.unique(seg)", "can be a result"),
        ("np.mean(np.bincount(seg.ravel()))", "np.bincount(seg.ravel())", "minlength=100"),
        ("np.bincount(seg)", "np.bincount(seg)", "write `seg.ravel()`"),
        ("np.bincount(seg.ravel(), minlength=-1)", "-1", "between 0 and"),
        ("np.bincount(-one.ravel() - 40000)", "np.bincount(-one.ravel() - 40000)", "lies between"),
        ("np.histogram(seg, 0)[0]", "0", "between 1 and"),
        ("np.histogram(seg, [3, 1])[0]", "[3, 1]", "ascend"),
        ("np.histogram(seg, [1, np.nan])[0]", "[1, np.nan]", "ascend"),
        ("np.histogram(seg, 5, range=(2, 1))[0]", "(2, 1)", "two ends that ascend"),
        ("np.histogram(seg) + 1", "np.histogram(seg)", "[0]"),
        ("np.unique(seg * 1j)", "np.unique(seg * 1j)", "no order"),
    ],
)
def test_what_cannot_be_is_found_before_reading(formula, culprit, words):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, given(formula))
    assert words in caught.value.message
    assert formula[slice(*caught.value.span)] == culprit


def test_the_plan_says_what_is_not_known_and_how_often_is_read():
    def sink(formula):
        plan = planned(formula, given(formula), Way(writes=False))
        ((found,),) = [stage.cut.sinks for stage in plan.stages]
        return found

    assert "result: at most 256, computed in uint8" in str(planned("np.unique(seg)", given("seg")))
    assert sink("np.histogram(map, 4)[0]").passes == 2
    assert sink("np.histogram(map, 4)[1]").passes == 1
    assert sink("np.histogram(map, 4, (0, 1))[0]").passes == 1
    assert sink("np.histogram(map, 4)[0]").kept_bytes(LIMITS) < 1000
