"""Does what the package computed equal the reference, up to what rounding explains?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz.reference.evaluate import evaluate
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import RefusedError, UndecidedError, Value, floats

__all__ = ["Difference", "compared"]

SHAKES = (8, 64)
"""Evaluations of the reference with shaken digits: few settle most cases, many the rest."""

SLACK = 8.0
"""By how much a result may lie outside of what the shaken evaluations gave, in their spread."""


@dataclass(frozen=True)
class Difference:
    """Where a result is not what it should be."""

    what: str


def compared(
    formula: str, inputs: Mapping[str, Any], want: Value, got: np.ndarray
) -> Difference | str:
    """Return how the two agree ("exact", "rounded", "shaken"), or the difference.

    Parameters
    ----------
    formula : str
        For the evaluation of the reference with shaken digits.
    inputs : mapping
        As the reference sees them.
    want : Value
        The plain result of the reference.
    got : numpy.ndarray
        The result of the package.
    """
    if got.shape != want.shape:
        return Difference(f"the shape is {got.shape}, not {want.shape}")
    if want.kind in "bi" and got.dtype.kind in "biu":
        if got.ravel().tolist() == [int(v) for v in want.data.ravel()]:
            return "exact"
    elif want.kind == "b" or (want.kind == "c") != (got.dtype.kind == "c"):
        return Difference(f"the dtype is {got.dtype} where the reference has {want.data.dtype}")
    wide = _floats(want.data)
    near = _near(_floats(got), [wide], want.single, 16)
    if near.all() and not (want.kind in "bi" and got.dtype.kind in "biu"):
        return "rounded"
    samples = [wide]
    for number in SHAKES:
        samples += _shaken(formula, inputs, number, want)
        near = _near(_floats(got), samples, want.single, 64)
        if near.all():
            return "shaken"
    place = np.unravel_index(int(np.argmin(near)), near.shape) if near.shape else ()
    return Difference(
        f"{np.count_nonzero(~near)} of {near.size} voxels differ; the first at {place}: "
        f"{got[place]!r} instead of {want.data[place]!r}"
    )


def _floats(data: np.ndarray) -> np.ndarray:
    return floats(data).astype(complex if data.dtype.kind == "c" else float)


def _shaken(formula: str, inputs: Mapping[str, Any], number: int, want: Value) -> list[np.ndarray]:
    found = []
    for seed in range(number):
        rounding = Rounding(
            np.random.default_rng((number, seed)), narrow=(0.0, 0.5, 1.0)[seed % 3]
        )
        try:
            value = evaluate(formula, inputs, rounding)
        except (RefusedError, UndecidedError):
            continue
        if value.shape == want.shape:
            found.append(_floats(value.data))
    return found


def _near(got: np.ndarray, samples: list[np.ndarray], single: bool, units: float) -> np.ndarray:
    if got.dtype.kind == "c":
        wide = [s.astype(complex) for s in samples]
        # Where one part is infinite or NaN, the other depends on the order of the operations.
        lost = np.isinf(got) | np.isnan(got)
        some = np.any([np.isinf(s) | np.isnan(s) for s in wide], axis=0)
        real = _near(got.real, [s.real for s in wide], single, units)
        imag = _near(got.imag, [s.imag for s in wide], single, units)
        size = np.abs(np.where(lost, 0, got)) * units * (2.0**-24 if single else 2.0**-53)
        with np.errstate(all="ignore"):
            close = np.any([np.abs(got - s) <= size for s in wide], axis=0)
        return (real & imag) | (lost & some) | close
    eps = 2.0**-24 if single else 2.0**-53
    with np.errstate(all="ignore"):
        stack = np.array(samples)
        equal = np.any((stack == got) | (np.isnan(stack) & np.isnan(got)), axis=0)
        finite = np.where(np.isfinite(stack), stack, np.nan)
        low, high = np.fmin.reduce(finite), np.fmax.reduce(finite)
        tiny = 2.0**-149 if single else 2.0**-1074
        room = SLACK * (high - low) + units * eps * np.fmax(np.abs(low), np.abs(high)) + tiny
        return equal | (np.isfinite(got) & (got >= low - room) & (got <= high + room))
