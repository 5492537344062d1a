"""Large jobs: what they cost, and that their peak does not grow with the number of volumes.

``python -m tests.benchmarks.scale`` makes runs of 104x104x72 int16 .nii.gz (1200 volumes: 1.9 GB
decoded, as of the HCP) and a list of 1500 volumes in TMPDIR, and removes them again. It takes
minutes, and some 4 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from isal import igzip

from nipype_mathimg import explain
from tests.benchmarks.measure import Cost, measure
from tests.benchmarks.report import load_and_processor

__all__ = ["main"]

SHAPE = (104, 104, 72)
MAP_SHAPE = (53, 63, 46)

RUN_JOBS = (
    "np.mean(a, axis=-1)",
    "np.mean(a, axis=-1) / np.std(a, axis=-1)",
    "a * 2",
    "(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)",
)
"""Of one run: a volume in one pass, a run in one pass, a run in two."""

LIST_JOBS = ("np.mean(maps, axis=-1)", "np.median(maps, axis=-1)")

_CODE = """
import json, sys
from nipype_mathimg import math_img
formula, inputs, out_file, threads = json.loads(sys.argv[1])
math_img(formula, inputs, out_file, copy_header_from=next(iter(inputs)), num_threads=threads)
"""


def _brain(shape: Sequence[int]) -> np.ndarray[Any, Any]:
    where = [(np.arange(n) / n - 0.5) ** 2 for n in shape]
    return np.add.outer(np.add.outer(where[0], where[1]), where[2]) < 0.2


def _run(path: Path, volumes: int) -> str:
    """Write a run volume by volume: it is larger than what one process should hold."""
    rng = np.random.default_rng(1)
    brain = _brain(SHAPE)
    header = nib.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((*SHAPE, volumes))
    header.set_zooms((2, 2, 2, 0.72))
    header.set_xyzt_units("mm", "sec")
    header.set_sform(np.diag([2, 2, 2, 1]), 1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    with igzip.open(path, "wb", compresslevel=1) as file:
        file.write(header.binaryblock + bytes(4))
        for _ in range(volumes):
            noise = rng.standard_normal(SHAPE, np.float32) * 50 + 9000
            file.write(np.where(brain, noise, 0).astype(np.int16).tobytes(order="F"))
    return str(path)


def _maps(folder: Path, count: int) -> list[str]:
    rng = np.random.default_rng(2)
    brain = _brain(MAP_SHAPE)
    files = []
    for number in range(count):
        values = np.where(brain, rng.standard_normal(MAP_SHAPE, np.float32), 0)
        files.append(str(folder / f"map{number:04}.nii.gz"))
        image = nib.Nifti1Image(values, np.eye(4))
        Path(files[-1]).write_bytes(igzip.compress(image.to_bytes(), 1))
    return files


def _line(label: str, formula: str, inputs: dict[str, Any], folder: Path, threads: int) -> str:
    given = json.dumps([formula, inputs, str(folder / "out.nii.gz"), threads])
    cost: Cost = measure([[sys.executable, "-c", _CODE, given]], {"TMPDIR": str(folder)})
    donor = next(iter(inputs))
    plan = explain(formula, inputs, copy_header_from=donor, num_threads=threads)
    return (
        f"| {label} | `{formula}` | {threads} | {cost.wall:.1f} | {cost.cpu:.1f} "
        f"| {cost.peak_bytes / 1e6:.0f} | {plan.disk_bytes / 1e6:.0f} |"
    )


def _lines(folder: Path, lengths: Sequence[int], files: int, threads: int) -> Iterator[str]:
    yield "| of | formula | threads | wall s | CPU s | peak MB | temporary disk MB |"
    yield "|" + "---|" * 7
    for volumes in lengths:
        path = _run(folder / "run.nii.gz", volumes)
        for formula in RUN_JOBS:
            yield _line(f"{volumes} volumes", formula, {"a": path}, folder, threads)
    if files:
        maps = _maps(folder, files)
        for formula in LIST_JOBS:
            yield _line(f"{files} files", formula, {"maps": maps}, folder, threads)


def main() -> None:
    """Make the files and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale")
    parser.add_argument("--volumes", type=int, nargs="*", default=[300, 1200])
    parser.add_argument("--files", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mathimg_scale_") as folder:
        print(load_and_processor(), flush=True)
        for line in _lines(Path(folder), given.volumes, given.files, given.threads):
            print(line, flush=True)


if __name__ == "__main__":
    main()
