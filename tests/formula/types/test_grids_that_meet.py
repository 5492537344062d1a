"""Where a result lies when its operands lie on different grids, whatever their order."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.types.meeting import meet
from nipype_mathimg.spec import Axis
from tests.formula.harness import compute, inferred

RNG = np.random.default_rng(2)
IMG = RNG.normal(size=(6, 5, 4))
BOLD = RNG.normal(size=(6, 5, 4, 12))
SQUARE = RNG.normal(size=(6, 5, 12, 12))
MASK4 = (RNG.random((6, 5, 4, 1)) > 0.5).astype(np.uint8)
WARP = RNG.normal(size=(6, 5, 4, 1, 3))
INPUTS = {
    "img": IMG, "bold": BOLD, "square": SQUARE, "mask4": MASK4, "warp": WARP,
    "q": list(RNG.normal(size=12)), "te": [12.0, 28, 44], "w": [1.0, 2, 3, 4],
}  # fmt: skip


def given(formula):
    words = "".join(c if c.isalnum() else " " for c in formula).split()
    return {name: value for name, value in INPUTS.items() if name in words}


def axis_of(formula, k):
    axis = inferred(formula, given(formula)).root.spec.axes[k]
    return (axis.source, axis.start, axis.step)


def notes_of(formula):
    return [note.message for note in inferred(formula, given(formula)).notes]


@pytest.mark.parametrize(
    ("first", "second", "k", "expected", "where"),
    [
        ("img", "img[::-1]", 0, ("x", 0, 1), "`img`"),
        ("img", "np.flip(img, axis=1)", 1, ("y", 0, 1), "`img`"),
        ("img[1:]", "img[:-1]", 0, ("x", 0.5, 1), "between"),
        ("bold[..., 1:]", "bold[..., :-1]", 3, ("t", 0.5, 1), "between"),
        ("img[:, :, 2:]", "img[:, :, :2]", 2, ("z", 1, 1), "between"),
        ("img[::2]", "img[1::2]", 0, ("x", 0.5, 2), "between"),
        ("img[1:]", "img[:0:-1]", 0, ("x", 1, 1), "`img[1:]`"),
        ("img[:3]", "img[::2]", 0, ("x", 0, 1), "`img[:3]`"),
        ("img", "np.pad(img, 1)[2:, 1:-1, 1:-1]", 0, ("x", 0, 1), "`img`"),
        ("img[:, :, 1:2]", "img[:, :, 3:4]", 2, ("z", 2, 1), "between"),
        ("bold", "bold[..., ::-1]", 3, ("t", 0, 1), "`bold`"),
        ("bold[..., [0, 1, 5]]", "bold[..., 2:5]", 3, ("t", 2, 1), "`bold[..., 2:5]`"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("operator", ["{0} - {1}", "np.maximum({0}, {1})"])
def test_the_order_of_operands_does_not_matter(operator, first, second, k, expected, where):
    for pair in ((first, second), (second, first)):
        formula = operator.format(*pair)
        assert axis_of(formula, k) == expected
        (note,) = notes_of(formula)
        assert "by position" in note
        assert note.partition("what they give lies")[2].count(where) == 1


@pytest.mark.parametrize(
    "formula",
    [
        "img - np.mean(img, axis=0, keepdims=True)",
        "img[::-1] - img[::-1]",
        "img[1:] * (img > 0)[1:]",
        "np.diff(img, axis=0)",
        "np.roll(img, 1, axis=0) - img",
        "bold - bold[..., :1]",
        "bold - np.roll(bold, 1, axis=-1)",
        "bold[..., [0, 3, 4]] - bold[..., [0, 3, 4]]",
        "bold[..., 2:] - np.mean(bold[..., :2], axis=-1)",
        "np.concatenate([img[:2], img[2:]])",
    ],
)
def test_what_lies_on_one_grid_is_no_news(formula):
    assert notes_of(formula) == []


PARTS = ["img", "img[::-1]", "np.pad(img, 1)[2:, 1:-1, 1:-1]", "np.pad(img, 1)[:-2, 1:-1, 1:-1]"]
CUTS = ["img[1:-1]", "img[2:]", "img[:-2]", "img[1:-1][::-1]", "img[2:][::-1]"]


@pytest.mark.parametrize(
    "pair", [*product(PARTS, repeat=2), *product(CUTS, repeat=2)], ids=" - ".join
)
def test_a_difference_turns_its_sign_with_the_order(pair):
    one, two = f"{pair[0]} - {pair[1]}", f"-({pair[1]} - {pair[0]})"
    first, second = (inferred(f, given(f)).root.spec for f in (one, two))
    assert first.axes == second.axes
    np.testing.assert_array_equal(compute(one, given(one)), compute(two, given(two)))


@pytest.mark.parametrize("parts", [PARTS[:3], PARTS[1:], CUTS[:3], CUTS[1:4], CUTS[2:]])
def test_brackets_and_order_of_several_do_not_matter(parts):
    found = {
        axis_of(form.format(*order), 0)
        for order in permutations(parts)
        for form in ("({0} + {1}) + {2}", "{0} + ({1} + {2})", "np.sum([{0}, {1}, {2}], axis=0)")
    }
    assert len(found) == 1


def test_a_central_difference_lies_in_the_centre():
    assert axis_of("(img[2:] - img[:-2]) / img[1:-1]", 0) == ("x", 1, 1)
    assert axis_of("img[2:] + img[1:-1] + img[:-2]", 0) == ("x", 1, 1)


def test_a_mask_on_another_grid_is_noted():
    (note,) = notes_of("np.mean(img[img[::-1] > 0])")
    assert "along x" in note


def test_parts_that_do_not_follow_one_another_are_noted():
    (note,) = notes_of("np.concatenate([img[3:], img[:3]])")
    assert "do not follow one another along x" in note
    assert notes_of("np.concatenate([bold[..., 6:], bold[..., :6]], axis=-1)") == []


def test_many_axes_meet_at_the_same_place_in_any_order():
    axes = [
        Axis("x", start, step, length=9)
        for start, step in product((0, 0.5, 1, 2), (1, -1, 2, -2, 0.5))
    ]
    rng = np.random.default_rng(4)
    for _ in range(200):
        some = [axes[k] for k in rng.integers(0, len(axes), 4)]
        results = set()
        for order in permutations(some):
            a, b, c, d = order
            results.add(meet(order, 9))
            results.add(meet([meet([a, b], 9), meet([c, d], 9)], 9))
            results.add(meet([meet([meet([a, b], 9), c], 9), d], 9))
        assert len(results) == 1


# Lists of numbers


def test_a_list_runs_along_t_whatever_the_lengths():
    formula = "square - np.sum(square * q, axis=-1)[..., None] * q"
    q = np.array(INPUTS["q"])
    expected = SQUARE - (SQUARE * q).sum(-1)[..., None] * q
    np.testing.assert_allclose(compute(formula, given(formula)), expected)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("te / img[..., None]", np.array([12.0, 28, 44]) / IMG[..., None]),
        ("np.stack([img, img, img], axis=-1) * te", IMG[..., None] * [12.0, 28, 44]),
        ("np.stack([img, img, img]) * te", IMG * np.reshape([12.0, 28, 44], (3, 1, 1, 1))),
        ("warp * te", WARP * [12.0, 28, 44]),
        ("mask4 * te", MASK4 * [12.0, 28, 44]),
        ("np.moveaxis(bold, 3, 1) * q", np.moveaxis(BOLD * np.array(INPUTS["q"]), 3, 1)),
        ("w[None, None, :] * img", IMG * [1.0, 2, 3, 4]),
        ("img[0, 0] * w", IMG[0, 0] * [1.0, 2, 3, 4]),
    ],
)  # fmt: skip
def test_lists_go_where_they_belong(formula, expected):
    result = compute(formula, given(formula))
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("te / img", ["`te` is a list of 3 numbers and runs along t", "`img[..., None]`"]),
        ("img * w", ["`w` is a list of 4 numbers", "`img[..., None]`", "`w[:, None, None]`"]),
        ("img - [1, 2, 3, 4]", ["runs along t, which `img` does not have"]),
        ("square - np.sum(square * q, axis=-1) * q", ["`q` is a list", "[..., None]`"]),
        ("bold * w", ["`w` is a list of 4 numbers and runs along t, where `bold` has 12"]),
        ("np.where(img > 0, w, 0)", ["`w` is a list"]),
    ],
)
def test_a_list_never_runs_along_z(formula, words):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, given(formula))
    for word in words:
        assert word in caught.value.message


# Axes of length 1


@pytest.mark.parametrize(
    ("formula", "shape"),
    [
        ("img * mask4", (6, 5, 4)),
        ("mask4 * img", (6, 5, 4)),
        ("mask4 * mask4", (6, 5, 4, 1)),
        ("mask4 * 2", (6, 5, 4, 1)),
        ("bold * mask4", (6, 5, 4, 12)),
        ("np.where(mask4, img, 0)", (6, 5, 4)),
        ("np.stack([img, mask4], axis=-1)", (6, 5, 4, 2)),
        ("np.stack([mask4, mask4], axis=-1)", (6, 5, 4, 2)),
        ("np.mean([img, mask4], axis=0)", (6, 5, 4)),
        ("np.mean([mask4, mask4], axis=0)", (6, 5, 4, 1)),
        ("warp * img", (6, 5, 4, 1, 3)),
        ("warp * mask4", (6, 5, 4, 1, 3)),
        ("img[..., None] * img", (6, 5, 4, 1)),
        ("np.mean(bold, axis=-1, keepdims=True) * img", (6, 5, 4, 1)),
    ],
)
def test_an_axis_of_length_1_is_the_same_as_none(formula, shape):
    assert np.shape(compute(formula, given(formula))) == shape


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("np.mean(img[mask4 > 0])", IMG[MASK4[..., 0] > 0].mean()),
        ("np.sum(bold[mask4 > 0], axis=0)", BOLD[MASK4[..., 0] > 0].sum(0)),
        ("np.max(mask4[mask4 > 0])", 1),
        ("np.median(img[mask4 == 0])", np.median(IMG[MASK4[..., 0] == 0])),
        ("img * mask4", IMG * MASK4[..., 0]),
    ],
)
def test_values_under_a_mask_with_an_axis_of_length_1(formula, expected):
    np.testing.assert_allclose(compute(formula, given(formula)), expected)


# Time


@pytest.mark.parametrize(
    ("formula", "start", "step", "places"),
    [
        ("bold[..., [0, 2, 3]]", 0, 1, (0, 2, 3)),
        ("bold[..., [5, 2, 3]]", 2, 1, (5, 2, 3)),
        ("bold[..., ::2][..., [0, 1, 3]]", 0, 2, (0, 2, 6)),
        ("bold[..., [0, 2, 3]][..., 1:]", 2, 1, None),
        ("bold[..., [0, 2, 3, 7]][..., 1:]", 2, 1, (2, 3, 7)),
        ("np.take(bold, [1, 2, 4], axis=-1) * img", 1, 1, (1, 2, 4)),
        ("np.roll(bold, 3, axis=-1)", 0, 1, None),
        ("np.fft.irfft(np.fft.rfft(bold, axis=-1), axis=-1)", 0, 1, None),
        ("np.fft.irfft(np.fft.rfft(bold[..., 1:], axis=-1) * 2, n=11, axis=-1)", 1, 1, None),
        ("np.fft.irfft(np.fft.rfft(bold, axis=-1)[..., :3], n=12, axis=-1)", 0, 1, None),
        ("np.fft.ifft(np.fft.fft(bold, axis=-1), axis=-1).real", 0, 1, None),
        ("np.concatenate([bold, bold], axis=-1)", 0, 1, None),
        ("np.concatenate([bold[..., :2], bold[..., 9:]], axis=-1)", 0, 1, (0, 1, 9, 10, 11)),
    ],
)  # fmt: skip
def test_time_outlives_what_leaves_its_step(formula, start, step, places):
    axis = inferred(formula, given(formula)).root.spec.axes[3]
    assert axis.source == "t"
    assert (axis.start, axis.step, axis.places) == (start, step, places)


@pytest.mark.parametrize(
    "formula",
    [
        "np.sort(bold, axis=-1)",
        "np.fft.irfft(np.fft.rfft(bold, axis=-1), n=20, axis=-1)",
        "np.fft.irfft(np.fft.rfft(bold, axis=-1)[..., 1:], n=12, axis=-1)",
        "np.abs(np.fft.rfft(bold, axis=-1))",
    ],
)
def test_time_ends_where_its_step_is_gone(formula):
    assert inferred(formula, given(formula)).root.spec.axes[3].source != "t"
