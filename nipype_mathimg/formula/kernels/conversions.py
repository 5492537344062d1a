"""From one statistic to another with the same tail, by logarithms where floats end."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nipype_mathimg.formula.kernels.continuous import ChiSquared, Normal
from nipype_mathimg.formula.kernels.distributions import Fisher, Student
from nipype_mathimg.formula.kernels.scipy_modules import special
from nipype_mathimg.spec import Array

__all__ = ["CONVERSIONS"]

STEPS = 60
"""Newton's steps; less than ten are needed."""


def z_of_log(logarithm: Array) -> Array:
    """Return the z whose upper tail has this logarithm."""
    return -np.asarray(special.ndtri_exp(logarithm))


def t_to_z(t: Array, df: Array) -> Array:
    """Return the z with the tail of a t, on the side of the t."""
    return np.asarray(np.copysign(z_of_log(Student().logsf(np.abs(t), df)), t))


def z_to_t(z: Array, df: Array) -> Array:
    """Return the t with the tail of a z, on the side of the z.

    In log t the logarithm of the tail is concave, so Newton's method cannot leave the way.
    """
    student, away = Student(), np.abs(z)
    wanted = Normal().logsf(away)
    start = student.isf(np.exp(wanted), df)
    deep = np.isfinite(away) & ~np.isinf(df) & (wanted < math.log(1e-280))
    if not np.any(deep):
        return np.asarray(np.copysign(start, z))
    target, freedom = np.broadcast_arrays(wanted, df)
    target, freedom = target[deep], freedom[deep]
    # t behaves as tail**(-1/df); at 1e-280 it is known.
    steps = (math.log(1e-280) - target) / freedom
    logarithm = np.log(student.isf(np.full_like(target, 1e-280), freedom)) + np.minimum(steps, 600)
    for _ in range(STEPS):
        t = np.exp(logarithm)
        tail = student.logsf(t, freedom)
        slope = -np.exp(student.logpdf(t, freedom) + logarithm - tail)
        change = (target - tail) / slope
        logarithm = logarithm + change
        if np.all(np.abs(change) <= 4 * np.finfo(float).eps):
            break
    start = np.array(np.broadcast_to(start, deep.shape))
    start[deep] = np.exp(logarithm)
    return np.asarray(np.copysign(start, z))


def f_to_z(f: Array, dfn: Array, dfd: Array) -> Array:
    """Return the z with the upper tail of an F; negative where that is more than 1/2."""
    return _z_of_tails(Fisher().logsf(f, dfn, dfd), Fisher().logcdf(f, dfn, dfd))


def chi2_to_z(chi2: Array, df: Array) -> Array:
    """Return the z with the upper tail of a chi-squared."""
    return _z_of_tails(ChiSquared().logsf(chi2, df), ChiSquared().logcdf(chi2, df))


def _z_of_tails(upper: Array, lower: Array) -> Array:
    """Return z by the tail that is less than 1/2, whose logarithm has the digits."""
    return np.where(upper < lower, z_of_log(upper), -z_of_log(lower))


def r_to_z(r: Array, df: Array) -> Array:
    """Return the z of a correlation that t = r sqrt(df / (1 - r^2)) tests."""
    return t_to_z(t_of_r(r, df), df)


def t_of_r(r: Array, df: Array) -> Array:
    """Return the t of a correlation."""
    return np.asarray(r * np.sqrt(df / ((1 - r) * (1 + r))))


def z_to_p(z: Array, two_sided: bool) -> Array:
    """Return the upper tail of a z, or both."""
    return _tail(Normal().sf(np.abs(z) if two_sided else z), two_sided)


def t_to_p(t: Array, df: Array, two_sided: bool) -> Array:
    """Return the upper tail of a t, or both."""
    return _tail(Student().sf(np.abs(t) if two_sided else t, df), two_sided)


def r_to_p(r: Array, df: Array, two_sided: bool) -> Array:
    """Return the upper tail of a correlation, or both."""
    return t_to_p(t_of_r(r, df), df, two_sided)


def f_to_p(f: Array, dfn: Array, dfd: Array) -> Array:
    """Return the upper tail of an F."""
    return np.where(f > 0, Fisher().sf(f, dfn, dfd), 1.0)


def chi2_to_p(chi2: Array, df: Array) -> Array:
    """Return the upper tail of a chi-squared."""
    return np.where(chi2 > 0, ChiSquared().sf(chi2, df), 1.0)


def p_to_z(p: Array, two_sided: bool) -> Array:
    """Return the z with an upper tail, or with both: then not negative."""
    return Normal().isf(p / 2 if two_sided else p)


def p_to_signed_z(p: Array, sign: Array, two_sided: bool) -> Array:
    """Return the z with both tails, on the side of another image."""
    return np.asarray(np.copysign(p_to_z(p, two_sided), sign))


def _tail(one: Array, two_sided: bool) -> Array:
    return 2 * one if two_sided else one


CONVERSIONS: dict[str, Callable[..., Array]] = {
    "t_to_z": t_to_z, "z_to_t": z_to_t, "f_to_z": f_to_z, "chi2_to_z": chi2_to_z,
    "r_to_z": r_to_z, "z_to_p": z_to_p, "t_to_p": t_to_p, "r_to_p": r_to_p, "f_to_p": f_to_p,
    "chi2_to_p": chi2_to_p, "p_to_z": p_to_z, "p_to_signed_z": p_to_signed_z,
}  # fmt: skip
"""The conversions by name."""
