"""Distributions, special functions and conversions: SciPy, and exact sums where SciPy has none."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import warnings
from decimal import Decimal, localcontext
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy import special, stats

from nipype_mathimg import math_img, math_value
from nipype_mathimg.errors import FormulaError, HeaderWarning
from nipype_mathimg.formula.functions import FUNCTIONS
from nipype_mathimg.formula.functions.statistics import ROWS
from tests.formula.harness import WAYS, compute, inferred, same_bits

SHAPE = (4, 3, 5, 3)
RNG = np.random.default_rng(3)
SPECIAL = [0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 1e-30, 1e30]


def values(low: float, high: float) -> np.ndarray:
    found = RNG.uniform(low, high, SHAPE)
    found.ravel()[::11] = np.resize(SPECIAL, found.ravel()[::11].shape)
    return found


IMAGES = {
    "x": values(-9, 9),
    "u": values(0, 1),
    "p": values(0.01, 1),
    "k": np.where(RNG.random(SHAPE) < 0.8, np.floor(values(-1, 12)), 2.5),
    "a": RNG.uniform(0.3, 30, SHAPE),
    "b": RNG.uniform(0.3, 30, SHAPE),
    "n": np.floor(RNG.uniform(0, 12, SHAPE)),
}

FAMILIES = {
    "norm": ("", "0.5, 2"),
    "t": ("4", "a", "a, 1, 3"),
    "f": ("3, 17", "a, b", "a, b, -1, 2"),
    "chi2": ("2", "a", "a, 1, 3"),
    "beta": ("2, 3", "a, b", "a, b, -4, 9"),
    "gamma": ("1", "a", "a, 0, 2"),
    "binom": ("7, 0.3", "n, u", "n, 0.2, 3"),
    "poisson": ("4", "a", "a, 2"),
}
"""For each distribution parameters, the last ones with location (and scale)."""

CALLS = [
    f"stats.{family}.{function}({argument}{', ' * bool(rest)}{rest})"
    for family, parameters in FAMILIES.items()
    for rest in parameters
    for function, argument in {
        **dict.fromkeys(("cdf", "sf", "logcdf", "logsf"), "x"),
        **dict.fromkeys(("ppf", "isf"), "u"),
        **(
            {"pmf": "k", "logpmf": "k", "cdf": "k", "sf": "k"}
            if family in ("binom", "poisson")
            else {"pdf": "x", "logpdf": "x"}
        ),
    }.items()
]

OF_SPECIAL = {
    "x": "erf erfc erfcx gammaln ndtr log_ndtr expit logit log_expit i0 i0e i1 i1e digamma gamma",
    "u": "erfinv erfcinv ndtri j0 j1 y0 y1",
    "-a": "ndtri_exp",
    "a, b": "beta betaln",
    "a, b, u": "betainc betaincc betaincinv betainccinv",
    "a, p": "gammainc gammaincc gammaincinv gammainccinv",
    "u, a": "xlogy xlog1py",
}
CALLS += [
    f"special.{name}({arguments})"
    for arguments, names in OF_SPECIAL.items()
    for name in names.split()
]

BOUND = 1e-12
"""Relative difference to SciPy that is allowed where SciPy is exact itself."""


def images_of(formula: str) -> dict[str, np.ndarray]:
    inside = formula.split("(", 1)[1]
    return {name: image for name, image in IMAGES.items() if name in inside}


def scipy_of(formula: str, inputs: dict[str, Any]) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(eval(formula, {"stats": stats, "special": special, **inputs}))


INEXACT = (
    (r"stats\.\w+\.log", 1e-11, 1e-15),
    # SciPy 1.17 has ten digits near the middle; two ways of ours have fifteen in common.
    (r"stats\.t\.(ppf|isf)", BOUND, 1e-12),
)
"""Where SciPy takes a logarithm of a float that is nearly 1, or is inexact itself."""

FAR = (1e-30, 1e30, np.inf, -np.inf)
"""Here SciPy says infinity or NaN for a logarithm, a density or an inverse that are not."""


def quantile_of_t4(p: float) -> float:
    """Return where t with 4 degrees of freedom has the lower tail p, by its closed form."""
    a = 4 * p * (1 - p)
    q = math.cos(math.acos(math.sqrt(a)) / 3) / math.sqrt(a)
    return math.copysign(2 * math.sqrt(q - 1), p - 0.5)


COARSE = abs(stats.t.ppf(0.13, 4) / quantile_of_t4(0.13) - 1) > 1e-12
"""Whether SciPy's own inverses are off by 1e-10, as those of 1.12 are: no reference for ours."""


def test_an_inverse_equals_its_closed_form() -> None:
    for p in (1e-6, 0.13, 0.3, 0.77, 0.999):
        assert math_value_of(f"stats.t.ppf({p}, 4)") == pytest.approx(quantile_of_t4(p), rel=1e-9)
    assert math_value_of("stats.t.ppf(0.13, 4)") == pytest.approx(quantile_of_t4(0.13), rel=1e-13)


