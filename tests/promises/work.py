"""Some formulas, for a process of its own: ``python -m tests.promises.work FOLDER ...``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

__all__ = ["FORMULAS", "compute_all", "input_arrays"]

FORMULAS = {
    "double": "a * 2",
    "third": "f / 3",
    "root": "np.sqrt(np.abs(f))",
    "mean": "np.mean(f, axis=-1)",
    "deviation": "np.std(f, axis=-1)",
    "score": "(f - np.mean(f, axis=-1)) / np.std(f, axis=-1)",
    "median": "np.median(a, axis=-1)",
    "tenth": "np.percentile(f, 10, axis=-1)",
    "sorted": "np.sort(a, axis=-1)",
    "summed": "np.cumsum(a, axis=-1)",
    "masked": "np.where(m > 0, f, np.nan)",
    "demeaned": "f - np.mean(f[m > 0])",
    "rounded": "np.rint(f / 7)",
    "flipped": "a[::-1, :, 1:]",
    "compared": "(a > 10) & (f < 0)",
    "closed": "ndimage.binary_closing(m > 0, iterations=2)",
    "eroded": "ndimage.grey_erosion(a, size=(3, 3, 3))",
}
"""Formulas whose results IEEE 754 and SciPy's integers fix to the last bit on these images: whole
numbers, so that no order of summation matters, and no function whose last bit is left open."""

SHAPE = (13, 11, 9, 8)


def input_arrays() -> dict[str, np.ndarray]:
    """Return the images, made by an arithmetic that no version of NumPy changes."""
    k = np.arange(np.prod(SHAPE), dtype=np.int64)
    return {
        "a": (k * 7919 % 1009 - 300).astype(np.int16).reshape(SHAPE, order="F"),
        "f": (k * k % 4093 - 2000).astype(np.float32).reshape(SHAPE, order="F"),
        "m": (k[: np.prod(SHAPE[:3])] * 31 % 5 > 1).astype(np.uint8).reshape(SHAPE[:3], order="F"),
    }


def compute_all(
    folder: Path, threads: int = 2, memory: int = 1 << 28
) -> Iterator[tuple[str, Path]]:
    """Write the images and the results, and yield each result with its name."""
    import nibabel as nib

    from nipype_mathimg import math_img

    files = {name: str(folder / f"{name}.nii.gz") for name in "afm"}
    for name, data in input_arrays().items():
        nib.save(nib.Nifti1Image(data, np.diag([2.0, 2, 3, 1])), files[name])
    for name, formula in FORMULAS.items():
        used = {x: path for x, path in files.items() if x in compile(formula, "", "eval").co_names}
        out = folder / f"{name}.nii.gz"
        math_img(
            formula,
            used,
            out,
            copy_header_from=next(iter(used)),
            num_threads=threads,
            memory=memory,
        )
        yield name, out


if __name__ == "__main__":
    folder, threads, memory = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for _ in compute_all(folder, threads, memory):
        pass
