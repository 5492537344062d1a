"""How likely each set of votes is right, by how far each rater can be trusted."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Staple"]

SETTLED = 1e-7
"""An estimate of a rater that changes by no more is final, as for ITK, which compares squares."""

MOST = 100_000
"""Iterations where no number is given; twenty are usual, and masks of noise took 12,157."""


class Staple(Frozen, Blockwise):
    """STAPLE (S. K. Warfield, K. H. Zou and W. M. Wells, IEEE TMI 23 (2004) 903), set by set.

    Voxels with the same votes have the same probability, so only these are computed: the k-th bit
    of the index of a list says what the k-th rater voted. Begun is with the mean of the votes.

    Parameters
    ----------
    raters : int
        How many there are.
    confidence : float
        Factor of the prior: the part of all votes that say yes.
    iterations : int
        How often sensitivities and specificities are estimated; 0: until they stay.
    """

    name = "staple"
    # The votes, and the products over raters, of every set.
    hidden = 12.0
    raters: int
    confidence: float
    iterations: int

    def __call__(self, counts: Array) -> Array:
        """Return the probability of each set of votes from how many voxels have it."""
        sets = np.flatnonzero(counts)
        number = counts[sets].astype(float)
        votes: Array = (sets[:, None] >> np.arange(self.raters) & 1).astype(bool)
        probability = votes.mean(axis=1)
        prior = self.confidence * (number @ probability) / number.sum()
        before = np.full((2, self.raters), np.inf)
        for _ in range(self.iterations or MOST):
            sure = np.array([_share(number * probability, votes),
                             _share(number * (1 - probability), ~votes)])  # fmt: skip
            probability = _posterior(votes, sure[0], sure[1], prior)
            if np.all(abs(sure - before) <= SETTLED):
                break
            before = sure
        result: Array = np.zeros(counts.shape)
        result[sets] = probability
        return result


def _share(weights: Array, votes: Array) -> Array:
    """Return for each rater the part of the weight where the vote was right; 1 without any."""
    total = weights.sum()
    if not total:
        return np.ones(votes.shape[1])
    # Not above 1 by rounding: what is left of it would be below 0.
    share: Array = np.minimum(weights @ votes / total, 1)
    return share


def _posterior(votes: Array, sensitivity: Array, specificity: Array, prior: float) -> Array:
    """Return how likely a voxel with these votes is inside."""
    inside = prior * np.where(votes, sensitivity, 1 - sensitivity).prod(axis=1)
    outside = (1 - prior) * np.where(votes, 1 - specificity, specificity).prod(axis=1)
    total = inside + outside
    posterior: Array = np.divide(inside, total, out=np.zeros_like(total), where=total > 0)
    return posterior