@pytest.mark.parametrize("formula", CALLS)
def test_a_function_equals_scipy(formula: str) -> None:
    if COARSE and re.match(r"stats\.(t|f|binom)\.(ppf|isf)", formula):
        pytest.skip("the inverses of this SciPy are off by 1e-10 themselves")
    inputs = images_of(formula)
    if re.match(r"stats\.\w+\.(log|pdf|pmf|isf)", formula):
        inputs = {key: np.where(np.isin(x, FAR), 0.5, x) for key, x in inputs.items()}
    got, want = compute(formula, inputs), scipy_of(formula, inputs)
    assert got.dtype == np.float64
    bounds = (rest for pattern, *rest in INEXACT if re.match(pattern, formula))
    relative, absolute = next(bounds, (BOUND, 0.0))
    np.testing.assert_allclose(got, want, rtol=relative, atol=absolute)
    assert same_bits(compute(formula, inputs, WAYS[0]), got)


def test_far_out() -> None:
    for call, want in {
        "stats.f.pdf(np.inf, 3, 17)": 0.0,
        "stats.chi2.logpdf(np.inf, 3)": -math.inf,
        "stats.gamma.logsf(1e30, 1)": -1e30,
        "stats.beta.logcdf(1e-30, 2, 1)": -60 * math.log(10),
        "stats.binom.logsf(8, 9, 1e-40)": -360 * math.log(10),
        "stats.poisson.pmf(np.inf, 4)": 0.0,
        "stats.t.sf(np.inf, 4)": 0.0,
        "stats.t.sf(3, np.inf)": stats.norm.sf(3),
        "stats.norm.isf(0)": math.inf,
    }.items():
        assert math_value_of(call) == pytest.approx(want, rel=1e-13)
    k = math_value_of("stats.poisson.isf(1e-30, 4)")
    assert stats.poisson.sf(k, 4) <= 1e-30 < stats.poisson.sf(k - 1, 4)


def test_every_row_is_compared() -> None:
    here = {f"{call.split('(')[0]}" for call in CALLS} | {f"{name}()" for name in CONVERSIONS}
    assert here == {row.key for row in ROWS} <= set(FUNCTIONS)


# What no float holds


def log_of_normal_tail(z: int) -> float:
    """Return log sf(z) by the continued fraction z + 1/(z + 2/(z + ...)) in exact decimals."""
    with localcontext() as context:
        context.prec = 60
        fraction = Decimal(z)
        for n in range(4000, 0, -1):
            fraction = z + n / fraction
        half_z2 = Decimal(z) * z / 2
        return float(-half_z2 - (2 * Decimal(math.pi)).ln() / 2 - fraction.ln())


