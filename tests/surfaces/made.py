"""Small CIFTI-2 files of every kind, made by nibabel."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from nibabel import cifti2

TIMES, START, STEP = 7, 3.6, 0.72
AFFINE = np.array([[-2, 0, 0, 8], [0, 2, 0, -6], [0, 0, 2, -4], [0, 0, 0, 1]], float)


def models(order=("CORTEX_LEFT", "CORTEX_RIGHT", "BRAIN_STEM"), affine=AFFINE, gaps=3):
    """Return some vertices of two hemispheres and some voxels, in an order."""
    made = {
        "CORTEX_LEFT": cifti2.BrainModelAxis.from_mask(
            np.arange(40) % gaps > 0, name="CIFTI_STRUCTURE_CORTEX_LEFT"
        ),
        "CORTEX_RIGHT": cifti2.BrainModelAxis.from_mask(
            np.arange(36) % 4 > 0, name="CIFTI_STRUCTURE_CORTEX_RIGHT"
        ),
        "BRAIN_STEM": cifti2.BrainModelAxis.from_mask(
            (np.arange(120) % 7 > 3).reshape(4, 5, 6),
            name="CIFTI_STRUCTURE_BRAIN_STEM",
            affine=affine,
        ),
    }
    result = made[order[0]]
    for name in order[1:]:
        result = result + made[name]
    return result


MODELS = models()
PLACES = len(MODELS)
SERIES = cifti2.SeriesAxis(START, STEP, TIMES)


def parcels(count=4):
    """Return parcels that share the grayordinates out, without the first ten."""
    pieces = [
        (f"area {k} <&>", MODELS[[j for j in range(10, PLACES) if j % count == k]])
        for k in range(count)
    ]
    return cifti2.ParcelsAxis.from_brain_models(pieces)


PARCELS = parcels()
TABLE = {
    0: ("???", (0.0, 0.0, 0.0, 0.0)),
    **{k + 1: (f"area {k}", (k / 5, 0.5, 1.0, 1.0)) for k in range(4)},
}
LABELS = cifti2.LabelAxis(["atlas"], [TABLE])


def save(path, data, *axes, metadata=None, dtype=None):
    """Write a file with nibabel; a matrix of (columns, rows) as it has it."""
    header = cifti2.Cifti2Header.from_axes(axes)
    if metadata:
        header.matrix.metadata = cifti2.Cifti2MetaData(metadata)
    image = cifti2.Cifti2Image(np.asarray(data, dtype or np.asarray(data).dtype), header)
    image.nifti_header.set_data_dtype(image.get_data_dtype())
    nib.save(image, path)
    return path


def numbers(*shape, seed=0, dtype="f4"):
    """Return random numbers around 10, as nibabel has them: columns first."""
    values = np.random.default_rng(seed).standard_normal(shape) * 3 + 10
    return np.asarray(np.round(values) if np.dtype(dtype).kind in "iu" else values, dtype)


LABELLED = np.where(np.arange(PLACES) < 10, 0, np.arange(PLACES) % 4 + 1).astype("f4")[None]

ARRAYS = {
    "a": numbers(TIMES, PLACES),
    "b": numbers(TIMES, PLACES, seed=1),
    "short": numbers(TIMES, PLACES, seed=2, dtype="i2"),
    "w": numbers(1, PLACES, seed=3),
    "v": numbers(1, PLACES, seed=4),
    "maps": numbers(3, PLACES, seed=5),
    "labels": LABELLED,
    "pt": numbers(TIMES, len(PARCELS), seed=6),
    "ps": numbers(1, len(PARCELS), seed=7),
    "dconn": numbers(PLACES, PLACES, seed=8),
    "pconn": numbers(len(PARCELS), len(PARCELS), seed=9),
    "pdconn": numbers(PLACES, len(PARCELS), seed=10),
    "dpconn": numbers(len(PARCELS), PLACES, seed=11),
    "plabels": np.array([[1, 3, 2, 1]], "f4"),
}
ARRAYS["a"][2, 5] = np.nan
ARRAYS["w"][0, :4] = 0

FILES = {
    "a": (".dtseries.nii", SERIES, MODELS),
    "b": (".dtseries.nii", SERIES, MODELS),
    "short": (".dtseries.nii", SERIES, MODELS),
    "w": (".dscalar.nii", cifti2.ScalarAxis(["weights"]), MODELS),
    "v": (".dscalar.nii", cifti2.ScalarAxis(["values"]), MODELS),
    "maps": (".dscalar.nii", cifti2.ScalarAxis(["one", "two", "three"]), MODELS),
    "labels": (".dlabel.nii", LABELS, MODELS),
    "pt": (".ptseries.nii", SERIES, PARCELS),
    "ps": (".pscalar.nii", cifti2.ScalarAxis(["parcels"]), PARCELS),
    "dconn": (".dconn.nii", MODELS, MODELS),
    "pconn": (".pconn.nii", PARCELS, PARCELS),
    "pdconn": (".pdconn.nii", MODELS, PARCELS),
    "dpconn": (".dpconn.nii", PARCELS, MODELS),
    "plabels": (".plabel.nii", LABELS, PARCELS),
}


def write_all(folder):
    """Write every file; return its path by its name."""
    return {
        name: save(folder / f"{name}{suffix}", ARRAYS[name], *axes)
        for name, (suffix, *axes) in FILES.items()
    }


def shown(name):
    """Return the values of a file as a formula sees them: places first, one map alone."""
    values = np.asarray(ARRAYS[name], float).T
    if name in ("labels", "plabels"):
        values = values.astype(int)
    return values[:, 0] if values.shape[1] == 1 else values
