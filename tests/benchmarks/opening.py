"""What it costs to open a dense series of CIFTI-2, beside a NIfTI of as many elements.

    python -m tests.benchmarks.opening --repeats 20

Each is opened again and again in a process of its own. Prints CPU milliseconds, the least of the
repeats, and the MB that the process grows by at the most when it opens the first one: what is
loaded for that is among them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import nibabel as nib
import numpy as np

from nipype_mathimg.images.files.source import open_source
from tests.benchmarks.live import forget_peak, peak_bytes
from tests.benchmarks.surfaces import write

__all__ = ["GOALS", "main"]

GOALS = (20.0, 3.0)
"""CPU milliseconds and MB (1e6 bytes) that CIFTI-2 may take beyond NIfTI."""

TIMES = 4
"""No element is read: the length of the series does not matter."""

SHAPE = (91, 59, 17, TIMES)
"""Of the NIfTI: 91273 voxels, as many as there are grayordinates but for nine."""


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def cost(path: Path, repeats: int) -> tuple[float, float]:
    """Return the milliseconds of opening a file, and the MB."""
    before = _resident()
    forget_peak()
    kept = open_source("a", path)
    grown = max(peak_bytes() - before, 0)
    del kept
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        open_source("a", path)
        seconds.append(time.process_time() - start)
    return min(seconds) * 1e3, grown / 1e6


def _apart(path: Path, repeats: int) -> tuple[float, float]:
    # Memory that this process freed would hide what another file takes.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(cost, path, repeats).result()


def main() -> None:
    """Measure, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), TIMES)
        volume = Path(folder, "a.nii")
        nib.save(nib.Nifti1Image(np.zeros(SHAPE, np.float32), np.eye(4)), volume)
        plain = _apart(volume, given.repeats)
        dense = _apart(Path(folder, "a.dtseries.nii"), given.repeats)
    print(f"{'file':10} {'CPU ms':>7} {'MB':>6}")
    for name, (spent, grown) in (("NIfTI", plain), ("dtseries", dense)):
        print(f"{name:10} {spent:7.2f} {grown:6.2f}")
    met = all(more - less <= goal for more, less, goal in zip(dense, plain, GOALS, strict=True))
    limits = f"{GOALS[0]:g} ms, {GOALS[1]:g} MB more"
    print(f"goal: at most {limits}: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
