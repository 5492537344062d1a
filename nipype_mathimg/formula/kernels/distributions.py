"""Distributions, as `scipy.stats` names their functions, and exact in both tails.

They are made of `scipy.special`: `scipy.stats` takes some seconds and 60 MB to load, and has the
logarithm of a tail only as that of a number, which is 0 for a z of 38.5 or a t of 1000.

Everything takes float64 arrays that broadcast. Each distribution is a class with its standard
form: `cdf`, `sf` (upper tail), `logcdf`, `logsf`, `logpdf`, `ppf` and `isf` (their inverses).
"""

from __future__ import annotations

import math

import numpy as np

from nipype_mathimg.formula.kernels.continuous import ChiSquared, Continuous, Gamma, Normal
from nipype_mathimg.formula.kernels.scipy_modules import special
from nipype_mathimg.formula.kernels.tails import log_lower_beta, lower_beta
from nipype_mathimg.spec import Array

__all__ = ["CONTINUOUS", "Beta", "Fisher", "Student"]


class Beta(Continuous):
    """The beta distribution, of shapes a and b."""

    highest = 1.0

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        a, b = shape
        return lower_beta(a, b, x, 1 - x)

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        a, b = shape
        return lower_beta(b, a, 1 - x, x)

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        a, b = shape
        return log_lower_beta(a, b, x, 1 - x)

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        a, b = shape
        return log_lower_beta(b, a, 1 - x, x)

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        a, b = shape
        powers = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
        return np.asarray(powers - special.betaln(a, b))

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        a, b = shape
        return np.asarray(special.betaincinv(a, b, q))

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        a, b = shape
        return np.asarray(special.betainccinv(a, b, q))


class Fisher(Continuous):
    """The F distribution, of dfn and dfd degrees of freedom."""

    def _split(self, x: Array, dfn: Array, dfd: Array) -> tuple[Array, Array, Array, Array]:
        # Both from the quotient: a difference from 1 would lose the digits of the smaller one.
        ratio = dfn * x / dfd
        return dfn / 2, dfd / 2, 1 / (1 + 1 / ratio), 1 / (1 + ratio)

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        a, b, lower, upper = self._split(x, *shape)
        return lower_beta(a, b, lower, upper)

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        a, b, lower, upper = self._split(x, *shape)
        return lower_beta(b, a, upper, lower)

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        a, b, lower, upper = self._split(x, *shape)
        return log_lower_beta(a, b, lower, upper)

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        a, b, lower, upper = self._split(x, *shape)
        return log_lower_beta(b, a, upper, lower)

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        dfn, dfd = shape
        a, b = dfn / 2, dfd / 2
        powers = special.xlogy(a, dfn / dfd) + special.xlogy(a - 1, x)
        joint = special.xlog1py(a + b, dfn * x / dfd)
        return np.asarray(powers - joint - special.betaln(a, b))

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        a, b = shape[0] / 2, shape[1] / 2
        lower, upper = special.betaincinv(a, b, q), special.betainccinv(b, a, q)
        return np.asarray(b * lower / (a * upper))

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        a, b = shape[0] / 2, shape[1] / 2
        upper, lower = special.betaincinv(b, a, q), special.betainccinv(a, b, q)
        return np.asarray(b * lower / (a * upper))


class Student(Continuous):
    """Student's t distribution, of df degrees of freedom; the normal one for infinitely many."""

    lowest = -math.inf

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        return self.sf(-x, *shape)

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        (df,) = shape
        tail = Fisher().sf(x * x, np.ones_like(df), df) / 2
        found = np.where(x > 0, tail, 1 - tail)
        return np.where(np.isinf(df), special.ndtr(-x), found)

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        return self.logsf(-x, *shape)

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        (df,) = shape
        tail = Fisher().logsf(x * x, np.ones_like(df), df) - math.log(2)
        found = np.where(x > 0, tail, np.log1p(-np.exp(tail)))
        return np.where(np.isinf(df), special.log_ndtr(-x), found)

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        (df,) = shape
        scale = special.betaln(df / 2, 0.5) + 0.5 * np.log(df)
        found = -scale - (df + 1) / 2 * np.log1p(x * x / df)
        return np.where(np.isinf(df), Normal().logpdf(x), found)

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        return -self.isf(q, *shape)

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        (df,) = shape
        tail = np.minimum(q, 1 - q)
        one, both = np.ones_like(df), np.abs(1 - 2 * q)
        # Near the middle what lies between -t and t has the digits.
        square = np.where(
            tail > 0.25, Fisher().ppf(both, one, df), Fisher().isf(2 * tail, one, df)
        )
        away = np.sqrt(square)
        found = np.where(q > 0.5, -away, away)
        return np.where(np.isinf(df), -special.ndtri(q), found)


CONTINUOUS: dict[str, Continuous] = {
    "norm": Normal(),
    "t": Student(),
    "f": Fisher(),
    "chi2": ChiSquared(),
    "beta": Beta(),
    "gamma": Gamma(),
}
"""The continuous distributions by SciPy's names."""
