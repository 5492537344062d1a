"""Regression, trends, filters and products with a matrix, against NumPy, SciPy and loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.signal

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WAYS, compute, inferred, leaf_of, same_bits

RNG = np.random.default_rng(10)
VOLUMES = 40
BOLD = RNG.normal(1000, 10, (5, 4, 3, VOLUMES)).astype("f4")
X = RNG.normal(0, 3, (VOLUMES, 3)) + 5
KEEP = RNG.random(VOLUMES) > 0.3
INPUTS = {"bold": BOLD, "X": X.tolist(), "keep": KEEP.tolist(), "fd": X[:, 0].tolist()}


def residual(data: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return what least squares leaves, by NumPy in float64."""
    series = data.reshape(-1, data.shape[-1]).T.astype(float)
    weights = np.linalg.lstsq(columns, series, rcond=None)[0]
    return (series - columns @ weights).T.reshape(data.shape)


def with_constant(columns: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(columns)), columns])


def mean(data: np.ndarray) -> np.ndarray:
    return np.mean(data, axis=-1, keepdims=True, dtype=float)


def bptf(series: np.ndarray, hp_sigma: float, lp_sigma: float) -> np.ndarray:
    """Filter one series in the loops of FSL's bandpass_temporal_filter."""
    total = len(series)
    if hp_sigma > 0:
        reach, passed, first = int(hp_sigma * 3), np.empty(total), None
        for t in range(total):
            a = b = c = d = n = 0.0
            for tt in range(max(t - reach, 0), min(t + reach, total - 1) + 1):
                dt = tt - t
                w = math.exp(-0.5 * dt * dt / (hp_sigma * hp_sigma))
                a, b, c = a + w * dt, b + w * series[tt], c + w * dt * dt
                d, n = d + w * dt * series[tt], n + w
            line = (b * c - a * d) / (c * n - a * a)
            first = line if first is None else first
            passed[t] = first + series[t] - line
        series = passed - passed.mean()
    if lp_sigma > 0:
        reach, smooth = int(lp_sigma * 20) + 2, np.empty(total)
        for t in range(total):
            near = range(max(t - reach, 0), min(t + reach, total - 1) + 1)
            weights = [math.exp(-0.5 * (tt - t) ** 2 / lp_sigma**2) for tt in near]
            smooth[t] = np.dot(weights, series[near.start : near.stop]) / sum(weights)
        series = smooth
    return series


def sos(order: int, edges: object, kind: str) -> np.ndarray:
    return scipy.signal.butter(order, edges, kind, output="sos", fs=0.5)


TREND = np.linspace(-1, 1, VOLUMES)[:, None] ** np.arange(4)
FORMULAS = {
    "regress(bold, X)": residual(BOLD, with_constant(X)) + mean(BOLD),
    "regress(bold, X, constant=False)": residual(BOLD, with_constant(X)),
    "regress(bold, fd)": residual(BOLD, with_constant(X[:, :1])) + mean(BOLD),
    "regress(bold[..., keep], X[keep])": residual(BOLD[..., KEEP], with_constant(X[KEEP]))
    + mean(BOLD[..., KEEP]),
    "regress(bold, [X[:, 0], fd, X[:, 2]].T, constant=False)": residual(
        BOLD, with_constant(X[:, [0, 2]])
    ),
    "regress(bold[2], X)": residual(BOLD[2], with_constant(X)) + mean(BOLD[2]),
    "regress(np.moveaxis(bold, -1, 0), X, axis=0)": np.moveaxis(
        residual(BOLD, with_constant(X)) + mean(BOLD), -1, 0
    ),
    "detrend(bold)": residual(BOLD, TREND[:, :2]),
    "detrend(bold, 0)": BOLD - mean(BOLD),
    "detrend(bold, order=3)": residual(BOLD, TREND),
    "detrend(bold, 3, constant=True)": residual(BOLD, TREND) + mean(BOLD),
    "detrend(bold, 0, constant=True)": BOLD,
    "bandpass(bold, 0.02, 0.1, order=2)": scipy.signal.sosfiltfilt(
        sos(2, [0.02, 0.1], "bandpass"), BOLD.astype(float)
    ),
    "bandpass(bold, low=0.02)": scipy.signal.sosfiltfilt(
        sos(5, 0.02, "highpass"), BOLD.astype(float)
    ),
    "bandpass(bold, high=0.1)": scipy.signal.sosfiltfilt(
        sos(5, 0.1, "lowpass"), BOLD.astype(float)
    ),
    "bptf(bold, 4)": np.apply_along_axis(bptf, -1, BOLD.astype(float), 4, -1),
    "bptf(bold, 4.5, 1.2)": np.apply_along_axis(bptf, -1, BOLD.astype(float), 4.5, 1.2),
    "bptf(bold, -1, 2)": np.apply_along_axis(bptf, -1, BOLD.astype(float), -1, 2),
    "bold @ X": BOLD.astype(float) @ X,
    "bold @ fd": BOLD.astype(float) @ X[:, 0],
    "bold @ X[:, :2]": BOLD.astype(float) @ X[:, :2],
    "(fd @ X) * bold[..., :3]": (X[:, 0] @ X) * BOLD[..., :3],
    "bold[..., keep]": BOLD[..., KEEP],
    "bold[..., ~keep]": BOLD[..., ~KEEP],
    "bold[..., fd < 5]": BOLD[..., X[:, 0] < 5],
    "bold[..., (fd < 5) & keep]": BOLD[..., (X[:, 0] < 5) & KEEP],
    "bold[..., np.argmax(fd)]": BOLD[..., np.argmax(X[:, 0])],
    "bold[[True, False, False, True, True]]": BOLD[[0, 3, 4]],
    "np.mean(fd[keep]) + bold": np.mean(X[KEEP, 0]) + BOLD,
    "np.array([7, 8, 9])[[True, False, True]] * bold[..., :2]": np.array([7, 9]) * BOLD[..., :2],
}


