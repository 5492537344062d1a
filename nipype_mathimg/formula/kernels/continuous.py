"""Continuous distributions as such; the normal one, gamma and chi-squared."""

from __future__ import annotations

import math

import numpy as np

from nipype_mathimg.formula.kernels.scipy_modules import special
from nipype_mathimg.formula.kernels.tails import log_lower_gamma, log_upper_gamma
from nipype_mathimg.spec import Array

__all__ = ["ChiSquared", "Continuous", "Gamma", "Normal"]


class Continuous:
    """A continuous distribution in its standard form: location 0, scale 1."""

    lowest = 0.0
    highest = math.inf

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        raise NotImplementedError

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        raise NotImplementedError

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        raise NotImplementedError

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        raise NotImplementedError

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        raise NotImplementedError

    def pdf(self, x: Array, *shape: Array) -> Array:
        """Return the density."""
        density: Array = np.exp(self.logpdf(x, *shape))
        return density

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        raise NotImplementedError

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        raise NotImplementedError


class Normal(Continuous):
    """The normal distribution."""

    lowest = -math.inf

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        return np.asarray(special.ndtr(x))

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        return self.cdf(-x)

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        return np.asarray(special.log_ndtr(x))

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        return self.logcdf(-x)

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        return np.asarray(-0.5 * x * x - 0.5 * math.log(2 * math.pi))

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        return np.asarray(special.ndtri(q))

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        return -self.ppf(q)


class Gamma(Continuous):
    """The gamma distribution, of shape a."""

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        return np.asarray(special.gammainc(shape[0], x))

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        return np.asarray(special.gammaincc(shape[0], x))

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        return log_lower_gamma(shape[0], x)

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        return log_upper_gamma(shape[0], x)

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        (a,) = shape
        return np.asarray(special.xlogy(a - 1, x) - x - special.gammaln(a))

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        return np.asarray(special.gammaincinv(shape[0], q))

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        return np.asarray(special.gammainccinv(shape[0], q))


class ChiSquared(Gamma):
    """The chi-squared distribution: twice a gamma distribution of shape df / 2."""

    def cdf(self, x: Array, *shape: Array) -> Array:
        """Return the lower tail."""
        return super().cdf(x / 2, shape[0] / 2)

    def sf(self, x: Array, *shape: Array) -> Array:
        """Return the upper tail."""
        return super().sf(x / 2, shape[0] / 2)

    def logcdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the lower tail."""
        return super().logcdf(x / 2, shape[0] / 2)

    def logsf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the upper tail."""
        return super().logsf(x / 2, shape[0] / 2)

    def logpdf(self, x: Array, *shape: Array) -> Array:
        """Return the logarithm of the density."""
        return super().logpdf(x / 2, shape[0] / 2) - math.log(2)

    def ppf(self, q: Array, *shape: Array) -> Array:
        """Return where the lower tail is q."""
        return 2 * super().ppf(q, shape[0] / 2)

    def isf(self, q: Array, *shape: Array) -> Array:
        """Return where the upper tail is q."""
        return 2 * super().isf(q, shape[0] / 2)
