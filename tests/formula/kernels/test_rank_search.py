"""Quantiles of more values than are held at once, against NumPy on all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nipype_mathimg.formula.kernels.rank_search import Selection
from nipype_mathimg.formula.kernels.rank_windows import Narrowing
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import whole

VOLUME, VOLUMES = 60, 400
QUANTILES = (0.0, 0.02, 0.5, 0.8, 0.98, 1.0)


def _noise(scale=100.0, dtype=np.float32):
    return np.random.default_rng(7).normal(0, scale, VOLUME * VOLUMES).astype(dtype)


def _with(values, share, value):
    changed = values.copy()
    changed[np.random.default_rng(8).random(values.size) < share] = value
    return changed


DATA = {
    "noise": _noise(),
    "noise in float64": _noise(dtype=np.float64),
    "a background of zeros": np.maximum(_noise(), 0),
    "zeros of both signs": _with(np.where(_noise() > 0, _noise(), np.float32(-0.0)), 0.3, 0),
    "one value": np.full(VOLUME * VOLUMES, 3, np.float32),
    "two values": (_noise() > 0).astype(np.float32),
    "infinities": _with(_with(_noise(), 0.03, np.inf), 0.03, -np.inf),
    "infinities only": _with(np.full(VOLUME * VOLUMES, np.inf, np.float32), 0.4, -np.inf),
    "integers": _noise().astype(np.int32),
    "integers without a sign": np.abs(_noise(1e9)).astype(np.uint32),
    "large integers": (_noise(1.0).astype(np.int64) << 56) + np.arange(VOLUME * VOLUMES),
    "the least integer": _with(_noise().astype(np.int32), 0.1, np.iinfo(np.int32).min),
    "small integers": _noise(20).astype(np.int16),
    "a slow drift": _noise() + np.linspace(0, 5, VOLUME * VOLUMES, dtype=np.float32),
    "ever larger": np.sort(_noise()),
    "ever smaller": np.sort(_noise())[::-1].copy(),
    "another second half": np.where(np.arange(VOLUME * VOLUMES) < 12000, 0, _noise()),
    "few values": _noise()[:7],
    "a single value": _noise()[:1],
}


LITTLE = Limits(kept_ranks=900, most_windows=len(QUANTILES), few_ranks=500)
"""Little is held, so that windows are narrowed and digits are counted more than once."""


def quantiles_of(
    values, quantiles=QUANTILES, *, skip_nan=False, threads=1, block=130, limits=LITTLE
):
    """Return the quantiles of values that come block by block, and the number of passes."""
    domain = (VOLUME, 1, 1, -(-values.size // VOLUME))
    selection = Selection(quantiles, domain, values.dtype, False, skip_nan, False, "quantile")
    state = selection.start(whole(domain), limits)
    blocks = [values[start : start + block] for start in range(0, values.size, block)]
    passes = 0
    while not state.done:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda part: state.update(part, None, ()), blocks))
        state.finish()
        passes += 1
    return state.result(), passes


@pytest.mark.parametrize("values", DATA.values(), ids=DATA)
def test_quantiles_are_those_of_numpy(values):
    found, _ = quantiles_of(values)
    ordered = np.sort(values).astype(float)
    place = np.asarray(QUANTILES) * (values.size - 1)
    low, part = ordered[place.astype(int)], place % 1
    high = ordered[np.minimum(place.astype(int) + 1, values.size - 1)]
    with np.errstate(invalid="ignore"):
        between = np.where(low == high, low, low + (high - low) * part)
    np.testing.assert_allclose(found, between, rtol=1e-12)
    assert not np.signbit(found[found == 0]).any()


@pytest.mark.parametrize("values", DATA.values(), ids=DATA)
def test_neither_threads_nor_blocks_nor_the_way_change_a_bit(values):
    expected, _ = quantiles_of(values)
    for threads, block in ((3, 130), (2, 4000)):
        found, _ = quantiles_of(values, threads=threads, block=block)
        assert found.tobytes() == expected.tobytes()
    alone = [quantiles_of(values, (quantile,), block=300)[0] for quantile in QUANTILES]
    assert np.concatenate(alone).tobytes() == expected.tobytes()
    by_digits, _ = quantiles_of(values, limits=LITTLE.changed(most_windows=0))
    assert by_digits.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_counts_only_where_it_is_not_skipped(dtype):
    values = _with(_noise(dtype=dtype), 0.2, np.nan)
    found, _ = quantiles_of(values, skip_nan=True)
    np.testing.assert_allclose(found, np.nanquantile(values.astype(float), QUANTILES), rtol=1e-12)
    assert np.isnan(quantiles_of(values)[0]).all()
    assert np.isnan(quantiles_of(np.full(2000, np.nan, dtype), skip_nan=True)[0]).all()


def test_one_pass_does_where_an_image_is_alike_throughout():
    assert quantiles_of(DATA["noise"])[1] == 1
    assert quantiles_of(DATA["a background of zeros"])[1] == 1
    assert quantiles_of(DATA["a slow drift"])[1] == 1
    assert quantiles_of(DATA["ever larger"], (0.5,))[1] > 1


class _Interrupted(list):
    """Runs of values; other values narrow the window just before these are looked at."""

    def __init__(self, runs, between):
        super().__init__(runs)
        self.between = between

    def __iter__(self):
        self.between()
        return super().__iter__()


@pytest.mark.parametrize("quantile", [0.02, 0.5, 0.8])
@pytest.mark.parametrize("name", ["noise", "a background of zeros", "two values"])
def test_values_that_come_late_meet_a_narrower_window(name, quantile):
    first, late, last = np.split(DATA[name][:18000], 3)
    step = Narrowing((quantile,), first.dtype, LITTLE)
    step.update(_Interrupted([late], lambda: step.update([first])))
    step.update([last])
    values = np.sort(np.concatenate([first, late, last]))
    rank = int(quantile * (values.size - 1))
    assert step.finish_pass({quantile: (rank,)}) == {rank: values[rank]}


@pytest.mark.parametrize("name", ["noise", "ever larger", "two values", "infinities only"])
def test_what_is_held_is_bounded(name):
    step = Narrowing((0.5,), DATA[name].dtype, LITTLE)
    for start in range(0, DATA[name].size, 130):
        step.update([DATA[name][start : start + 130]])
        assert all(s.window is None or s.window.held <= LITTLE.kept_ranks for s in step.searches)
