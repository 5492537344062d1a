"""STAPLE against its equations, voxel by voxel; c3d is run in tests/translate."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WAYS, compute, inferred, same_bits

RNG = np.random.default_rng(11)
SHAPE = (9, 8, 7)
TRUTH = np.zeros(SHAPE, bool)
TRUTH[2:7, 2:6, 1:5] = True


def voted(*trust):
    """Return the masks of raters, by how often each finds what is inside, and what is not."""
    return np.stack(
        [np.where(TRUTH, RNG.random(SHAPE) < p, RNG.random(SHAPE) > q) for p, q in trust], -1
    )


def em(masks, confidence=1.0, iterations=200):
    """Return the probability by S. K. Warfield's equations (IEEE TMI 23 (2004) 903)."""
    inside = masks.mean(axis=-1)
    prior = confidence * inside.mean()
    for _ in range(iterations):
        yes, no = np.full(SHAPE, prior), np.full(SHAPE, 1 - prior)
        for k in range(masks.shape[-1]):
            vote = masks[..., k]
            p = inside[vote].sum() / inside.sum()
            q = (1 - inside)[~vote].sum() / (1 - inside).sum()
            yes, no = yes * np.where(vote, p, 1 - p), no * np.where(vote, 1 - q, q)
        inside = yes / (yes + no)
    return inside


RATERS = ((0.95, 0.98), (0.8, 0.97), (0.9, 0.9), (0.7, 0.95))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32"])
def test_probabilities_are_those_of_the_equations(dtype):
    votes = voted(*RATERS)
    masks = (votes * 3).astype(dtype) if dtype != "bool" else votes
    got = compute("staple(m)", {"m": masks})
    np.testing.assert_allclose(got, em(votes), atol=1e-6)
    assert ((got > 0.5) == TRUTH).mean() > 0.98
    first = compute("staple(np.moveaxis(m, -1, 0), axis=0)", {"m": masks})
    assert same_bits(first, got)
    for way in WAYS[1:3]:
        assert same_bits(compute("staple(m)", {"m": masks}, way), got), way


def test_confidence_and_iterations():
    votes = voted(*RATERS)
    for confidence, iterations in ((0.5, 1), (1, 3), (0.3, 7)):
        formula = f"staple(m, confidence={confidence}, iterations={iterations})"
        got = compute(formula, {"m": votes})
        np.testing.assert_allclose(got, em(votes, confidence, iterations), rtol=1e-9)


def test_raters_who_agree():
    nobody, everybody = np.zeros((*SHAPE, 2), "uint8"), np.ones((*SHAPE, 2), "uint8")
    assert (compute("staple(m)", {"m": nobody}) == 0).all()
    assert (compute("staple(m)", {"m": everybody}) == 1).all()


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("staple(a)", "2 to 16 raters along `axis`, and there are 17"),
        ("staple(a[..., :1])", "there are 1; stack them"),
        ("staple(a[..., :2], confidence=0)", "confidence has to lie above 0"),
        ("staple(a[..., :2], iterations=0)", "1 or more"),
        ("staple(a[..., :2] * 1j)", "takes real numbers"),
    ],
)
def test_refused(formula, message):
    with pytest.raises(FormulaError, match=message):
        inferred(formula, {"a": np.ones((2, 2, 2, 17))})
