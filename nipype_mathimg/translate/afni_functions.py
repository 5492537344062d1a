"""Every function of 3dcalc's expressions, one row each, by the rules of its documentation.

3dcalc never gives NaN or infinity: what is outside of the domain of a function gives another
number, which the lines say.
"""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.translate.rows import Row, table

__all__ = ["AFNI_FUNCTIONS"]

_ONE, _TWO, _THREE = ("x",), ("x", "y"), ("x", "y", "z")
_FOUR = ("x", "y", "z", "w")
ANY = ("any",)
"""Any number of arguments; ``{any}`` is their list, ``{x}`` the first, ``{others}`` the rest."""

_RANDOM = "a formula gives the same result each time, so there are no random numbers"
_BESSEL = "there is no row for this function"
_RESPONSE = "it is a model of a response in time, for which there is no row"


def _named(names: str) -> list[Row]:
    return [Row(name, (f"np.{name}({{x}})",), _ONE) for name in names.split()]


def _refused(names: str, why: str) -> list[Row]:
    return [Row(name, refused=why) for name in names.split()]


_OUTSIDE = "outside of its domain 3dcalc gives the argument"

_ELEMENTARY = (
    *_named("sin cos tan sinh cosh tanh asinh abs"),
    Row("asin", ("np.where(abs({x}) <= 1, np.arcsin({x}), {x})",), _ONE, note=_OUTSIDE),
    Row("acos", ("np.where(abs({x}) <= 1, np.arccos({x}), {x})",), _ONE, note=_OUTSIDE),
    Row("atan", ("np.arctan({x})",), _ONE),
    Row("acosh", ("np.where({x} >= 1, np.arccosh({x}), {x})",), _ONE, note=_OUTSIDE),
    Row("atanh", ("np.where(abs({x}) < 1, np.arctanh({x}), {x})",), _ONE, note=_OUTSIDE),
    Row("atan2", ("np.arctan2({x}, {y})",), _TWO),
    Row("exp", ("np.exp(np.minimum({x}, 87.5))",), _ONE, note="stops at exp(87.5)"),
    Row("log", ("np.where({x} != 0, np.log(abs({x})), 0)",), _ONE, note="of the absolute value"),
    Row("log10", ("np.where({x} != 0, np.log10(abs({x})), 0)",), _ONE, note="as log"),
    Row("sqrt", ("np.sqrt(abs({x}))",), _ONE, note="of the absolute value"),
    Row("cbrt", ("np.cbrt({x})",), _ONE),
    Row("int", ("np.trunc({x})",), _ONE),
    Row("mod", ("{x} - {y} * np.trunc(np.where({y} != 0, {x} / {y}, 0))",), _TWO,
        note="np.remainder takes the sign of the divisor"),
    Row("sind", ("np.sin(np.deg2rad({x}))",), _ONE),
    Row("cosd", ("np.cos(np.deg2rad({x}))",), _ONE),
    Row("tand", ("np.tan(np.deg2rad({x}))",), _ONE),
    Row("logcosh", ("np.logaddexp({x}, -{x}) - np.log(2)",), _ONE),
)  # fmt: skip

