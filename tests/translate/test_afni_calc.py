"""Every function of 3dcalc by the rules of its documentation; no registry has AFNI."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import special, stats

from nipype_mathimg.errors import TranslationError
from nipype_mathimg.translate import translate
from nipype_mathimg.translate.afni_functions import AFNI_FUNCTIONS
from tests.translate.peers import assert_same, make_images, translated


def where(condition, yes, no):
    with np.errstate(all="ignore"):
        return np.where(condition, yes(), no)


def listed(function):
    return lambda *images: function(np.stack(images))


def paired(pick):
    def take(a, b, p, q):
        return np.choose(pick([a, b], axis=0), [p, q])

    return take


RULES = {
    "abs": abs, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asinh": np.arcsinh, "atan": np.arctan, "atan2": np.arctan2,
    "asin": lambda a: where(abs(a) <= 1, lambda: np.arcsin(a), a),
    "acos": lambda a: where(abs(a) <= 1, lambda: np.arccos(a), a),
    "acosh": lambda a: where(a >= 1, lambda: np.arccosh(a), a),
    "atanh": lambda a: where(abs(a) < 1, lambda: np.arctanh(a), a),
    "exp": lambda a: np.exp(np.minimum(a, 87.5)),
    "log": lambda a: where(a != 0, lambda: np.log(abs(a)), 0),
    "log10": lambda a: where(a != 0, lambda: np.log10(abs(a)), 0),
    "sqrt": lambda a: np.sqrt(abs(a)), "cbrt": np.cbrt, "int": np.trunc,
    "mod": lambda a, b: where(b != 0, lambda: np.fmod(a, b), a),
    "sind": lambda a: np.sin(np.pi * a / 180), "cosd": lambda a: np.cos(np.pi * a / 180),
    "tand": lambda a: np.tan(np.pi * a / 180), "logcosh": lambda a: np.log(np.cosh(a)),
    "step": lambda a: a > 0, "posval": lambda a: a * (a > 0), "astep": lambda a, b: abs(a) > b,
    "within": lambda a, b, c: (b <= a) & (a <= c), "rect": lambda a: abs(a) <= 0.5,
    "bool": lambda a: a != 0, "notzero": lambda a: a != 0, "iszero": lambda a: a == 0,
    "not": lambda a: a == 0, "equals": lambda a, b: a == b, "ispositive": lambda a: a > 0,
    "isnegative": lambda a: a < 0, "ifelse": lambda a, b, c: np.where(a, b, c),
    "and": listed(lambda all_: all_.all(0)), "or": listed(lambda all_: all_.any(0)),
    "mofn": lambda a, b, c, d: np.sum([b != 0, c != 0, d != 0], 0) >= a,
    "amongst": lambda a, b, c, d: (a == b) | (a == c) | (a == d),
    "argnum": listed(lambda all_: (all_ != 0).sum(0)),
    "argmax": listed(lambda all_: np.where(all_.any(0), all_.argmax(0) + 1, 0)),
    "choose": lambda a, b, c, d: b * (a == 1) + c * (a == 2) + d * (a == 3),
    "pairmax": paired(np.argmax), "pairmin": paired(np.argmin),
    "max": np.maximum, "min": np.minimum,
    "mean": listed(lambda all_: all_.mean(0)), "median": listed(lambda all_: np.median(all_, 0)),
    "stdev": listed(lambda all_: all_.std(0, ddof=1)), "sem": listed(stats.sem),
    "mad": listed(stats.median_abs_deviation),
    "minabove": lambda a, b, c, d: _bound(np.sort([b, c, d], 0), a),
    "maxbelow": lambda a, b, c, d: -_bound(np.sort([-b, -c, -d], 0), -a),
    "extreme": listed(lambda all_: _extreme(all_.max(0), all_.min(0))),
    "absextreme": listed(lambda all_: abs(all_).max(0)),
    "j0": special.j0, "j1": special.j1, "y0": special.y0, "y1": special.y1,
    "erf": special.erf, "erfc": special.erfc,
    "qg": stats.norm.sf, "qginv": lambda p: np.clip(stats.norm.isf(p), -13, 13),
    "fitt_t2p": lambda t, n: 2 * stats.t.sf(abs(t), n),
    "fitt_p2t": lambda p, n: stats.t.isf(p / 2, n),
    "fitt_t2z": lambda t, n: stats.norm.isf(stats.t.sf(t, n)),
    "fift_t2p": stats.f.sf, "fift_p2t": stats.f.isf,
    "fift_t2z": lambda f, m, n: stats.norm.isf(stats.f.sf(f, m, n) / 2),
    "fizt_t2p": lambda z: 2 * stats.norm.sf(abs(z)), "fizt_p2t": lambda p: stats.norm.isf(p / 2),
    "fizt_t2z": lambda z: z, "fict_t2p": stats.chi2.sf, "fict_p2t": stats.chi2.isf,
    "hmode": listed(lambda all_: _most(all_, max)), "lmode": listed(lambda all_: _most(all_, min)),
    "fict_t2z": lambda x, n: stats.norm.isf(stats.chi2.sf(x, n) / 2),
    "fibt_t2z": lambda x, a, b: stats.norm.isf(stats.beta.sf(x, a, b) / 2),
    "fico_t2p": lambda r, n, f, o: stats.beta.cdf(1 - r**2, (n - f - o) / 2, f / 2),
    "fico_p2t": lambda p, n, f, o: np.sqrt(1 - stats.beta.ppf(p, (n - f - o) / 2, f / 2)),
    "fico_t2z": lambda r, n, f, o: stats.norm.isf(stats.beta.sf(r**2, f / 2, (n - f - o) / 2) / 2),
    "fibn_t2p": stats.binom.sf,
    "fibn_t2z": lambda x, n, p: stats.norm.isf(stats.binom.sf(x, n, p) / 2),
    "figt_t2p": lambda x, a, b: stats.gamma.sf(x, a, scale=1 / b),
    "figt_p2t": lambda p, a, b: stats.gamma.isf(p, a, scale=1 / b),
    "figt_t2z": lambda x, a, b: stats.norm.isf(stats.gamma.sf(x, a, scale=1 / b) / 2),
    "fipt_t2p": stats.poisson.sf,
    "fipt_t2z": lambda x, m: stats.norm.isf(stats.poisson.sf(x, m) / 2),
    "fibt_t2p": stats.beta.sf, "fibt_p2t": stats.beta.isf,
}  # fmt: skip

NUMBERS = {
    "fitt": (9,), "fict": (9,), "fift": (4, 12), "fibt": (2, 3),
    "fico": (30, 1, 2), "fibn": (20, 0.3), "figt": (2, 3), "fipt": (4,),
}  # fmt: skip
POSITIVE = ("fift_", "fict_", "fibt_", "fico_", "figt_", "qginv", "y0", "y1")


def _most(values, pick):
    counts = np.sum(values[:, None] == values[None], axis=1)
    best = np.where(counts == counts.max(0), values, np.nan)
    return np.nanmax(best, 0) if pick is max else np.nanmin(best, 0)


def _extreme(high, low):
    return np.where(high >= -low, high, low)


def _bound(ordered, limit):
    above = np.where(ordered > limit, ordered, np.inf).min(0)
    return np.where(np.isfinite(above), above, limit)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    make_images(path)
    rng = np.random.default_rng(8)
    for name in "cde":
        data = rng.integers(-2, 4, (8, 9, 7)).astype("float32")
        nib.save(nib.Nifti1Image(data, np.diag([-2, 2, 2, 1.0])), path / f"{name}.nii.gz")
    data = rng.uniform(0.01, 0.99, (8, 9, 7)).astype("float32")
    nib.save(nib.Nifti1Image(data, np.diag([-2, 2, 2, 1.0])), path / "u.nii.gz")
    nib.save(nib.Nifti1Image(6 * data - 3, np.diag([-2, 2, 2, 1.0])), path / "v.nii.gz")
    return path


ALLOWED = [
    row
    for row in AFNI_FUNCTIONS.values()
    if not (row.refused or row.example or row.name == "orstat")
]


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: row.name)
def test_functions_follow_the_documentation(row, folder):
    images = list("cdeu"[: 4 if row.takes == ("any",) else len(row.takes)])
    if len(row.takes) == 1 or row.name[:4] in NUMBERS:
        images[0] = "u" if row.name.startswith(POSITIVE) or "_p2" in row.name else "v"
    numbers = NUMBERS.get(row.name[:4])
    images = images[:1] if numbers else images
    given = [images[0], *map(str, numbers)] if numbers else images
    options = [word for name in set(images) for word in (f"-{name}", f"{name}.nii.gz")]
    got = translated(
        ["3dcalc", *options, "-expr", f"{row.name}({','.join(given)})", "-prefix", "o.nii.gz"],
        folder,
    )
    values = [nib.load(folder / f"{name}.nii.gz").get_fdata() for name in images]
    want = RULES[row.name](*([values[0], *numbers] if numbers else values))
    assert_same(got, np.asarray(want, float))


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("a*step(a-1)+b/a", lambda a, b, r: a * (a > 1) + where(a != 0, lambda: b / a, 0)),
        ("-a^2 + (a-b)**3*PI", lambda a, b, r: -(a**2) + (a - b) ** 3 * np.pi),
        ("ABS(a) - r", lambda a, b, r: abs(a) - r),
        ("orstat(2, a, b, 1)", lambda a, b, r: np.sort([a, b, np.ones_like(a)], 0)[1]),
        ("a*within(x,-10,4) + y + 2*z", lambda a, b, r: a * _within(a) + _yz(a)),
        ("pleg(5, a/9)", lambda a, b, r: special.eval_legendre(5, a / 9)),
        ("pleg(0, a) + a", lambda a, b, r: 1 + a),
        ("stat2cdf(a,4,3,9,0)", lambda a, b, r: stats.f.cdf(a, 3, 9)),
        (
            "cdf2stat(stat2cdf(a,5,0,0,0),3,9,0,0)",
            lambda a, b, r: stats.t.ppf(stats.norm.cdf(a), 9),
        ),
        ("a*i+k", lambda a, b, r: a * np.indices(a.shape)[0] + np.indices(a.shape)[2]),
    ],
)
def test_expressions(expression, rule, folder):
    words = [
        "3dcalc",
        "-a",
        "a.nii.gz",
        "-b",
        "b.nii.gz",
        "-r",
        "run.nii.gz[3]",
        "-expr",
        expression,
    ]
    a, b = (nib.load(folder / f"{name}.nii.gz").get_fdata() for name in "ab")
    run = nib.load(folder / "run.nii.gz").get_fdata()[..., 3]
    assert_same(
        translated([*words, "-prefix", "o.nii.gz"], folder), np.asarray(rule(a, b, run), float)
    )


def _places(a):
    """Return x, y, z as DICOM has them: to the left and to the back."""
    i, j, k = np.indices(a.shape)
    return 2 * i - 19, 24 - 2 * j, 2.5 * k - 20


def _within(a):
    x = _places(a)[0]
    return (x >= -10) & (x <= 4)


def _yz(a):
    return _places(a)[1] + 2 * _places(a)[2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("-a a.nii -expr gran(0,1)", "no random numbers"),
        ("-a a.nii -expr hrfbk4(a,2)", "model of a response"),
        ("-a a.nii -expr stat2cdf(a,9,9,0,0)", "the code has to be one of 3"),
        ("-a a.nii -expr a+q", "`q` in the expression is no dataset"),
        ("-a a.nii -b a+i -expr a+b", "selects values or neighbours"),
        ("-a a.nii<3..5> -expr a", "selects values"),
        ("-a a.nii -expr a+", "cannot be read"),
        ("-a a.nii -expr 2**a", "rules of its own"),
        ("-a a.nii -expr a>1", "no part of an expression"),
        ("-a a.nii -expr a -fscale", "unscaled"),
        ("-a a.nii", "-expr"),
    ],
)
def test_mistakes_are_named(options, said):
    with pytest.raises(TranslationError) as caught:
        translate(["3dcalc", *options.split()])
    assert said in str(caught.value)


def test_sub_bricks():
    bricks = {"[2]": "[..., 2]", "[1..4]": "[..., 1:5]", "[2..$(3)]": "[..., 2::3]"}
    for written, index in bricks.items():
        found = translate(["3dcalc", "-a", f"a.nii{written}", "-expr", "a+1", "-prefix", "o.nii"])
        assert found.program == f"a{index} + 1"
