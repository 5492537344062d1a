"""Results against float64 NumPy, before anything is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np

from tests.benchmarks.data import Runs
from tests.benchmarks.jobs import Array, Job

__all__ = ["Answer", "difference", "right_answer"]

_STEP = 16  # volumes that are compared at a time


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job has to give.

    Parameters
    ----------
    values : numpy.ndarray
        float64 (or bool) voxels. Where they are not finite, tools differ by their rules
        (niimath writes 0 for 0/0, others NaN), and nothing is compared.
    scale, share : float
        Of the job.
    """

    values: Array
    scale: float
    share: float


def _loaded(path: str) -> Array:
    image: Any = nib.load(path)
    return np.asarray(image.get_fdata(dtype=np.float64, caching="unchanged"))


def right_answer(job: Job, runs: Runs, reference: Callable[..., Array]) -> Answer:
    """Compute a job in float64, whole arrays at once; `reference` is one of the job's."""
    arrays = [
        np.stack([_loaded(path) for path in runs.volumes], axis=-1)
        if name == "volumes"
        else _loaded(runs.path(name))
        for name in job.inputs
    ]
    with np.errstate(all="ignore"):
        return Answer(reference(*arrays), job.scale, job.share)


def difference(out_file: str, answer: Answer, tolerance: float) -> str:
    """Compare a file with the answer.

    Parameters
    ----------
    out_file : str
        A tool's result.
    answer : Answer
        What it has to be.
    tolerance : float
        Largest error, relative to the value and to the job's scale.

    Returns
    -------
    str
        Empty when it is right, else what is wrong.
    """
    image: Any = nib.load(out_file)
    if _trimmed(image.shape) != answer.values.shape:
        return f"shape {image.shape}, not {answer.values.shape}"
    # Read once: each slice of a compressed file would inflate it from its start.
    whole = np.asarray(image.dataobj).reshape(answer.values.shape)
    wrong, worst = 0, 0.0
    for part in _parts(answer.values.shape):
        expected = np.asarray(answer.values[part], np.float64)
        found = np.asarray(whole[part], np.float64)
        finite = np.isfinite(expected)
        error = np.abs(found[finite] - expected[finite])
        allowed = tolerance * (np.abs(expected[finite]) + answer.scale)
        bad = ~(error <= allowed)
        wrong += int(np.count_nonzero(bad))
        worst = max(worst, float(np.nanmax(error / allowed, initial=0)))
    if wrong <= answer.share * answer.values.size:
        return ""
    return f"{wrong} voxels wrong, by up to {worst:.1g} times the error allowed"


def _trimmed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without the trailing axes of length 1 that some tools write."""
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _parts(shape: tuple[int, ...]) -> list[Any]:
    if len(shape) < 4:
        return [...]
    return [(..., slice(t, t + _STEP)) for t in range(0, shape[-1], _STEP)]