_LOGIC = (
    Row("step", ("np.where({x} > 0, 1, 0)",), _ONE),
    Row("posval", ("np.maximum({x}, 0)",), _ONE),
    Row("astep", ("np.where(abs({x}) > {y}, 1, 0)",), _TWO),
    Row("within", ("np.where(({x} >= {y}) & ({x} <= {z}), 1, 0)",), _THREE),
    Row("rect", ("np.where(abs({x}) <= 0.5, 1, 0)",), _ONE),
    Row("bool", ("np.where({x} != 0, 1, 0)",), _ONE),
    Row("notzero", ("np.where({x} != 0, 1, 0)",), _ONE),
    Row("iszero", ("np.where({x} == 0, 1, 0)",), _ONE),
    Row("not", ("np.where({x} == 0, 1, 0)",), _ONE),
    Row("equals", ("np.where({x} == {y}, 1, 0)",), _TWO),
    Row("ispositive", ("np.where({x} > 0, 1, 0)",), _ONE),
    Row("isnegative", ("np.where({x} < 0, 1, 0)",), _ONE),
    Row("ifelse", ("np.where({x} != 0, {y}, {z})",), _THREE),
    Row("and", ("np.where({all}, 1, 0)",), ANY),
    Row("or", ("np.where({some}, 1, 0)",), ANY),
    Row("mofn", ("np.where({count_others} >= {x}, 1, 0)",), ANY),
    Row("amongst", ("np.where({equal_others}, 1, 0)",), ANY),
    Row("argnum", ("{count}",), ANY),
    Row("argmax", ("np.where({some}, np.argmax({list}, axis=0) + 1, 0)",), ANY,
        note="counts from 1, and is 0 where all are 0"),
    Row("choose", ("np.select({numbered_others}, {listed_others})",), ANY, note="counts from 1"),
    Row("pairmax", ("np.select({first_is_max}, {second_half})",), ANY),
    Row("pairmin", ("np.select({first_is_min}, {second_half})",), ANY),
)  # fmt: skip

_ORDER = (
    Row("max", ("np.maximum({x}, {y})",), _TWO),
    Row("min", ("np.minimum({x}, {y})",), _TWO),
    Row("mean", ("np.mean({list}, axis=0)",), ANY),
    Row("median", ("np.median({list}, axis=0)",), ANY),
    Row("stdev", ("np.std({list}, axis=0, ddof=1)",), ANY, note="divides by n - 1"),
    Row("sem", ("np.std({list}, axis=0, ddof=1) / np.sqrt({n})",), ANY),
    Row("mad", ("np.median(abs({list} - np.median({list}, axis=0)), axis=0)",), ANY),
    Row("orstat", ("np.sort({others}, axis=0)[{x} - 1]",), ANY),
    Row("lmode", ("mode({list}, axis=0)",), ANY, note="of equals the smallest"),
    Row("hmode", ("-mode(-{list}, axis=0)",), ANY, note="of equals the largest"),
    Row("minabove", ("least = np.min(np.where({others} > {x}, {others}, np.inf), axis=0)",
                     "np.where(np.isfinite({least}), {least}, {x})"), ANY),
    Row("maxbelow", ("most = np.max(np.where({others} < {x}, {others}, -np.inf), axis=0)",
                     "np.where(np.isfinite({most}), {most}, {x})"), ANY),
    Row("extreme", ("np.where(np.max({list}, axis=0) >= -np.min({list}, axis=0), "
                    "np.max({list}, axis=0), np.min({list}, axis=0))",), ANY,
        note="as documented; the program compares |x| with a signed value"),
    Row("absextreme", ("np.max(abs({list}), axis=0)",), ANY,
        note="as documented; the program gives the number of arguments"),
)  # fmt: skip

_BY_CODE = ("x", "code", "y", "z", "w")
_CODES = "the lower tail; 3 is t, 4 F, 5 the normal, 6 chi-squared, 7 beta"
_HALF = "of half of the probability"
_FIT = "{z} / 2, ({y} - {z} - {w}) / 2"
"""Samples, parameters of a fit, and of what it is orthogonal to, as shapes of a beta."""

