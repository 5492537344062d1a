"""What plans say about time beside what processors took: ``python -m tests.benchmarks.costs``.

Each job runs with one thread, three times; the least time of the processor counts, which other
programs on the machine change little. The images are of noise alone, as a raw run nearly is, and
of noise inside a ball with zeros around, as a masked one.
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np

from nipype_mathimg import HeaderWarning, math_img, math_value
from nipype_mathimg.formula.plan.costs import processor_seconds

SHAPE = (61, 73, 61, 60)

IMAGES = [
    "run * 1",
    "run + other",
    "np.mean(run, axis=-1)",
    "(run - np.mean(run, axis=-1)) / np.std(run, axis=-1)",
    "np.median(run, axis=-1)",
    "np.sort(run, axis=-1)",
    "np.exp(run / 1000)",
    "run[::-1]",
    "detrend(run, 1)",
    "bandpass(run, 0.01, 0.1, tr=2.0)",
    "ndimage.gaussian_filter(run, fwhm=6*mm)",
    "ndimage.gaussian_filter(volume, fwhm=6*mm)",
    "ndimage.median_filter(volume, size=3)",
    "ndimage.median_filter(volume, footprint=ball(2))",
    "ndimage.maximum_filter(volume, size=5)",
    "ndimage.distance_transform_edt(volume > 900)",
    "components(volume > 900)",
    "stats.norm.sf(volume / 1000)",
]

NUMBERS = ["np.median(run)", "np.mean(run[volume > 900], axis=0)"]


def make(folder: Path) -> None:
    """Write the images, of each kind and in each packing."""
    rng = np.random.default_rng(0)
    places = np.indices(SHAPE[:3]) - np.array(SHAPE[:3])[:, None, None, None] // 2
    ball = (places**2).sum(axis=0) < 27**2
    for kind, inside in {"noise": np.ones_like(ball), "masked": ball}.items():
        base = 1000 + 100 * rng.standard_normal(SHAPE[:3])
        run = (base[..., None] + 20 * rng.standard_normal(SHAPE)) * inside[..., None]
        other = run[..., ::-1].round()
        images = {"run": (run, "f4"), "other": (other, "i2"), "volume": (run[..., 0], "f4")}
        for name, (data, dtype) in images.items():
            for suffix in (".nii", ".nii.gz"):
                image = nib.Nifti1Image(data.astype(dtype), np.diag([3.0, 3.0, 3.0, 1.0]))
                nib.save(image, folder / f"{kind}_{name}{suffix}")


def measured(formula: str, kind: str, packed: str, out_file: str | None) -> tuple[float, float]:
    """Return what a plan says, and what the processor took, in seconds."""
    given = {
        name: f"{kind}_{name}{packed}" for name in ("run", "other", "volume") if name in formula
    }
    taken = []
    for _ in range(3):
        start = time.process_time()
        if out_file is None:
            plan = math_value(formula, given, num_threads=1).plan
        else:
            plan = math_img(formula, given, out_file, num_threads=1).plan
        taken.append(time.process_time() - start)
    return sum(processor_seconds(one, plan.images) for one in plan.stages), min(taken)


def main() -> None:
    """Print the ratio of each job, and how many are within which factor."""
    warnings.simplefilter("ignore", HeaderWarning)
    factors = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make(Path(folder))
        for kind in ("noise", "masked"):
            for packed, out_file in ((".nii", "out.nii"), (".nii.gz", "out.nii.gz")):
                for formula in [*IMAGES, *NUMBERS]:
                    target = None if formula in NUMBERS else out_file
                    said, taken = measured(formula, kind, packed, target)
                    factors.append(max(said / taken, taken / said))
                    print(f"{said / taken:5.2f}  {taken:6.3f} s  {formula}, {kind}{packed}")
        os.chdir("/")
    factors.sort()
    for most in (2, 3, 5):
        share = sum(factor <= most for factor in factors) / len(factors)
        print(f"within a factor of {most}: {100 * share:.0f} %")
    print(f"the farthest: {factors[-1]:.1f}")


if __name__ == "__main__":
    main()