def log_of_t_tail(t: int, df: int) -> float:
    """Return log sf(t) for an even df: a finite sum (Abramowitz and Stegun 26.7.4)."""
    with localcontext() as context:
        context.prec = 2500
        cos2 = Decimal(df) / (Decimal(df) + Decimal(t) * t)
        sine, term, total = (1 - cos2).sqrt(), Decimal(1), Decimal(1)
        for n in range(1, df // 2):
            term *= cos2 * (2 * n - 1) / (2 * n)
            total += term
        return float(((1 - sine * total) / 2).ln())


def log_of_chi2_tail(x: int, df: int) -> float:
    """Return log sf(x) for an even df: a finite sum of a Poisson distribution."""
    half = x / 2
    logs = [k * math.log(half) - math.lgamma(k + 1) for k in range(df // 2)]
    top = max(logs)
    return -half + top + math.log(sum(math.exp(one - top) for one in logs))


@pytest.mark.parametrize("z", [5, 20, 38, 40, 200])
def test_the_tail_of_a_z_beyond_floats(z: int) -> None:
    want = log_of_normal_tail(z)
    assert math_value_of(f"stats.norm.logsf({z})") == pytest.approx(want, rel=1e-14)
    assert math_value_of(f"stats.norm.logcdf(-{z})") == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize(("t", "df"), [(3, 10), (40, 200), (1000, 200), (10**6, 200), (300, 60)])
def test_a_t_that_no_probability_holds(t: int, df: int) -> None:
    want = log_of_t_tail(t, df)
    assert math_value_of(f"stats.t.logsf({t}, {df})") == pytest.approx(want, rel=1e-13)
    z = math_value_of(f"t_to_z({t}, {df})")
    tail = math_value_of(f"stats.norm.logsf({z!r})")
    assert tail == pytest.approx(want, rel=1e-12)
    assert math_value_of(f"t_to_z(-{t}, {df})") == -z
    assert math_value_of(f"z_to_t({z!r}, {df})") == pytest.approx(t, rel=1e-11)
    square = math_value_of(f"stats.f.logsf({t * t}, 1, {df})")
    assert square == pytest.approx(want + math.log(2), rel=1e-13)


@pytest.mark.parametrize(("x", "df"), [(3000, 4), (20000, 50), (10**6, 2)])
def test_a_chi_squared_that_no_probability_holds(x: int, df: int) -> None:
    want = log_of_chi2_tail(x, df)
    assert math_value_of(f"stats.chi2.logsf({x}, {df})") == pytest.approx(want, rel=1e-13)
    z = math_value_of(f"chi2_to_z({x}, {df})")
    assert math_value_of(f"stats.norm.logsf({z!r})") == pytest.approx(want, rel=2e-12)


def test_tails_that_are_nearly_everything_keep_the_digits_of_the_rest() -> None:
    for call, other in (
        ("stats.t.logsf(-50, 30)", "stats.t.sf(50, 30)"),
        ("stats.chi2.logcdf(200, 4)", "stats.chi2.sf(200, 4)"),
        ("stats.norm.logcdf(9)", "stats.norm.sf(9)"),
    ):
        assert math_value_of(call) == pytest.approx(-math_value_of(other), rel=1e-12)


def test_the_smallest_probabilities_are_found_again() -> None:
    for family in ("norm", "t", "f", "chi2", "gamma"):
        rest = {"norm": "", "f": ", 3, 40"}.get(family, ", 30")
        for p in (1e-300, 1e-20, 0.3, 1 - 1e-10):
            x = math_value_of(f"stats.{family}.isf({p!r}{rest})")
            assert math_value_of(f"stats.{family}.sf({x!r}{rest})") == pytest.approx(p, rel=1e-10)
            x = math_value_of(f"stats.{family}.ppf({p!r}{rest})")
            assert math_value_of(f"stats.{family}.cdf({x!r}{rest})") == pytest.approx(p, rel=1e-10)


def math_value_of(call: str) -> float:
    return float(compute(f"{call} + np.sum(o)", {"o": np.zeros((2, 2, 2), "u1")}))


# Conversions

CONVERSIONS = {
    "t_to_z": ("t_to_z(x, a)", lambda x, a: np.sign(x) * stats.norm.isf(stats.t.sf(abs(x), a))),
    "z_to_t": ("z_to_t(x, a)", lambda x, a: np.sign(x) * stats.t.isf(stats.norm.sf(abs(x)), a)),
    # By the smaller tail: the other one has no digits left where it is nearly 1.
    "f_to_z": (
        "f_to_z(x, a, b)",
        lambda x, a, b: np.where(
            stats.f.sf(x, a, b) < 0.5,
            stats.norm.isf(stats.f.sf(x, a, b)),
            stats.norm.ppf(stats.f.cdf(x, a, b)),
        ),
    ),
    "chi2_to_z": ("chi2_to_z(x, a)", lambda x, a: stats.norm.ppf(stats.chi2.cdf(x, a))),
    "r_to_z": (
        "r_to_z(u, b)",
        lambda u, b: stats.norm.isf(stats.t.sf(u * np.sqrt(b / (1 - u**2)), b)),
    ),
    "z_to_p": ("z_to_p(x)", stats.norm.sf),
    "t_to_p": ("t_to_p(x, a)", stats.t.sf),
    "r_to_p": ("r_to_p(u, b)", lambda u, b: stats.t.sf(u * np.sqrt(b / (1 - u**2)), b)),
    "f_to_p": ("f_to_p(x, a, b)", stats.f.sf),
    "chi2_to_p": ("chi2_to_p(x, a)", stats.chi2.sf),
    "p_to_z": ("p_to_z(p)", stats.norm.isf),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_a_conversion_equals_two_steps_in_scipy(name: str) -> None:
    if COARSE and name == "z_to_t":
        pytest.skip("the inverses of this SciPy are off by 1e-10 themselves")
    formula, scipy_way = CONVERSIONS[name]
    arguments = formula.split("(")[1].rstrip(")").split(", ")
    # Where SciPy's two steps are exact; the rest is above.
    inputs = {
        key: np.abs(RNG.normal(1.5, 0.8, SHAPE)) if key == "x" else np.clip(IMAGES[key], 0.01, 0.9)
        if key in "up" else IMAGES[key]
        for key in arguments
    }  # fmt: skip
    if "p" in inputs:
        inputs["p"] = np.nan_to_num(inputs["p"], nan=0.5)
    got = compute(formula, inputs)
    np.testing.assert_allclose(got, scipy_way(*inputs.values()), rtol=1e-9, atol=1e-12)
    for way in WAYS[:2]:
        assert same_bits(compute(formula, inputs, way), got)


def test_both_sides_and_signs() -> None:
    x = np.array([-3.0, -0.5, 0.5, 3]).reshape(4, 1, 1)
    inputs = {"x": x}
    for call, want in (
        ("z_to_p(x, two_sided=True)", 2 * stats.norm.sf(abs(x))),
        ("t_to_p(x, 9, two_sided=True)", 2 * stats.t.sf(abs(x), 9)),
        ("p_to_z(z_to_p(x))", x),
        ("p_to_z(z_to_p(x, True), two_sided=True)", abs(x)),
        ("p_to_z(z_to_p(x, True), True, x)", x),
        ("r_to_p(x / 4, 9, True)", stats.pearsonr(*_correlated(0.75, 11)).pvalue + 0 * x),
    ):
        got = compute(call, inputs)
        if call.startswith("r_to_p"):
            got, want = got[3], want[3]
        np.testing.assert_allclose(got, want, rtol=1e-12)


def _correlated(r: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two series that correlate by r."""
    q, _ = np.linalg.qr(np.c_[np.ones(n), np.random.default_rng(1).normal(size=(n, 2))])
    return q[:, 1], r * q[:, 1] + math.sqrt(1 - r * r) * q[:, 2]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("stats.norm.sf(x * 1j)", "stats.norm.sf takes real numbers"),
        ("p_to_z(x, sign=x)", "with `two_sided=True`"),
        ("r_to_z(x)", "the argument `df` is missing"),
        ("stats.norm.survival(x)", "stats.norm.survival is not a function"),
        ("scipy.stats.nrom.sf(x)", "stats.nrom.sf is not a function"),
        ("norm.sf(x)", "norm"),
    ],
)
def test_mistakes(formula: str, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"x": IMAGES["x"]})
    assert message in str(caught.value)


# Headers

INTENTS = {
    "t_to_z(a, 20)": (5, ()),
    "t_to_z(a, 20)[::2]": (5, ()),
    "z_to_p(a)": (22, ()),
    "scipy.stats.norm.isf(a)": (5, ()),
    "stats.norm.isf(a, 0, 2)": (0, ()),
    "stats.t.isf(a, 12)": (3, (12,)),
    "z_to_t(a, 7.5)": (3, (7.5,)),
    "z_to_t(a, a)": (0, ()),
    "stats.f.ppf(a, 3, 40)": (4, (3, 40)),
    "stats.chi2.isf(a, 4)": (6, (4,)),
    "stats.chi2.logsf(a, 4)": (23, ()),
    "t_to_z(a, 20) * 2": (0, ()),
    "special.erf(a)": (0, ()),
}


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("formula", INTENTS)
def test_the_header_says_what_the_values_are(tmp_path: Any, formula: str, copied: bool) -> None:
    image = nib.Nifti1Image(RNG.random((4, 3, 2)).astype("f4"), np.eye(4))
    image.header.set_intent("t test", (9,), "mine")
    nib.save(image, tmp_path / "a.nii")
    donor = "a" if copied else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)
        done = math_img(
            formula, {"a": tmp_path / "a.nii"}, tmp_path / "o.nii", copy_header_from=donor
        )
    code, parameters = INTENTS[formula]
    header = nib.load(tmp_path / "o.nii").header
    assert header["intent_code"] == code
    found = [float(header[f"intent_p{k}"]) for k in (1, 2, 3)]
    assert found == [*parameters, *[0.0] * (3 - len(parameters))]
    assert header["intent_name"] == b""
    noted = [note for note in done.notes if note.topic == "intent_code"]
    assert len(noted) == (1 if code or copied else 0)


def test_a_probability_is_stored_with_all_its_digits(tmp_path: Any) -> None:
    nib.save(nib.Nifti1Image(np.full((2, 2, 2), 30, "f4"), np.eye(4)), tmp_path / "z.nii")
    math_img("z_to_p(z)", {"z": tmp_path / "z.nii"}, tmp_path / "p.nii", copy_header_from="z")
    stored = nib.load(tmp_path / "p.nii")
    assert stored.get_data_dtype() == np.float64
    np.testing.assert_allclose(stored.get_fdata(), stats.norm.sf(30), rtol=1e-13)
    math_img("t_to_z(z, 9)", {"z": tmp_path / "z.nii"}, tmp_path / "t.nii", copy_header_from="z")
    assert nib.load(tmp_path / "t.nii").get_data_dtype() == np.float32
    assert math_value("np.max(z_to_p(z))", {"z": tmp_path / "z.nii"}).value > 0


def test_scipy_stats_is_not_loaded() -> None:
    code = (
        "import sys, numpy as np; from tests.formula.harness import compute; "
        "compute('stats.t.sf(a, 3) + t_to_z(a, 9)', {'a': np.ones((2, 2, 2))}); "
        "assert 'scipy.stats' not in sys.modules; assert 'scipy.special' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
