"""Distributions of counts: binomial and Poisson, as `scipy.stats` names their functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nipype_mathimg.formula.kernels.scipy_modules import special
from nipype_mathimg.formula.kernels.tails import (
    log_lower_beta,
    log_lower_gamma,
    log_upper_gamma,
    lower_beta,
)
from nipype_mathimg.spec import Array

__all__ = ["DISCRETE", "Binomial", "Discrete", "Poisson"]

STEPS = 64
"""Halvings that find any count that a float64 holds."""


class Discrete:
    """A distribution of counts from 0 on."""

    def cdf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of at most k."""
        raise NotImplementedError

    def sf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of more than k."""
        raise NotImplementedError

    def logcdf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of `cdf`."""
        raise NotImplementedError

    def logsf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of `sf`."""
        raise NotImplementedError

    def logpmf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of the probability of k."""
        raise NotImplementedError

    def highest(self, *shape: Array) -> Array:
        """Return a count beyond which the upper tail is 0 as a float."""
        raise NotImplementedError

    def valid(self, *shape: Array) -> Array:
        """Return where the parameters make a distribution."""
        raise NotImplementedError

    def pmf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of k."""
        probability: Array = np.exp(self.logpmf(k, *shape))
        return probability

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return the smallest k with cdf(k) >= q."""
        return self._first(lambda k: self.cdf(k, *shape) >= q, *shape)

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return the smallest k with sf(k) <= q."""
        return self._first(lambda k: self.sf(k, *shape) <= q, *shape)

    def _first(self, reached: Callable[[Array], Array], *shape: Array) -> Array:
        """Return the smallest count where something is reached, by halving."""
        high = self.highest(*shape)
        low = np.full_like(high, -1.0)
        for _ in range(STEPS):
            middle = np.floor((low + high) / 2)
            yes = reached(middle)
            high = np.where(yes & (middle > low), middle, high)
            low = np.where(yes, low, middle)
        return high


class Binomial(Discrete):
    """The number of successes in n trials of probability p."""

    def cdf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of at most k."""
        n, p = shape
        inside = np.clip(k, 0, np.maximum(n - 1, 0))
        found = lower_beta(n - inside, inside + 1, 1 - p, p)
        return np.where(k < 0, 0.0, np.where(k >= n, 1.0, found))

    def sf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of more than k."""
        n, p = shape
        inside = np.clip(k, 0, np.maximum(n - 1, 0))
        found = lower_beta(inside + 1, n - inside, p, 1 - p)
        return np.where(k < 0, 1.0, np.where(k >= n, 0.0, found))

    def logcdf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of `cdf`."""
        n, p = shape
        inside = np.clip(k, 0, np.maximum(n - 1, 0))
        found = log_lower_beta(n - inside, inside + 1, 1 - p, p)
        return np.where(k < 0, -np.inf, np.where(k >= n, 0.0, found))

    def logsf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of `sf`."""
        n, p = shape
        inside = np.clip(k, 0, np.maximum(n - 1, 0))
        found = log_lower_beta(inside + 1, n - inside, p, 1 - p)
        return np.where(k < 0, 0.0, np.where(k >= n, -np.inf, found))

    def logpmf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of the probability of k."""
        n, p = shape
        choices = -np.log1p(n) - special.betaln(n - k + 1, k + 1)
        found = choices + special.xlogy(k, p) + special.xlog1py(n - k, -p)
        return np.where((k < 0) | (k > n), -np.inf, found)

    def highest(self, *shape: Array) -> Array:
        """Return n."""
        return np.asarray(shape[0] + 0 * shape[1])

    def valid(self, *shape: Array) -> Array:
        """Return where n is a count and p a probability."""
        n, p = shape
        return np.asarray((n >= 0) & (n == np.floor(n)) & (p >= 0) & (p <= 1))


class Poisson(Discrete):
    """The number of events of which mu are expected."""

    def cdf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of at most k."""
        return np.where(k < 0, 0.0, special.gammaincc(np.maximum(k, 0) + 1, shape[0]))

    def sf(self, k: Array, *shape: Array) -> Array:
        """Return the probability of more than k."""
        return np.where(k < 0, 1.0, special.gammainc(np.maximum(k, 0) + 1, shape[0]))

    def logcdf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of `cdf`."""
        return np.where(k < 0, -np.inf, log_upper_gamma(np.maximum(k, 0) + 1, shape[0]))

    def logsf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of `sf`."""
        return np.where(k < 0, 0.0, log_lower_gamma(np.maximum(k, 0) + 1, shape[0]))

    def logpmf(self, k: Array, *shape: Array) -> Array:
        """Return the logarithm of the probability of k."""
        (mu,) = shape
        return np.where(k < 0, -np.inf, special.xlogy(k, mu) - special.gammaln(k + 1) - mu)

    def highest(self, *shape: Array) -> Array:
        """Return a count 40 standard deviations up, and as many of the Poisson of a small mu."""
        (mu,) = shape
        return np.asarray(np.ceil(mu + 40 * np.sqrt(mu) + 800))

    def valid(self, *shape: Array) -> Array:
        """Return where mu is 0 or more."""
        return np.asarray(shape[0] >= 0)


DISCRETE: dict[str, Discrete] = {"binom": Binomial(), "poisson": Poisson()}
"""The distributions of counts by SciPy's names."""
