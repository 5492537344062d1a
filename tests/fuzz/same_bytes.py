"""Compressed results whose bytes may depend on nothing but voxels, formula and header.

Pieces are made small, so that one file has many of them, and threads change every microsecond:
whatever else could decide about a piece (the state of a compressor, its buffers, the order in
which threads end, the memory around a block) has as many chances as possible.
"""

from __future__ import annotations

import ast
import gzip
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import nibabel as nib
import numpy as np

from nipype_mathimg import math_img
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.formula.plan.plan import make_plan
from nipype_mathimg.formula.types.limits import LIMITS
from tests.fuzz.report import CaseReport, run_cases

__all__ = ["run_same_bytes"]

FORMULAS = (
    "np.clip(a, min=-3)", "a * 2", "a", "a * m", "a > 3", "np.where(m, a, 0)", "b / 3",
    "b - np.mean(b, axis=-1)", "np.mean(b, axis=-1)", "b / np.std(b, axis=-1)", "np.sqrt(b)",
    "np.log2(b) * 0", "a / (b - b)", "np.median(a, axis=-1)", "np.sort(b, axis=-1)",
    "np.cumsum(a, axis=-1)", "b[..., ::-1]", "b[::-1]", "a.astype('float32')", "np.fmin(b, a)",
    "np.fmax(b, np.nan)", "np.rint(b)", "(b - np.mean(b)) / np.std(b)", "np.roll(a, 3, axis=0)",
    "np.nan_to_num(b)", "np.maximum(a, b) + np.nan", "ndimage.uniform_filter(b, 3)",
    "ndimage.binary_erosion(m)", "np.percentile(a, 30, axis=-1)", "np.arctan2(a, b)", "b ** a",
)  # fmt: skip
"""Pointwise, reducing, ordering, looking around; whole numbers, fractions, NaN."""


def run_same_bytes(
    seed: int, numbers: Sequence[int], tell: Callable[[str], object] = lambda text: None
) -> CaseReport:
    """Write each result twice, in other ways, and compare the files."""

    def judge(number: int) -> str:
        found = _differs(np.random.default_rng((seed, number)), Path(name))
        assert found is None, found
        return "same"

    with tempfile.TemporaryDirectory(prefix="mathimg_fuzz_") as name, _hasty_threads():
        return run_cases("bytes", seed, numbers, judge, tell=tell, seconds=60)


@contextmanager
def _hasty_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _differs(rng: np.random.Generator, folder: Path) -> str | None:
    formula = str(rng.choice(FORMULAS))
    files = _images(rng, folder)
    used = {name: path for name, path in files.items() if _uses(formula, name)}
    limits = LIMITS.changed(chunk=int(rng.integers(700, 20000)), small_image=0)
    ways = [(1, 256), (int(rng.integers(2, 7)), int(rng.choice([4, 5, 16, 64, 256])))]
    contents = []
    for k, (threads, memory) in enumerate(ways):
        out = folder / f"out{k}.nii.gz"
        with (
            mock.patch("nipype_mathimg.calc.job.make_plan", partial(make_plan, limits=limits)),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            try:
                math_img(
                    formula,
                    used,
                    out,
                    copy_header_from=next(iter(used)),
                    num_threads=threads,
                    memory=memory << 20,
                )
            except MathImgError as error:
                if "memory" in str(error):
                    return None  # the smaller budget is too small
                return f"{formula}: {error}"
        contents.append(out.read_bytes())
    if contents[0] == contents[1]:
        return None
    return f"{formula}, pieces of {limits.chunk} voxels, {ways}: {_told(*contents)}"


def _uses(formula: str, name: str) -> bool:
    tree = ast.parse(formula)
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _told(first: bytes, second: bytes) -> str:
    """Say where two files differ, packed and decoded."""
    places = [_first_difference(first, second)]
    decoded = [gzip.decompress(content) for content in (first, second)]
    places.append(_first_difference(*decoded))
    return (
        f"{len(first)} and {len(second)} bytes, the first that differs is {places[0]}; decoded "
        f"{len(decoded[0])} and {len(decoded[1])}, {places[1]}"
    )


def _first_difference(first: bytes, second: bytes) -> int | None:
    if first == second:
        return None
    pairs = enumerate(zip(first, second, strict=False))
    return next((k for k, (x, y) in pairs if x != y), min(len(first), len(second)))


def _images(rng: np.random.Generator, folder: Path) -> dict[str, str]:
    shape = tuple(int(n) for n in (*rng.integers(10, 40, 3), rng.integers(2, 12)))
    data = {
        "a": rng.integers(-100, 100, shape).astype("i2"),
        "b": np.rint(rng.normal(0, 5, shape)).astype("f4"),
        "m": (rng.random(shape[:3]) < 0.4).astype("u1"),
    }
    paths = {}
    for name, values in data.items():
        paths[name] = str(folder / f"{name}.nii.gz")
        image = nib.Nifti1Image(values, np.eye(4))
        nib.save(image, paths[name])
    return paths