_DISTRIBUTIONS = (
    Row("erf", ("special.erf({x})",), _ONE),
    Row("erfc", ("special.erfc({x})",), _ONE),
    Row("qg", ("stats.norm.sf({x})",), _ONE, note="the upper tail"),
    Row("qginv", ("np.clip(stats.norm.isf({x}), -13, 13)",), _ONE, note="stops at 13"),
    Row("fitt_t2p", ("2 * stats.t.sf(abs({x}), {y})",), _TWO, note="two-sided"),
    Row("fitt_p2t", ("stats.t.isf({x} / 2, {y})",), _TWO, note="two-sided"),
    Row("fitt_t2z", ("t_to_z({x}, {y})",), _TWO, note="one-sided; the sign stays"),
    Row("fift_t2p", ("stats.f.sf({x}, {y}, {z})",), _THREE),
    Row("fift_p2t", ("stats.f.isf({x}, {y}, {z})",), _THREE),
    Row("fift_t2z", ("stats.norm.isf(stats.f.sf({x}, {y}, {z}) / 2)",), _THREE,
        note="of half of p: f_to_z(x, dfn, dfd) is one-sided"),
    Row("fizt_t2p", ("2 * stats.norm.sf(abs({x}))",), _ONE, note="two-sided"),
    Row("fizt_p2t", ("stats.norm.isf({x} / 2)",), _ONE, note="two-sided"),
    Row("fizt_t2z", ("{x}",), _ONE),
    Row("fict_t2p", ("stats.chi2.sf({x}, {y})",), _TWO),
    Row("fict_p2t", ("stats.chi2.isf({x}, {y})",), _TWO),
    Row("fibt_t2p", ("stats.beta.sf({x}, {y}, {z})",), _THREE),
    Row("fibt_p2t", ("stats.beta.isf({x}, {y}, {z})",), _THREE),
    Row("fict_t2z", ("stats.norm.isf(stats.chi2.sf({x}, {y}) / 2)",), _TWO, note=_HALF),
    Row("fibt_t2z", ("stats.norm.isf(stats.beta.sf({x}, {y}, {z}) / 2)",), _THREE, note=_HALF),
    Row("fico_t2p", (f"stats.beta.sf({{x}}**2, {_FIT})",), _FOUR, note="two-sided"),
    Row("fico_p2t", (f"np.sqrt(stats.beta.isf({{x}}, {_FIT}))",), _FOUR, note="two-sided"),
    Row("fico_t2z", (f"np.sign({{x}}) * stats.norm.isf(stats.beta.sf({{x}}**2, {_FIT}) / 2)",),
        _FOUR, note="the sign stays"),
    Row("fibn_t2p", ("stats.binom.sf({x}, {y}, {z})",), _THREE),
    Row("fibn_t2z", ("stats.norm.isf(stats.binom.sf({x}, {y}, {z}) / 2)",), _THREE, note=_HALF),
    Row("figt_t2p", ("stats.gamma.sf({x} * {z}, {y})",), _THREE, note="the scale is a rate"),
    Row("figt_p2t", ("stats.gamma.isf({x}, {y}) / {z}",), _THREE, note="the scale is a rate"),
    Row("figt_t2z", ("stats.norm.isf(stats.gamma.sf({x} * {z}, {y}) / 2)",), _THREE, note=_HALF),
    Row("fipt_t2p", ("stats.poisson.sf({x}, {y})",), _TWO),
    Row("fipt_t2z", ("stats.norm.isf(stats.poisson.sf({x}, {y}) / 2)",), _TWO, note=_HALF),
    *_refused("fibn_p2t fipt_p2t", "3dcalc gives fractions between the counts"),
    Row("stat2cdf", ("stats.t.cdf({x}, {y})",), _BY_CODE, note=_CODES, example="a,3,9,0,0"),
    Row("cdf2stat", ("stats.t.ppf({x}, {y})",), _BY_CODE, note=_CODES, example="a,3,9,0,0"),
)  # fmt: skip

_OTHERS = (
    *_refused("gran uran iran eran lran", _RANDOM),
    *(Row(name, (f"special.{name}({{x}})",), _ONE) for name in ("j0", "j1")),
    *(Row(name, (f"special.{name}({{x}})",), _ONE, note="x above 0") for name in ("y0", "y1")),
    *_refused("hrfbk4 hrfbk5 rhddc2 acfwxm gamp gamq", _RESPONSE),
    Row("pleg", ("{polynomial}",), ("m", "x"), note="m is a number", example="3,a"),
    *_refused("ztone isprime", _BESSEL),
)

AFNI_FUNCTIONS: Mapping[str, Row] = table(
    (*_ELEMENTARY, *_LOGIC, *_ORDER, *_DISTRIBUTIONS, *_OTHERS)
)
"""All functions of 3dcalc's expressions by name."""
