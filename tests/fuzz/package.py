"""A formula evaluated by the package, in several ways that may not differ by a bit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WHOLE, Way, compute, inferred, same_bits
from tests.fuzz.images import seen_by_the_package

__all__ = ["WrongError", "computed", "random_way"]


class WrongError(Exception):
    """The package contradicts itself, or raised an error that is none of its own."""


def random_way(rng: np.random.Generator) -> Way:
    """Return how the pieces are cut, by how many threads, read how, within which budget."""
    slab = int(rng.integers(1, 200))
    return Way(
        slab=slab if rng.random() < 0.8 else None,
        threads=int(rng.integers(1, 5)),
        memory=int(rng.choice([1 << 30, 1 << 22, 1 << 19])),
        streamed=bool(rng.random() < 0.5),
        chunk=int(rng.integers(1, 200)),
        small=int(rng.choice([0, 1 << 20])),
    )


def computed(formula: str, inputs: Mapping[str, Any], way: Way) -> np.ndarray | FormulaError:
    """Return the result of a formula, or the error with which it is refused.

    Raises
    ------
    WrongError
        The pieces change a bit, the value lies outside of the range that was foreseen, or the
        error is none of the package's own.
    """
    images = seen_by_the_package(inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = _outcome(formula, images, WHOLE)
        second = _outcome(formula, seen_by_the_package(inputs), way)
    if isinstance(first, FormulaError):
        if not isinstance(second, FormulaError):
            raise WrongError(f"refused as a whole ({first.message}), not in pieces ({way})")
        return first
    if isinstance(second, FormulaError):
        if "memory" not in second.message:
            raise WrongError(f"refused in pieces only ({way}): {second.message}")
    elif not same_bits(first, second):
        raise WrongError(f"other bits in pieces ({way}): {second!r} instead of {first!r}")
    result = np.asarray(first)
    _check_range(formula, images, result)
    return result


def _outcome(formula: str, images: Mapping[str, Any], way: Way) -> Any:
    try:
        return compute(formula, images, way)
    except FormulaError as error:
        return error
    except Exception as error:
        raise WrongError(f"{type(error).__name__}: {error} ({way})") from error


def _check_range(formula: str, images: Mapping[str, Any], result: np.ndarray) -> None:
    root = inferred(formula, images).root
    if result.dtype.kind in "biu" and root.spec.bounds is not None and result.size:
        low, high = root.spec.bounds
        if not low <= int(result.min()) <= int(result.max()) <= high:
            raise WrongError(
                f"{result.min()} to {result.max()} is outside of the range {low} to {high}"
            )
