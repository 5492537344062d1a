"""Thousands of formulas in one process: ``python -m tests.promises.endurance --cases 2000``."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
from pathlib import Path

import psutil

from tests.fuzz.case import judged, random_case

__all__ = ["Held", "held_after"]

GROWTH = 30 << 20
"""Bytes by which a process may grow: caches of formulas fill up, and memory gets fragmented."""


class Held:
    """What a process holds: memory, open files, threads, temporary files."""

    def __init__(self) -> None:
        gc.collect()
        process = psutil.Process()
        self.memory = process.memory_info().rss
        self.files = process.num_fds()
        self.threads = threading.active_count()
        self.temporary = sorted(n for n in os.listdir(tempfile.gettempdir()) if "mathimg" in n)

    def more_than(self, before: Held) -> list[str]:
        """Return what grew."""
        grown = []
        if self.memory > before.memory + GROWTH:
            grown.append(f"memory by {(self.memory - before.memory) >> 20} MiB")
        if self.files > before.files:
            grown.append(f"open files from {before.files} to {self.files}")
        if self.threads > before.threads:
            grown.append(f"threads from {before.threads} to {self.threads}")
        return grown


def held_after(seed: int, warm: int, cases: int) -> list[str]:
    """Return what a process holds more after some random formulas than after the first ones."""
    for number in range(warm):
        judged(random_case(seed, number))
    before = Held()
    for number in range(warm, warm + cases):
        judged(random_case(seed, number))
    return Held().more_than(before)


def map_node(count: int) -> list[str]:
    """Return what a process holds more after one MapNode over many small files."""
    import nibabel as nib
    import nipype.pipeline.engine as pe
    import numpy as np

    from nipype_mathimg.interfaces import MathImg

    with tempfile.TemporaryDirectory(prefix="endurance_") as name:
        folder = Path(name)
        files = [str(folder / f"{k}.nii.gz") for k in range(count)]
        for k, file in enumerate(files):
            nib.save(nib.Nifti1Image(np.full((4, 4, 4), k, np.int16), np.eye(4)), file)
        before = Held()
        made = pe.MapNode(MathImg("a + 1"), ["a"], "made", base_dir=name)
        made.inputs.a = files
        out = made.run().outputs.out_file
        held = Held().more_than(before)
        for k, file in enumerate(out):
            if int(np.asanyarray(nib.load(file).dataobj).max()) != k + 1:
                held.append(f"{file} is wrong")
    return held


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--files", type=int, default=0, help="of one MapNode instead")
    given = parser.parse_args()
    grown = map_node(given.files) if given.files else held_after(9, 300, given.cases)
    print("; ".join(grown) or "nothing grew")
    sys.exit(bool(grown))
