"""What is claimed of one operation, and whether it is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

from nipype_mathimg import math_img, math_table
from nipype_mathimg.formula.program import input_names

__all__ = ["LEVELS", "Claim", "claims", "computed", "make_samples", "share", "untrue"]

COUNTED = ("same", "value", "option")
"""Levels that count: the same image, a number, an option or nothing to do."""

LEVELS = (*COUNTED, "near", "no")


@dataclass(frozen=True)
class Claim:
    """What is claimed of one operation.

    Parameters
    ----------
    name : str
        Of the operation.
    level : str
        ``same``, ``value``, ``option``; ``near`` where a formula does the like with other
        numbers, which does not count; ``no``.
    text : str
        The formula, the option, or the reason.
    """

    name: str
    level: str
    text: str


def claims(file: str) -> list[Claim]:
    """Read a file of claims, one a line: ``name | level | text``."""
    found = []
    for line in Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines():
        name, level, text = (part.strip() for part in line.split(" | ", 2))
        assert level in LEVELS, line
        found.append(Claim(name, level, text))
    return found


def make_samples(folder: Path) -> dict[str, Path]:
    """Write an image for each name that formulas use."""
    rng = np.random.default_rng(3)
    shape = (9, 10, 8)
    values = rng.normal(2, 1, (*shape, 6)).astype("float32")
    labels = rng.integers(0, 4, shape).astype("int16")
    samples = {
        "a": values[..., 0], "b": values[..., 1], "c": values[..., 2], "d": values[..., 3],
        "mask": (values[..., 4] > 1.5).astype("uint8"), "labels": labels, "other": labels[::-1],
        "run": values, "vector": values[..., :3], "vector2": values[..., 3:], "tensor": values,
        "kernel": values[:3, :4, :5, 0],
    }  # fmt: skip
    for name, data in samples.items():
        image = nib.Nifti1Image(np.ascontiguousarray(data), np.diag([-2, 2, 2.5, 1.0]))
        image.header.set_xyzt_units("mm", "sec")
        nib.save(image, folder / f"{name}.nii.gz")
    return {name: folder / f"{name}.nii.gz" for name in samples}


def untrue(claim: Claim, samples: Mapping[str, Path], folder: Path) -> str:
    """Return why a claim cannot be computed, or nothing."""
    try:
        computed(claim, samples, folder)
    except ValueError as error:
        return f"{claim.name}: {claim.text}\n    {error}"
    return ""


def computed(claim: Claim, samples: Mapping[str, Path], folder: Path) -> None:
    """Compute what is claimed; raises what the package raises."""
    if claim.level not in ("same", "value", "near"):
        return
    inputs = {name: samples[name] for name in input_names(claim.text)}
    if claim.level == "value":
        math_table(claim.text, inputs)
        return
    donor = next(iter(inputs))
    out_file = folder / "out.nii.gz"
    try:
        math_img(claim.text, inputs, out_file, copy_header_from=donor)
    except ValueError:  # a spectrum, or a mirror image: on the grid of the image
        math_img(claim.text, inputs, out_file, copy_header_from=donor, grid="header")


def share(found: Sequence[Claim]) -> float:
    """Return the part that counts."""
    return sum(claim.level in COUNTED for claim in found) / len(found)