def with_tr(inputs: dict[str, object], tr: float | None = 2.0) -> dict[str, object]:
    leaf = leaf_of("bold", inputs["bold"])
    axes = tuple(a.changed(size=tr if a.is_time else 3.0) for a in leaf.spec.axes)
    leaf.spec = leaf.spec.changed(axes=axes)
    return {**inputs, "bold": leaf}


@pytest.mark.parametrize("formula", FORMULAS)
def test_series_equal_the_reference_whatever_the_pieces(formula):
    inputs = with_tr({n: v for n, v in INPUTS.items() if n in formula})
    want = FORMULAS[formula]
    got = compute(formula, inputs)
    assert got.shape == want.shape
    # Lists of numbers are float64.
    assert got.dtype == (np.float64 if "*" in formula else np.float32)
    # Half a unit of float32 at 1000, and what float64 leaves.
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-7 * np.abs(want).max())
    for way in WAYS:
        assert same_bits(compute(formula, with_tr(inputs | {"bold": BOLD}), way), got), way


@pytest.mark.parametrize("volumes", [12, 33, 150, 600])
def test_the_rows_beside_a_row_do_not_count(volumes):
    # The whole matrix is computed 16 rows at a time or more, in one thread.
    rng = np.random.default_rng(volumes)
    bold = rng.normal(0, 1, (37, 9, 2, volumes))
    table = rng.normal(0, 1, (volumes, volumes // 3)).tolist()
    got = compute("regress(bold, X)", {"bold": bold, "X": table})
    alone = compute("regress(bold, X)", {"bold": bold[20:21, 3:4, 1:], "X": table})
    assert same_bits(got[20:21, 3:4, 1:], alone)
    assert got.dtype == np.float64


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int32", "int64", "float32"])
def test_a_product_with_whole_numbers_is_exact(dtype):
    a = np.random.default_rng(1).integers(0, 2, (5, 4, 3, 6)).astype(dtype)
    if dtype not in ("bool", "uint8"):
        a[0] = -30000
    matrix = [[1, -2], [3, 4], [-5, 6], [7, 8], [0, 1], [2**20, 0]]
    got = compute("a @ M", {"a": a, "M": matrix})
    want = a.astype(object) @ np.array(matrix, object)
    if dtype in ("bool", "uint8", "int16", "int32"):
        assert got.dtype.kind == "i"
        assert (got.astype(object) == want).all()
    else:
        assert got.dtype == dtype.replace("int64", "float64")


def test_nan_stays_in_its_voxel():
    bold = BOLD.copy()
    bold[1, 2, 0, 7] = np.nan
    got = compute("regress(bold, X)", {"bold": bold, "X": X.tolist()})
    assert np.isnan(got[1, 2, 0]).all()
    assert np.isnan(got).sum() == VOLUMES


def test_dependent_regressors_count_once():
    table = np.column_stack([X, X[:, 0] * 3, np.full(VOLUMES, 0.1), 1e3 + X[:, 1] * 1e6])
    got = compute("regress(bold, X)", {"bold": BOLD, "X": table.tolist()})
    np.testing.assert_allclose(got, FORMULAS["regress(bold, X)"], rtol=2e-7)


def test_time_stays_time():
    for formula in ("regress(bold, X)", "detrend(bold)", "bandpass(bold, 0.01)", "bptf(bold, 9)"):
        inputs = with_tr({n: v for n, v in INPUTS.items() if n in formula})
        axis = inferred(formula, inputs).root.spec.axes[-1]
        assert (axis.source, axis.size) == ("t", 2.0)
    assert inferred("bold @ X", with_tr({"bold": BOLD, "X": X.tolist()})).root.spec.axes[
        -1
    ].source is None  # fmt: skip


def test_the_tr_of_every_second_volume_is_twice_as_long():
    twice = np.repeat(BOLD, 2, axis=-1)
    inputs = with_tr({"bold": twice}, tr=1.0)
    got = compute("bandpass(bold[..., ::2], 0.02, 0.1, order=2)", inputs)
    np.testing.assert_allclose(
        got, FORMULAS["bandpass(bold, 0.02, 0.1, order=2)"], rtol=1e-6, atol=1e-5
    )
    unknown = with_tr({"bold": BOLD}, tr=None)
    got = compute("bandpass(bold, 0.02, 0.1, order=2, tr=2)", unknown)
    assert same_bits(got, compute("bandpass(bold, 0.02, 0.1, order=2)", with_tr({"bold": BOLD})))


# formula | what is underlined | words of the message
MISTAKES = """
bandpass(bold, 0.01) | bandpass(bold, 0.01) | tr=2.0
bandpass(bold, tr=2) | bandpass(bold, tr=2) | needs an edge in Hz
bandpass(bold, high=0.3, tr=2) | 0.3 | between 0 and 0.25 Hz
bandpass(bold, 0.1, 0.05, tr=2) | bandpass(bold, 0.1, 0.05, tr=2) | less than high=0.05
bandpass(bold[:, :, 0, :9], 0.1, tr=2) | bandpass(bold[:, :, 0, :9], 0.1, tr=2) | at least 19
bandpass(bold, 0.01, order=0, tr=2) | 0 | 1 or more
bandpass(bold, 0.01, tr=0) | bandpass(bold, 0.01, tr=0) | not known
bptf(bold, -1) | bptf(bold, -1) | above 0
detrend(bold, 40) | 40 | between 0 and 38
detrend(mask) | mask | along time
regress(bold, X.T) | X.T | regress(bold, X.T)
regress(bold, X[1:]) | X[1:] | 39 rows and `bold` has 40
regress(bold, mask) | mask | known beforehand
regress(bold, holes) | holes | np.nan_to_num(X)
regress(bold, np.eye) | np.eye | not a function
regress(bold, [1, 2]) | [1, 2] | 2 rows and `bold` has 40
regress(bold[..., :4], X[:4]) | regress(bold[..., :4], X[:4]) | nothing would be left
regress(bold) | regress(bold) | regress: the argument `X` is missing
regress(bold, X, mean=True) | True | regress has no argument `mean`
X @ bold | X @ bold | right of `@`
bold @ mask | mask | known beforehand
mask @ X | mask @ X | which is z
bold @ X.T | X.T | transpose it
bold @ [[1, 2], [3, 4]] | [[1, 2], [3, 4]] | 2 rows
bold @ [[1, 2], [3]] | [[1, 2], [3]] | equally long
bold[..., keep[1:]] | bold[..., keep[1:]] | 39 True or False
bold[..., fd > 1000] | bold[..., fd > 1000] | False everywhere
bold[..., X > 0] | bold[..., X > 0] | cannot be a matrix
bold[..., fd] | bold[..., fd] | bval < 50
"""


@pytest.mark.parametrize("row", MISTAKES.strip().splitlines())
def test_a_mistake_is_found_before_a_voxel_is_read(row):
    formula, culprit, words = (part.strip() for part in row.split(" | "))
    holes = X.copy()
    holes[0, 1] = np.nan
    inputs = {**INPUTS, "mask": np.ones((5, 4, 3), "u1"), "holes": holes.tolist()}
    with pytest.raises(FormulaError) as caught:
        inferred(formula, inputs)
    assert words in caught.value.message
    assert formula[slice(*caught.value.span)] == culprit


def test_the_names_are_free_for_inputs_and_for_values_where_none_is_called():
    assert compute("regress + 1", {"regress": np.ones((2, 2, 2), "i2")}).max() == 2
    assert inferred("detrend = bold * 2; detrend + 1", INPUTS).root.shape == INPUTS["bold"].shape
    with pytest.raises(FormulaError, match="`detrend` is a function that is called here"):
        inferred("detrend = detrend(bold); detrend + 1", INPUTS)
    with pytest.raises(FormulaError, match=r"Did you mean detrend\?"):
        inferred("detrned(bold)", INPUTS)


def test_edges_are_repeated_where_they_lie():
    spec = inferred(
        "np.pad(bold, ((2, 0), (0, 0), (0, 0), (0, 0)), mode='edge')", INPUTS
    ).root.spec
    assert (spec.axes[0].source, spec.axes[0].start, spec.axes[0].step) == ("x", -2, 1)
    with pytest.raises(FormulaError, match="one of 'constant', 'edge'"):
        inferred("np.pad(bold, 1, mode='wrap')", INPUTS)


@pytest.mark.parametrize("call", ["np.arange(0)", "np.arange(1, 5, 0)", "np.arange(10**9)"])
def test_a_range_holds_some_numbers(call):
    with pytest.raises(FormulaError, match=r"np\.arange"):
        inferred(f"bold * {call}", INPUTS)


def test_percentiles_become_an_image_by_moving_their_axis():
    got = compute("np.moveaxis(np.percentile(bold, [25, 75], axis=-1), 0, -1)", {"bold": BOLD})
    want = np.moveaxis(np.percentile(BOLD.astype(float), [25, 75], axis=-1), 0, -1)
    np.testing.assert_allclose(got, want, rtol=1e-6)
