"""Axes are matched by where they come from, and know where they are after every change."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.types.alignment import AlignmentError, aligned_axes
from nipype_mathimg.spec import Axis
from tests.formula.harness import WAYS, axes_of, compute, inferred

RNG = np.random.default_rng(5)
BOLD = RNG.normal(100, 5, (5, 4, 3, 6))
MASK = (RNG.random((5, 4, 3)) > 0.5).astype(np.uint8)
CUBE4 = RNG.normal(0, 1, (4, 4, 4, 4))
CUBE3 = RNG.normal(0, 1, (4, 4, 4))
STATS = RNG.normal(0, 1, (5, 4, 3, 1, 2))
PADDED = np.pad(BOLD, ((0, 0),) * 3 + ((1, 1),))
LIST = [1.0, 2, 3, 4, 5, 6]
INPUTS = {"bold": BOLD, "mask": MASK, "c4": CUBE4, "c3": CUBE3, "t": LIST, "maps": STATS}


def inputs_for(formula):
    return {name: value for name, value in INPUTS.items() if name in formula.replace("np.", "")}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("bold * mask", BOLD * MASK[..., None]),
        ("mask * bold", BOLD * MASK[..., None]),
        ("bold * mask[..., None]", BOLD * MASK[..., None]),
        ("bold - np.mean(bold, axis=-1)", BOLD - BOLD.mean(-1, keepdims=True)),
        ("np.mean(bold, axis=-1) - bold", BOLD.mean(-1, keepdims=True) - BOLD),
        ("bold - np.mean(bold, axis=-1, keepdims=True)", BOLD - BOLD.mean(-1, keepdims=True)),
        ("100 * bold / bold.mean(axis=-1)", 100 * BOLD / BOLD.mean(-1, keepdims=True)),
        ("c4 - c3", CUBE4 - CUBE3[..., None]),
        ("c4 - np.mean(c4, axis=-1)", CUBE4 - CUBE4.mean(-1, keepdims=True)),
        ("c4 - np.mean(c4, axis=0)", CUBE4 - CUBE4.mean(0)),
        ("c4 - np.mean(c4, axis=1)", CUBE4 - CUBE4.mean(1, keepdims=True)),
        ("c4 - np.mean(c4, axis=(1, 3))", CUBE4 - CUBE4.mean((1, 3), keepdims=True)),
        ("bold * t", BOLD * np.array(LIST)),
        ("np.moveaxis(bold, 3, 0) * t", np.moveaxis(BOLD * np.array(LIST), 3, 0)),
        ("t * bold * mask", BOLD * np.array(LIST) * MASK[..., None]),
        ("bold - np.mean(bold, axis=(0, 1, 2))", BOLD - BOLD.mean((0, 1, 2))),
        ("bold - np.mean(bold[mask > 0], axis=0)", BOLD - BOLD[MASK > 0].mean(0)),
        ("mask * np.mean(bold, axis=(0, 1, 2))", MASK[..., None] * BOLD.mean((0, 1, 2))),
        ("mask * bold[..., 0]", MASK * BOLD[..., 0]),
        ("bold[..., 1:] - bold[..., :-1]", np.diff(BOLD)),
        ("bold - bold[..., :1]", BOLD - BOLD[..., :1]),
        ("bold - bold[..., 0]", BOLD - BOLD[..., :1]),
        ("bold[:, 1] * mask[:, 1]", BOLD[:, 1] * MASK[:, 1, :, None]),
        ("np.where(mask, bold, 0)", np.where(MASK[..., None], BOLD, 0)),
        ("np.moveaxis(bold, 3, 0) * np.moveaxis(bold, 3, 0)", BOLD.transpose(3, 0, 1, 2) ** 2),
        ("np.stack([mask, bold[..., 0]])", np.stack([MASK, BOLD[..., 0]])),
        ("np.mean([bold, bold * 2], axis=0) * mask", BOLD * 1.5 * MASK[..., None]),
        ("maps[..., 0, 0] * mask", STATS[..., 0, 0] * MASK),
        ("maps * mask", STATS * MASK[..., None, None]),
        ("np.sum(bold[mask > 0])", BOLD[MASK > 0].sum()),
        ("np.sort(bold, axis=-1) * mask", np.sort(BOLD) * MASK[..., None]),
        ("np.fft.rfft(bold, axis=-1).real * mask", np.fft.rfft(BOLD).real * MASK[..., None]),
        ("np.pad(bold, ((0, 0), (0, 0), (0, 0), (1, 1))) * mask", PADDED * MASK[..., None]),
        ("bold[..., None] * mask", (BOLD * MASK[..., None])[..., None]),
        ("bold[::-1] - np.mean(bold[::-1], axis=-1)", (BOLD - BOLD.mean(-1, keepdims=True))[::-1]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_alignment(formula, expected):
    inputs = inputs_for(formula)
    result = np.asarray(compute(formula, inputs))
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-9)
    for way in WAYS[:2]:
        np.testing.assert_array_equal(compute(formula, inputs, way), result)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("bold + np.transpose(bold, (3, 0, 1, 2))", "meets"),
        ("np.transpose(c4, (1, 0, 2, 3)) + c4", "meets the x axis"),
        ("c4 * c3.T", "different orders"),
        ("bold + bold[..., 1:]", "`bold` has 6 volumes and `bold[..., 1:]` has 5"),
        ("bold * t[1:]", "runs along t, where `bold` has 6 volumes"),
        ("bold * mask[1:]", "do not fit"),
        ("np.mean(bold, axis=0) * np.mean(bold, axis=1)", "meets"),
        ("np.mean(bold, axis=0) * mask", "The y axis of `np.mean(bold, axis=0)` meets the x axis"),
    ],
)
def test_axes_that_do_not_correspond(formula, words):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, inputs_for(formula))
    assert words in caught.value.message
    assert caught.value.formula[slice(*caught.value.span)]


X, Y, Z, T = (("x", 0, 1), ("y", 0, 1), ("z", 0, 1), ("t", 0, 1))
NEW = (None, 0, 1)


@pytest.mark.parametrize(
    ("formula", "axes"),
    [
        ("bold", [X, Y, Z, T]),
        ("bold * mask", [X, Y, Z, T]),
        ("mask * bold", [X, Y, Z, T]),
        ("mask", [X, Y, Z]),
        ("bold[2:, ::2, ::-1, 4:]", [("x", 2, 1), ("y", 0, 2), ("z", 2, -1), ("t", 4, 1)]),
        ("bold[1:][1:, 1:]", [("x", 2, 1), ("y", 1, 1), Z, T]),
        ("bold[..., 1::2][..., ::-1]", [X, Y, Z, ("t", 5, -2)]),
        ("bold[::-1][1:3]", [("x", 3, -1), Y, Z, T]),
        ("bold[-2:]", [("x", 3, 1), Y, Z, T]),
        ("bold[:, 2]", [X, Z, T]),
        ("bold[..., None]", [X, Y, Z, T, NEW]),
        ("np.flip(bold, axis=(0, 3))", [("x", 4, -1), Y, Z, ("t", 5, -1)]),
        ("np.pad(bold, 1)", [("x", -1, 1), ("y", -1, 1), ("z", -1, 1), ("t", -1, 1)]),
        ("np.pad(bold[::-1], 1)", [("x", 5, -1), ("y", -1, 1), ("z", -1, 1), ("t", -1, 1)]),
        ("np.repeat(bold, 2, axis=0)", [("x", -0.25, 0.5), Y, Z, T]),
        ("np.mean(bold, axis=-1)", [X, Y, Z]),
        ("np.mean(bold, axis=2)", [X, Y, T]),
        ("np.mean(bold, axis=2, keepdims=True)", [X, Y, ("z", 1, 3), T]),
        ("np.mean(bold[::2], axis=0, keepdims=True)", [("x", 2, 6), Y, Z, T]),
        ("np.mean(bold, axis=-1, keepdims=True)", [X, Y, Z, NEW]),
        ("np.median(bold, axis=0, keepdims=True)", [("x", 2, 5), Y, Z, T]),
        ("np.transpose(bold, (1, 0, 2, 3))", [Y, X, Z, T]),
        ("bold.T", [T, Z, Y, X]),
        ("np.moveaxis(bold, -1, 0)", [T, X, Y, Z]),
        ("np.swapaxes(bold, 0, 2)", [Z, Y, X, T]),
        ("np.squeeze(bold[:, :1])", [X, Z, T]),
        ("np.expand_dims(mask, -1)", [X, Y, Z, NEW]),
        ("np.stack([bold, bold])", [NEW, X, Y, Z, T]),
        ("np.stack([mask, mask], axis=-1)", [X, Y, Z, NEW]),
        ("[mask, mask]", [NEW, X, Y, Z]),
        ("np.concatenate([bold, bold], axis=-1)", [X, Y, Z, T]),
        ("np.concatenate([bold[..., 3:], bold], axis=-1)", [X, Y, Z, T]),
        ("np.sort(bold, axis=-1)", [X, Y, Z, NEW]),
        ("np.sort(bold, axis=0)", [X, Y, Z, T]),
        ("np.roll(bold, 1, axis=-1)", [X, Y, Z, T]),
        ("np.roll(bold, 1, axis=0)", [X, Y, Z, T]),
        ("np.tile(bold, 2)", [X, Y, Z, T]),
        ("np.cumsum(bold, axis=-1)", [X, Y, Z, T]),
        ("np.diff(bold, axis=-1)", [X, Y, Z, ("t", 0.5, 1)]),
        ("np.gradient(bold, axis=-1)", [X, Y, Z, T]),
        ("np.fft.fft(bold, axis=-1)", [X, Y, Z, ("t frequency", 0, 1)]),
        ("bold[..., [0, 2, 4]]", [X, Y, Z, ("t", 0, 2)]),
        ("bold[..., [5, 3, 1]]", [X, Y, Z, ("t", 5, -2)]),
        ("bold[..., [0, 2, 3]]", [X, Y, Z, T]),
        ("bold[..., [4]]", [X, Y, Z, ("t", 4, 1)]),
        ("np.take(bold, [1, 2], axis=0)", [("x", 1, 1), Y, Z, T]),
        ("np.percentile(bold, [5, 95], axis=-1)", [NEW, X, Y, Z]),
        ("np.reshape(bold, (20, 18))", [NEW, NEW]),
        ("np.zeros_like(bold)", [X, Y, Z, T]),
        ("bold[..., 1:] - bold[..., :-1]", [X, Y, Z, ("t", 0.5, 1)]),
        ("np.mean(bold, axis=(0, 1, 2))", [T]),
        ("bold[0] + t", [Y, Z, T]),
    ],
)
def test_where_axes_come_from(formula, axes):
    assert axes_of(formula, inputs_for(formula)) == axes


@pytest.mark.parametrize(
    "formula",
    [
        "bold[2:, ::2, ::-1, 4:]",
        "np.flip(bold, axis=(0, 3))",
        "bold.T[::2, 1:]",
        "bold[..., [5, 3, 1]]",
        "np.pad(bold, 1)[1:-1, 2:]",
        "np.swapaxes(bold, 0, 1)[::-1]",
    ],
)
def test_elements_come_from_where_the_axes_say(formula):
    # An image whose voxels are their own positions shows where each element comes from.
    for k, name in enumerate("xyzt"):
        position = np.broadcast_to(
            np.arange(BOLD.shape[k]).reshape([-1 if j == k else 1 for j in range(4)]), BOLD.shape
        )
        spec = inferred(formula, {"bold": position.astype(float)}).root.spec
        result = compute(formula, {"bold": position.astype(float)})
        (place,) = [j for j, axis in enumerate(spec.axes) if axis.source == name]
        axis = spec.axes[place]
        expected = axis.start + axis.step * np.arange(spec.shape[place])
        inside = np.clip(expected, 0, BOLD.shape[k] - 1) == expected
        found = np.moveaxis(result, place, 0).reshape(spec.shape[place], -1).max(axis=1)
        np.testing.assert_array_equal(found[inside], expected[inside])


@pytest.mark.parametrize(
    ("names", "lengths", "operands"),
    [
        (["--", "xy", "yx"], [(4, 4), (4, 4), (4, 4)], (1, 2)),
        (["xy", "--", "yx"], [(4, 4), (4, 4), (4, 4)], (0, 2)),
        (["--", "xy", "xz"], [(1, 1), (4, 1), (4, 5)], None),
        (["xy", "xz", "xz"], [(4, 1), (4, 5), (4, 6)], (1, 2)),
        (["--", "--", "--"], [(4, 1), (1, 5), (4, 6)], (1, 2)),
    ],
)
def test_every_operand_is_compared_with_what_was_said_before(names, lengths, operands):
    axes = [tuple(Axis(None if n == "-" else n) for n in own) for own in names]
    if operands is None:
        aligned_axes(lengths, axes)
        return
    with pytest.raises(AlignmentError) as error:
        aligned_axes(lengths, axes)
    assert error.value.operands == operands


def test_a_weighted_mean_keeps_axes_of_length_1():
    one = np.ones((2, 3, 4, 1, 1))
    for formula in ("np.average(a, axis=2, weights=[1, 2, 3, 4])", "np.mean(a, axis=2)"):
        assert axes_of(formula, {"a": one}) == axes_of("a[:, :, 0]", {"a": one})
        assert compute(f"{formula} * a", {"a": one}).shape == one.shape
