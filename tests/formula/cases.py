"""One entry for each row of the function table: how it is called in the tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

REAL = "iuf"
ALL = "iufc"
INTEGERS = "iu"


@dataclass(frozen=True)
class Case:
    """A call of one function.

    Parameters
    ----------
    call : str
        A formula; `a`, `b` have every kind of value, `d` has neither 0 nor NaN, `u` lies between
        0 and 1, `s` holds small numbers of steps, `m` is a 3D mask.
    kinds : str
        Kinds of dtype that it takes: i(nteger), u(nsigned), f(loat), c(omplex).
    expected : str
        NumPy's formula, where it is another one.
    exact : bool
        For integers: compare with Python's own integers, which never overflow.
    own : bool
        Compare with NumPy in the dtype itself.
    ulps : float
        Units in the last place by which a float may differ.
    absolute : float
        Absolute difference, in units of float precision at 1, for sums that cancel.
    """

    call: str
    kinds: str = REAL
    expected: str = ""
    exact: bool = True
    own: bool = False
    ulps: float = 2
    absolute: float = 0


def _calls(names: str, call: str, *args: object, **more: object) -> dict[str, list[Case]]:
    return {
        name: [Case(call.replace("NAME", name), *args, **more)]  # type: ignore[arg-type]
        for name in names.split()
    }


def _both(name: str, *calls: Case) -> dict[str, list[Case]]:
    """Return the cases of a reduction and of its variant that skips NaN."""
    skipping = [
        Case(**{**_fields(c), "call": c.call.replace(f"np.{name}", f"np.nan{name}"),
                "expected": c.expected.replace(f"np.{name}", f"np.nan{name}")})
        for c in calls
    ]  # fmt: skip
    return {name: list(calls), f"nan{name}": skipping}


def _fields(case: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in case.__dataclass_fields__}


CASES: dict[str, list[Case]] = {
    # Arithmetic
    **_calls("add subtract multiply", "np.NAME(a, b)", ALL),
    "divide": [Case("np.divide(a, b)", exact=False), Case("np.divide(a, d)", "c", ulps=8)],
    "floor_divide": [
        Case("np.floor_divide(d, 7)"),
        Case("np.floor_divide(d, -3)", "if"),
        Case("np.floor_divide(d, b)", INTEGERS, exact=False),
    ],
    "remainder": [
        Case("np.remainder(d, 7)"),
        Case("np.remainder(d, -3)", "if"),
        Case("np.remainder(d, b)", INTEGERS, "np.remainder(d, b)", exact=False),
    ],
    "fmod": [Case("np.fmod(d, 7)", expected="np.sign(d) * (np.abs(d) % 7)")],
    "power": [
        Case("np.power(a, 2)", ulps=3),
        Case("np.power(d, s)", exact=False, ulps=8),
        Case("np.power(d, -1)", exact=False),
    ],
    "float_power": [Case("np.float_power(d, 2)", exact=False)],
    **_calls("negative", "np.NAME(a)", ALL),
    "positive": [Case("np.positive(a)", ALL, own=True)],
    "absolute": [Case("np.absolute(a)"), Case("np.absolute(d)", "c")],
    "fabs": [Case("np.fabs(a)", exact=False)],
    "square": [Case("np.square(a)"), Case("np.square(d)", "c", ulps=8)],
    "sign": [Case("np.sign(a)")],
    "reciprocal": [Case("np.reciprocal(a)", exact=False), Case("np.reciprocal(d)", "c", ulps=8)],
    "sqrt": [Case("np.sqrt(a)", exact=False), Case("np.sqrt(d)", "c", ulps=8)],
    "cbrt": [Case("np.cbrt(a)", exact=False, ulps=4)],
    **_calls("maximum minimum", "np.NAME(a, b)"),
    "fmax": [Case("np.fmax(a, b)", expected="np.fmax(a, b)")],
    "fmin": [Case("np.fmin(a, b)", expected="np.fmin(a, b)")],
    "hypot": [Case("np.hypot(a, b)", exact=False, ulps=4)],
    "copysign": [Case("np.copysign(a, b)", exact=False)],
    "nextafter": [
        Case("np.nextafter(a, b)", "f", own=True, ulps=0),
        Case("np.nextafter(a, b)", INTEGERS, exact=False, ulps=0),
    ],
    "heaviside": [Case("np.heaviside(a, 0.5)", exact=False)],
    "ldexp": [
        Case("np.ldexp(d, s)", INTEGERS, "d.astype(float) * 2.0 ** s"),
        Case("np.ldexp(a, s)", "f", "a * 2.0 ** s"),
    ],
    "spacing": [
        Case("np.spacing(a)", "f", own=True, ulps=0),
        Case("np.spacing(a)", INTEGERS, exact=False, ulps=0),
    ],
    "gcd": [Case("np.gcd(a, b)", INTEGERS)],
    "lcm": [Case("np.lcm(a, b)", INTEGERS, "np.frompyfunc(lcm, 2, 1)(a, b)")],
    # Exponents
    **_calls("exp exp2 expm1", "np.NAME(a)", exact=False, ulps=4),
    **_calls("log log2 log10", "np.NAME(a)", exact=False, ulps=4),
    "log1p": [Case("np.log1p(a)", exact=False, ulps=4)],
    **_calls("logaddexp logaddexp2", "np.NAME(a, b)", exact=False, ulps=4, absolute=4),
    # Trigonometry
    **_calls("sin cos tan", "np.NAME(d)", exact=False, ulps=4),
    **_calls("arcsin arccos arctan arctanh", "np.NAME(u)", ALL, exact=False, ulps=4),
    **_calls("sinh cosh tanh arcsinh", "np.NAME(u)", ALL, exact=False, ulps=4),
    "arccosh": [Case("np.arccosh(np.abs(d) + 2)", exact=False, ulps=6)],
    **_calls("deg2rad rad2deg degrees radians", "np.NAME(a)", exact=False),
    "arctan2": [Case("np.arctan2(a, b)", exact=False, ulps=4)],
    "sinc": [Case("np.sinc(d)", exact=False, ulps=4, absolute=2)],
    # Rounding
    **_calls("floor ceil trunc", "np.NAME(a)"),
    "rint": [Case("np.rint(a)", "f", own=True), Case("np.rint(a)", INTEGERS, "a")],
    "round": [
        Case("np.round(a)", own=True),
        Case("np.round(d, 2)", "f", ulps=4),
        Case("np.round(d, -1)", exact=False),
        Case("round(d, 1)", "f", ulps=4, expected="np.round(d, 1)"),
    ],
    # Comparison and logic
    **_calls("less less_equal greater greater_equal", "np.NAME(a, b)"),
    **_calls("equal not_equal", "np.NAME(a, b)", ALL),
    **_calls("logical_and logical_or logical_xor", "np.NAME(a, b)", ALL, own=True),
    "logical_not": [Case("np.logical_not(a)", ALL, own=True)],
    # Bits
    **_calls("bitwise_and bitwise_or bitwise_xor", "np.NAME(a, b)", INTEGERS),
    "invert": [Case("np.invert(a)", INTEGERS, own=True), Case("np.invert(a > 2)")],
    "left_shift": [Case("np.left_shift(a, 3)", INTEGERS)],
    "right_shift": [Case("np.right_shift(a, 2)", INTEGERS)],
    **_calls(
        "bitwise_count" if hasattr(np, "bitwise_count") else "", "np.NAME(a)", INTEGERS, own=True
    ),
    # Tests
    **_calls("isnan isinf isfinite", "np.NAME(a)", ALL, own=True),
    **_calls("signbit isposinf isneginf", "np.NAME(a)", own=True),
    **_calls("isreal iscomplex", "np.NAME(a)", ALL, own=True),
    # Parts and conversions
    **_calls("real imag", "np.NAME(a)", ALL, own=True),
    "conjugate": [
        Case("np.conjugate(a)", ALL, own=True),
        Case("np.conjugate(a != 2)", ALL, expected="a != 2", own=True),
    ],
    "angle": [
        Case("np.angle(a)", exact=False),
        Case("np.angle(d, deg=True)", "c", ulps=4),
    ],
    "astype": [
        Case("a.astype('float64')", ALL.replace("c", ""), exact=False),
        Case("d.astype('float32')", exact=False),
        Case("u.astype(int)", expected="u.astype(np.int64)", own=True),
        Case("np.isnan(a).astype(np.uint8)", own=True),
    ],
    "where": [
        Case("np.where(a > b, a, b)"),
        Case("np.where(m, a, -1)", expected="np.where(m[..., None], a, -1)"),
        Case("np.where(a, 3, 250)", own=True),
    ],
    "select": [
        Case(
            "np.select([a > 3, a < 2], [a, 7], default=-5)",
            expected="np.where(a > 3, a, np.where(a < 2, 7, -5))",
        ),
    ],
    "clip": [
        Case("np.clip(a, 2, 9)"),
        Case("np.clip(a, None, 5)"),
        Case("np.clip(a, -3, 300)"),
        Case("np.clip(a, b, 60)", expected="np.minimum(60, np.maximum(a, b))"),
        Case("np.clip(a, min=1, max=2)", expected="np.clip(a, 1, 2)"),
    ],
    "nan_to_num": [
        Case("np.nan_to_num(a)", own=True, ulps=0),
        Case("np.nan_to_num(a, nan=7, posinf=8, neginf=-9)", own=True, ulps=0),
        Case("np.nan_to_num(a, copy=False)", expected="np.nan_to_num(a)", own=True, ulps=0),
    ],
    "isin": [
        Case("np.isin(a, [1, 3])", own=True),
        Case(
            "np.isin(a, [1, 3, -1, 2000], invert=True)",
            expected="(a != 1) & (a != 3) & (a != -1) & (a != 2000)",
            own=True,
        ),
        Case("np.isin(a, (0.5, 2))", own=True),
    ],
    "isclose": [
        Case("np.isclose(a, b)", exact=False),
        Case("np.isclose(a, b, atol=3, equal_nan=True)", exact=False),
    ],
    "digitize": [
        Case("np.digitize(a, [-5, 0, 2.5, 10])", exact=False),
        Case("np.digitize(a, [10, 3, 0], right=True)", exact=False),
    ],
    "interp": [
        Case("np.interp(a, [0, 10, 20], [1, 5, -3])", exact=False),
        Case("np.interp(a, [0, 10], [1, 5], left=-1, right=np.nan)", exact=False),
    ],
    # Reductions
    **_both(
        "sum",
        Case("np.sum(d, axis=-1)", ALL, ulps=3, absolute=8),
        Case("np.sum(a, axis=(0, 2))", absolute=1e6),
        Case("np.sum(d)", ALL, absolute=300),
        Case("np.sum(d[m > 0])", expected="np.sum(d[np.asarray(m > 0, bool)])", absolute=300),
        Case("np.sum(d, axis=0, keepdims=True)", absolute=8),
        Case("np.sum(s, axis=-1, dtype=float)", exact=False),
    ),
    **_both(
        "prod",
        Case("np.prod(d, axis=1)", exact=False, ulps=8),
        Case("np.prod(u, axis=-1)", exact=False, ulps=8),
        Case("np.prod(d[:2, :2, 0, 0])", exact=False, ulps=16),
    ),
    **_both(
        "mean",
        Case("np.mean(a, axis=-1)", exact=False, absolute=2),
        Case("np.mean(d, axis=(0, 1, 2))", exact=False, absolute=8),
        Case("np.mean(d, axis=(1, 3))", ALL, exact=False, absolute=4),
        Case("np.mean(d)", ALL, exact=False, absolute=8),
        Case("np.mean(a[m > 0], axis=0)", exact=False, absolute=1e6),
    ),
    **_both(
        "std",
        Case("np.std(d, axis=-1)", ALL, exact=False, ulps=4, absolute=2),
        Case("np.std(a, axis=3, ddof=1)", exact=False, ulps=4, absolute=2),
        Case("np.std(d, axis=(0, 1))", exact=False, ulps=4),
        Case("np.std(d[m > 0])", exact=False, ulps=16),
    ),
    **_both(
        "var",
        Case("np.var(d, axis=-1, keepdims=True)", ALL, exact=False, ulps=8, absolute=2),
        Case("np.var(d, axis=(0, 2), ddof=2)", exact=False, ulps=32),
        Case("np.var(a, axis=0)", exact=False, ulps=16, absolute=1e5),
        Case("np.var(d)", ALL, exact=False, ulps=32),
    ),
    **_both(
        "min",
        Case("np.min(a, axis=-1)", own=True, ulps=0),
        Case("np.min(d[m > 0])", own=True, ulps=0),
        Case("np.min(a, axis=(0, 1))", own=True, ulps=0),
        Case("np.min(a, axis=(1, 2), keepdims=True)", own=True, ulps=0),
    ),
    **_both(
        "max",
        Case("np.max(a, axis=-1)", own=True, ulps=0),
        Case("np.max(a)", own=True, ulps=0),
        Case("np.max(a, axis=(0, 1, 3))", own=True, ulps=0),
    ),
    **_both(
        "argmin",
        Case("np.argmin(a, axis=-1)", own=True),
        Case("np.argmin(a, axis=1)", own=True),
        Case("np.argmin(a)", own=True),
    ),
    **_both(
        "argmax",
        Case("np.argmax(a, axis=-1)", own=True),
        Case("np.argmax(a, axis=0, keepdims=True)", own=True),
        Case("np.argmax(d)", own=True),
    ),
    **_both(
        "median",
        Case("np.median(a, axis=-1)", exact=False, absolute=1),
        Case("np.median(d, axis=(0, 3), keepdims=True)", exact=False),
        Case("np.median(a)", exact=False),
        Case("np.median(d[m > 0])", exact=False),
    ),
    **_both(
        "percentile",
        Case("np.percentile(d, 30, axis=-1)", exact=False, ulps=4, absolute=2),
        Case("np.percentile(d, [5, 50, 100], axis=0)", exact=False, ulps=4, absolute=2),
        Case("np.percentile(d, 98)", exact=False, ulps=4),
        Case("np.percentile(d[m > 0], [2, 98])", exact=False, ulps=4),
    ),
    **_both(
        "quantile",
        Case("np.quantile(d, 0.25, axis=(0, 1))", exact=False, ulps=4, absolute=2),
        Case("np.quantile(a, 0.75)", exact=False, ulps=4, absolute=2),
    ),
    "unique": [
        Case("np.unique(a)", own=True),
        Case("np.unique(d[m > 0], return_counts=True)[1]", own=True),
        Case("np.unique(s > 1, return_counts=True)[0]", own=True),
    ],
    "bincount": [
        Case("np.bincount(np.ravel(s))"),
        Case(
            "np.bincount(np.ravel(s * 1.0), minlength=9)", "f", "np.bincount(np.ravel(s), None, 9)"
        ),
        Case("np.bincount(s[..., 0][m > 0], minlength=300)[:5]"),
    ],
    "histogram": [
        Case("np.histogram(d)[0]", exact=False),
        Case("np.histogram(d, 7)[1]", exact=False),
        Case("np.histogram(a, 9, range=(-25, 9))[0]", exact=False),
        Case("np.histogram(a, [-3, 0, 0.5, 20])[0]", exact=False),
        Case("np.histogram(a, [-3, 0, 0.5, 20])[1]", exact=False),
        Case("np.histogram(d[..., 0][m > 0], 4, density=True)[0]", exact=False),
        Case("np.histogram(s > 1, 2)[0]"),
    ],
    "ptp": [Case("np.ptp(d, axis=-1)"), Case("np.ptp(d)"), Case("np.ptp(a, axis=1)")],
    "any": [
        Case("np.any(a, axis=-1)", ALL, own=True),
        Case("np.any(a > 5)", own=True),
        Case("np.any(a == 3, axis=(0, 1, 2))", own=True),
    ],
    "all": [
        Case("np.all(a, axis=3)", ALL, own=True),
        Case("np.all(d != 3, axis=0, keepdims=True)", own=True),
        Case("np.all(a)", own=True),
    ],
    "count_nonzero": [
        Case("np.count_nonzero(a, axis=-1)", ALL, own=True),
        Case("np.count_nonzero(a)", ALL, own=True),
        Case("np.count_nonzero(a[m > 0])", own=True),
    ],
    "average": [
        Case("np.average(d, axis=-1)", exact=False, absolute=4),
        Case(
            "np.average(d, axis=-1, weights=[1, 2, 3, 4, 5, 6])", exact=False, ulps=8, absolute=8
        ),
        Case("np.average(d, weights=s + 1)", exact=False, ulps=8, absolute=8),
        Case("np.average(d, axis=1, weights=s + 1)", exact=False, ulps=8, absolute=8),
    ],
    "linalg.norm": [
        Case("np.linalg.norm(d, axis=-1)", ALL, exact=False, ulps=4),
        Case("np.linalg.norm(d, 2, axis=0, keepdims=True)", exact=False, ulps=4),
        Case("np.linalg.norm(d)", expected="np.linalg.norm(np.ravel(d))", exact=False, ulps=16),
    ],
    "corrcoef": [
        Case(
            "np.corrcoef(d, b)",
            INTEGERS,
            "np.corrcoef(d.ravel(), b.ravel())",
            exact=False,
            ulps=64,
            absolute=16,
        ),
        Case(
            "np.corrcoef(d[..., 0][m > 0], u[..., 1][m > 0])",
            expected="np.corrcoef(d[..., 0][m > 0], u[..., 1][m > 0])",
            exact=False,
            ulps=64,
            absolute=16,
        ),
    ],
    # Scans
    **_calls("cumsum", "np.NAME(d, axis=-1)", ALL, ulps=4, absolute=16),
    **_calls("maximum.accumulate minimum.accumulate", "np.NAME(a, axis=1)", REAL),
    **_calls("nancumsum", "np.NAME(a, axis=1)", "f", ulps=4, absolute=16),
    "cumprod": [Case("np.cumprod(d, axis=1)", exact=False, ulps=8)],
    "nancumprod": [Case("np.nancumprod(a, axis=0)", "f", ulps=8)],
    "sort": [
        Case("np.sort(a)", own=True, ulps=0),
        Case("np.sort(a, axis=0)", own=True, ulps=0),
    ],
    "fft.fft": [Case("np.fft.fft(d, axis=-1)", ALL, exact=False, absolute=64)],
    "fft.ifft": [Case("np.fft.ifft(d, axis=1)", ALL, exact=False, absolute=64)],
    "fft.rfft": [
        Case("np.fft.rfft(d, axis=-1)", exact=False, absolute=64),
        Case("np.fft.rfft(d, n=9, axis=0)", exact=False, absolute=64),
    ],
    "fft.irfft": [Case("np.fft.irfft(d, axis=-1)", "fc", exact=False, absolute=64)],
    # Lists
    "arange": [
        Case("a[..., np.arange(1, 6, 2)]", ALL, own=True),
        Case("d + np.arange(a.shape[-1])"),
        Case("d * np.arange(0, 3, 0.5)", exact=False),
    ],
    "add.reduce": [
        Case("np.add.reduce([a, b, d])", ALL, "a + b + d", absolute=8),
        Case("np.add.reduce(d, axis=-1)", absolute=8),
    ],
    "multiply.reduce": [Case("np.multiply.reduce([d, u, s])", ulps=4)],
    "maximum.reduce": [Case("np.maximum.reduce([a, b, d])")],
    "minimum.reduce": [Case("np.minimum.reduce([a, b, d])"), Case("np.minimum.reduce(d)")],
    "logical_and.reduce": [
        Case("np.logical_and.reduce([a > 0, b, d])", own=True),
        Case("np.logical_and.reduce([a > 0, b], axis=-1)", own=True),
    ],
    "logical_or.reduce": [
        Case(
            "np.logical_or.reduce([a > 3, m[..., None] > 0, d > 5])",
            own=True,
            expected="(a > 3) | (m[..., None] > 0) | (d > 5)",
        ),
        Case("np.logical_or.reduce(a, axis=(0, 3), keepdims=True)", own=True),
    ],
    # Series
    "matmul": [
        Case("np.matmul(d, [[1, 2], [0, 1], [3, -1], [1, 1], [2, 0], [5, 5]])", absolute=64),
        Case(
            "d @ [1, 2.5, 0, 1, 3, -1]",
            expected="d @ np.array([1, 2.5, 0, 1, 3, -1])",
            exact=False,
            absolute=64,
        ),
    ],
    "regress()": [
        Case(
            "regress(d, [1, 1, 1, -1, -1, -1])",
            exact=False,
            absolute=64,
            expected="d - np.dot(d, [1, 1, 1, -1, -1, -1])[..., None]"
            " / 6 * np.array([1, 1, 1, -1, -1, -1])",
        ),
    ],
    "detrend()": [
        Case("detrend(d)", exact=False, absolute=512, expected="signal.detrend(d, axis=-1)"),
    ],
    "bandpass()": [
        Case(
            "bandpass(np.tile(d, 2), high=0.1, order=1, tr=2)",
            exact=False,
            absolute=64,
            expected="signal.sosfiltfilt(signal.butter(1, 0.1, output='sos', fs=0.5), "
            "np.tile(d, 2))",
        ),
    ],
    "bptf()": [
        # Without neighbours beyond the volume itself the high pass removes the mean.
        Case(
            "bptf(d, 0.1)",
            exact=False,
            absolute=64,
            expected="d - np.mean(d, axis=-1, keepdims=True)",
        ),
    ],
    # Shapes
    "zeros_like": [Case("np.zeros_like(a) + a")],
    "ones_like": [Case("np.ones_like(a)", own=True)],
    "full_like": [
        Case("np.full_like(a, 3)", own=True),
        Case("np.full_like(a, 2.5, dtype=float)", own=True),
    ],
    "array": [
        Case("np.array([a, b])", ALL, own=True),
        Case("np.mean(np.array([d, d, u]), axis=0)", exact=False),
    ],
    "stack": [
        Case("np.stack([a, b], axis=-1)", ALL, own=True),
        Case("np.stack([a, d], 2)", own=True),
    ],
    "concatenate": [
        Case("np.concatenate([a, b], axis=-1)", ALL, own=True),
        Case("np.concatenate((a, b[:2], d))", ALL, own=True),
    ],
    "squeeze": [
        Case("np.squeeze(a[:, :1])", ALL, own=True),
        Case("np.squeeze(a[:, :, 1:2], axis=2)", own=True),
    ],
    "expand_dims": [
        Case("np.expand_dims(a, 2)", ALL, own=True),
        Case("np.expand_dims(a, (0, -1))", own=True),
    ],
    "transpose": [
        Case("np.transpose(a)", ALL, own=True),
        Case("np.transpose(a, (1, 0, 3, 2))", own=True),
        Case("a.T", own=True),
    ],
    "swapaxes": [Case("np.swapaxes(a, 0, -1)", ALL, own=True)],
    "moveaxis": [
        Case("np.moveaxis(a, -1, 0)", ALL, own=True),
        Case("np.moveaxis(a, [0, 1], [2, 3])", own=True),
    ],
    "flip": [
        Case("np.flip(a)", ALL, own=True),
        Case("np.flip(a, (0, 3))", own=True),
        Case("np.flip(a, axis=1)", own=True),
    ],
    "roll": [
        Case("np.roll(a, 2, axis=-1)", ALL, own=True),
        Case("np.roll(a, -1, axis=0)", own=True),
        Case("np.roll(a, (1, 2), axis=(0, 1))", own=True),
    ],
    "diff": [
        Case("np.diff(a)", REAL),
        Case("np.diff(d, 2, 0)", absolute=64),
        Case("np.diff(a > 2, axis=1)", expected="np.diff(np.asarray(a > 2, bool), axis=1)"),
    ],
    "gradient": [
        Case("np.gradient(d, axis=-1)", exact=False, ulps=4),
        Case("np.gradient(d, 2, axis=0)", exact=False, ulps=4),
    ],
    "pad": [
        Case("np.pad(a, 1)", ALL, own=True),
        Case("np.pad(a, ((0, 1), (2, 0), (0, 0), (1, 1)), constant_values=3)", own=True),
        Case("np.pad(a, 2, mode='edge')", ALL, own=True),
        Case("np.pad(a, ((0, 1), (2, 0), (0, 0), (3, 1)), 'edge')", own=True),
    ],
    "take": [
        Case("np.take(a, [0, 2, 2], axis=-1)", ALL, own=True),
        Case("np.take(a, [3, 1], axis=0)", own=True),
        Case("a[..., [0, 2, 5]]", own=True),
    ],
    "repeat": [
        Case("np.repeat(a, 2, axis=-1)", ALL, own=True),
        Case("np.repeat(a, 3, axis=1)", own=True),
    ],
    "tile": [Case("np.tile(a, (1, 2, 1, 3))", ALL, own=True), Case("np.tile(a, 2)", own=True)],
    "ravel": [Case("np.sum(np.ravel(d))", absolute=300), Case("np.ravel(a)", own=True)],
    "reshape": [
        Case("np.reshape(a, (20, -1))", ALL, own=True),
        Case("np.mean(a.reshape(-1))", exact=False, expected="np.mean(a)", absolute=8),
    ],
    # Python's own
    "min()": [Case("a * min(3, 2)"), Case("np.minimum(a, min([4, 2, 9]))")],
    "max()": [Case("d + max(1, 2)")],
    "sum()": [Case("sum([a, b, d])", expected="a + b + d", absolute=8)],
    "len()": [Case("a * len(a)", ALL), Case("d * len(a.ravel())", ALL)],
    # Neighbours: SciPy itself, in the dtype of the operand
    **{
        f"ndimage.{name}": [Case(f"ndimage.{name}({arguments})", own=True, ulps=0)]
        for name, arguments in {
            "gaussian_filter": "a, 0.7",
            "gaussian_gradient_magnitude": "d, 0.7",
            "gaussian_laplace": "d, 0.7",
            "laplace": "d",
            "sobel": "d, axis=0",
            "prewitt": "d",
            "uniform_filter": "a",
            "correlate": "a, [[[1, 2, 0]], [[0, -1, 3]]]",
            "convolve": "d, [[[1], [2], [-4]]]",
            "minimum_filter": "d, 3",
            "maximum_filter": "d, size=[1, 2, 3]",
            "median_filter": "d, 3",
            "rank_filter": "d, 4, size=[3, 3, 1]",
            "percentile_filter": "d, 25, 2",
            "grey_erosion": "d, footprint=ndimage.generate_binary_structure(3, 1)",
            "grey_dilation": "d, size=[3, 1, 2]",
            "grey_opening": "d, footprint=ndimage.generate_binary_structure(3, 1)",
            "grey_closing": "d, 2",
            "binary_erosion": "a, ndimage.generate_binary_structure(3, 1), 2, border_value=1",
            "binary_dilation": "a > 9, iterations=2",
            "binary_opening": "a > 2, ndimage.generate_binary_structure(3, 1)",
            "binary_closing": "a > 3, iterations=2, origin=[0, 1, 0]",
            "binary_propagation": "a > 20, mask=d > 0",
            "binary_fill_holes": "abs(d) > 3",
            "binary_hit_or_miss": "d > 0, [[[1, 1]]]",
        }.items()
    },
    **{
        # SciPy's differences of small integers wrap
        f"ndimage.{name}": [Case(f"ndimage.{name}(d, 3)", exact=False, ulps=0, own=False)]
        for name in ("morphological_gradient", "white_tophat", "black_tophat")
    },
    "ndimage.label": [
        Case("ndimage.label(a > 3)[0]", own=True, ulps=0),
        Case("ndimage.label(d > 3, box(3))[0]", own=True, ulps=0),
    ],
    "ndimage.distance_transform_edt": [
        Case("ndimage.distance_transform_edt(d > 5, [2, 1, 3])", own=True, ulps=0)
    ],
    "ndimage.distance_transform_cdt": [
        Case("ndimage.distance_transform_cdt(d > 5, 'taxicab')", own=True, ulps=0)
    ],
    "ndimage.shift": [
        Case("ndimage.shift(d, [1, 0, -2], order=0)", own=True, ulps=0),
        Case("ndimage.shift(d, 2, order=0, mode='grid-wrap')", own=True, ulps=0),
    ],
    # Structures alone are no images
    **{
        f"{name}()": [Case(f"ndimage.binary_dilation(m, {name}(3))", own=True)]
        for name in ("ball", "itk_ball", "box", "cross")
    },
    **{
        f"ndimage.{name}": [Case(f"ndimage.binary_dilation(m, {call})", own=True)]
        for name, call in {
            "generate_binary_structure": "ndimage.generate_binary_structure(3, 2)",
            "iterate_structure": "ndimage.iterate_structure(box(3), 2)",
        }.items()
    },
}
