"""Incomplete beta and gamma functions, and their logarithms where they are less than a float.

Every distribution here is one of them. SciPy computes them; where they fall below what a float64
holds, continued fractions and series give the logarithm (DLMF 8.17.22, 8.9.2 and 8.7.1, the
fractions by Lentz's method).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nipype_mathimg.formula.kernels.scipy_modules import special
from nipype_mathimg.spec import Array

__all__ = ["log_lower_beta", "log_lower_gamma", "log_upper_gamma", "lower_beta"]

FEW = 1e-280
"""Below this a float is about to lose digits, and then to be 0."""

MOST_TERMS = 2000
"""A tail of less than `FEW` needs some tens; 2000 is for parameters of a million."""

NEAR = 0.1
"""Below this 1 - x has more digits than x."""

TINY = 1e-300
"""Stands for 0 in a denominator of Lentz's method."""


def lower_beta(a: Array, b: Array, x: Array, y: Array) -> Array:
    """Return the regularised incomplete beta function I_x(a, b).

    Parameters
    ----------
    a, b : ndarray
        Parameters above 0.
    x, y : ndarray
        From 0 to 1, and 1 - x: the smaller of both has the digits that a difference would lose.
    """
    return _lower_beta(a, b, x, y, np.True_)


def _lower_beta(a: Array, b: Array, x: Array, y: Array, wanted: Array | np.bool_) -> Array:
    """Return `lower_beta` where it is wanted, 1 elsewhere."""
    shape = np.broadcast_shapes(*map(np.shape, (a, b, x, y)))
    wanted, near = np.broadcast_to(wanted, shape), np.broadcast_to(y < NEAR, shape)
    found: Array = np.ones(shape)
    special.betainc(a, b, x, out=found, where=wanted & ~near)
    other: Array = np.zeros(shape)
    special.betainc(b, a, y, out=other, where=wanted & near)
    np.subtract(1, other, out=found, where=wanted & near)
    # Ten times as slow as `betainc`: only where the difference would lose digits.
    special.betaincc(b, a, y, out=found, where=wanted & near & (other > 0.5))
    return found


def log_lower_beta(a: Array, b: Array, x: Array, y: Array) -> Array:
    """Return the logarithm of `lower_beta`."""
    lower = lower_beta(a, b, x, y)
    # Most tails are less than a half, and do not need the other side.
    upper = _lower_beta(b, a, y, x, lower > 0.5)
    found = np.where(lower > 0.5, np.log1p(-upper), np.log(lower))
    return _deep(found, (lower < FEW) & (x > 0), _log_beta_tail, (a, b, x, y))


def log_lower_gamma(a: Array, x: Array) -> Array:
    """Return the logarithm of the regularised lower incomplete gamma function P(a, x)."""
    lower, upper = special.gammainc(a, x), special.gammaincc(a, x)
    found = np.where(lower > 0.5, np.log1p(-upper), np.log(lower))
    return _deep(found, (lower < FEW) & (x > 0), _log_gamma_start, (a, x))


def log_upper_gamma(a: Array, x: Array) -> Array:
    """Return the logarithm of the regularised upper incomplete gamma function Q(a, x)."""
    lower, upper = special.gammainc(a, x), special.gammaincc(a, x)
    found = np.where(upper > 0.5, np.log1p(-lower), np.log(upper))
    return _deep(found, (upper < FEW) & np.isfinite(x), _log_gamma_tail, (a, x))


def _deep(
    found: Array, where: Array, tail: Callable[..., Array], args: tuple[Array, ...]
) -> Array:
    """Replace the elements of a tail by what `tail` makes of the arguments there."""
    if np.any(where):
        arrays = np.broadcast_arrays(*args, where)
        chosen = arrays[-1]
        found = np.array(np.broadcast_to(found, chosen.shape))
        found[chosen] = tail(*(array[chosen] for array in arrays[:-1]))
    return found


def _log_beta_tail(a: Array, b: Array, x: Array, y: Array) -> Array:
    log_x = np.where(x < 0.5, np.log(x), np.log1p(-y))
    log_y = np.where(x < 0.5, np.log1p(-x), np.log(y))
    front = a * log_x + b * log_y - np.log(a) - special.betaln(a, b)

    def numerator(n: int) -> Array:
        m, odd = divmod(n, 2)
        if odd:
            over: Array = -(a + m) * (a + b + m) * x / ((a + n - 1) * (a + n))
        else:
            over = m * (b - m) * x / ((a + n - 1) * (a + n))
        return over

    one = np.ones_like(x)
    result: Array = front - np.log(_fraction(one, lambda n: one, numerator))
    return result


def _log_gamma_tail(a: Array, x: Array) -> Array:
    front = a * np.log(x) - x - special.gammaln(a)
    result: Array = front - np.log(
        _fraction(x + 1 - a, lambda n: x + 1 - a + 2 * n, lambda n: -n * (n - a))
    )
    return result


def _log_gamma_start(a: Array, x: Array) -> Array:
    total = term = np.ones_like(x)
    for n in range(1, MOST_TERMS):
        term = term * x / (a + n)
        total = total + term
        if np.all(term <= np.finfo(float).eps * total):
            break
    result: Array = a * np.log(x) - x - special.gammaln(a + 1) + np.log(total)
    return result


def _fraction(
    first: Array, denominator: Callable[[int], Array], numerator: Callable[[int], Array]
) -> Array:
    """Return first + a1 / (b1 + a2 / (b2 + ...)), by Lentz's method as Thompson changed it."""
    value = c = first
    d = np.zeros_like(first)
    for n in range(1, MOST_TERMS):
        over, under = numerator(n), denominator(n)
        d = 1 / _not_zero(under + over * d)
        c = _not_zero(under + over / c)
        value = value * (c * d)
        if np.all(np.abs(c * d - 1) <= np.finfo(float).eps):
            break
    return value


def _not_zero(values: Array) -> Array:
    return np.where(values == 0, TINY, values)
