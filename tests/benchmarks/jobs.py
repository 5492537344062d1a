"""The jobs: one row each, with the formula, every tool's spelling of it and the float64 answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["JOBS", "LIST_LENGTH", "Array", "Cannot", "Job"]

Array = npt.NDArray[Any]

LIST_LENGTH = 30
"""Number of 3D files in the job over a list."""

_EVERY_KIND = ("float32", "int16", "scaled", "uint8")


@dataclass(frozen=True, slots=True)
class Cannot:
    """Why a tool cannot do a job.

    Parameters
    ----------
    reason : str
        For the cell of the table.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Job:
    """One computation, and how each tool is asked for it.

    Parameters
    ----------
    name : str
        Short name, for the command line.
    formula : str
        For this package.
    inputs : tuple of str
        Its inputs: runs "a" and "b", the "mask", the list of "volumes".
    reference : callable
        float64 arrays of the inputs -> the right answer.
    scale : float
        Size of the intermediate values: an absolute error of ``tolerance * scale`` is rounding.
    niimath, mrtrix, workbench : tuple of str, or Cannot
        Commands, one after the other. ``{a}`` is a file, ``{v0}`` one of the list, ``{out}`` the
        result, ``{tmp}`` the stem of a temporary file.
    nilearn : str
        Formula for nilearn's ``math_img``, where it is another.
    result_3d : bool
        The result is one volume.
    kinds : tuple of str
        Data types on which it runs.
    share : float
        Share of voxels that may differ; for thresholds, which flip at a rounding error.
    prototype : bool
        The prototype of the engine can do it.
    niimath_reference : callable, optional
        What niimath gives by its own definition, which `remark` explains; it is checked against
        this.
    remark : str
        For the reader of the table.
    """

    name: str
    formula: str
    inputs: tuple[str, ...]
    reference: Callable[..., Array]
    scale: float
    niimath: tuple[str, ...] | Cannot
    mrtrix: tuple[str, ...] | Cannot
    workbench: tuple[str, ...] | Cannot
    nilearn: str = ""
    result_3d: bool = False
    kinds: tuple[str, ...] = ("float32",)
    share: float = 0.0
    prototype: bool = False
    niimath_reference: Callable[..., Array] | None = None
    remark: str = ""


def _listed(pattern: str, separator: str = " ") -> str:
    return separator.join(pattern.replace("#", str(n)) for n in range(LIST_LENGTH))


def _tsnr(a: Array) -> Array:
    return np.asarray(a.mean(axis=-1) / a.std(axis=-1, ddof=1))


def _zscore(a: Array) -> Array:
    deviation = a.std(axis=-1, ddof=1, keepdims=True)
    return np.asarray((a - a.mean(axis=-1, keepdims=True)) / deviation)


def _upper_median(a: Array) -> Array:
    middle = a.shape[-1] // 2
    return np.asarray(np.partition(a, middle, axis=-1)[..., middle])


_ROWS = (
    Job(
        name="copy",
        formula="a * 1",
        inputs=("a",),
        reference=lambda a: a * 1,
        scale=1000,
        niimath=("niimath {a} -mul 1 {out}",),
        mrtrix=("mrcalc {a} 1 -mult {out}",),
        workbench=("wb_command -volume-math a*1 {out} -var a {a}",),
        kinds=_EVERY_KIND,
        prototype=True,
    ),
    Job(
        name="ratio",
        formula="(a - b) / b",
        inputs=("a", "b"),
        reference=lambda a, b: (a - b) / b,
        scale=1,
        niimath=("niimath {a} -sub {b} -div {b} {out}",),
        mrtrix=("mrcalc {a} {b} -sub {b} -div {out}",),
        workbench=("wb_command -volume-math (a-b)/b {out} -var a {a} -var b {b}",),
        kinds=_EVERY_KIND,
        prototype=True,
    ),
    Job(
        name="mean_difference",
        formula="np.mean(a, axis=-1) - np.mean(b, axis=-1)",
        inputs=("a", "b"),
        reference=lambda a, b: a.mean(axis=-1) - b.mean(axis=-1),
        scale=1000,
        niimath=(
            "niimath {b} -gz 0 -Tmean {tmp}b.nii",
            "niimath {a} -Tmean -sub {tmp}b.nii {out}",
        ),
        mrtrix=(
            "mrmath {a} mean {tmp}a.nii -axis 3",
            "mrmath {b} mean {tmp}b.nii -axis 3",
            "mrcalc {tmp}a.nii {tmp}b.nii -sub {out}",
        ),
        workbench=(
            "wb_command -volume-reduce {a} MEAN {tmp}a.nii",
            "wb_command -volume-reduce {b} MEAN {tmp}b.nii",
            "wb_command -volume-math a-b {out} -var a {tmp}a.nii -var b {tmp}b.nii",
        ),
        result_3d=True,
    ),
    Job(
        name="mask",
        formula="a * (mask > 0)",
        inputs=("a", "mask"),
        reference=lambda a, mask: a * (mask[..., None] > 0),
        scale=1000,
        niimath=("niimath {a} -mas {mask} {out}",),
        mrtrix=("mrcalc {a} {mask} 0 -gt -mult {out}",),
        workbench=(
            "wb_command -volume-math a*(mask>0) {out} -var a {a} -var mask {mask} -repeat",
        ),
        nilearn="a * (mask[..., None] > 0)",
    ),
    Job(
        name="magnitude",
        formula="np.sqrt(a * a + b * b)",
        inputs=("a", "b"),
        reference=lambda a, b: np.sqrt(a * a + b * b),
        scale=1000,
        niimath=(
            "niimath {b} -gz 0 -sqr {tmp}b.nii",
            "niimath {a} -sqr -add {tmp}b.nii -sqrt {out}",
        ),
        mrtrix=("mrcalc {a} {a} -mult {b} {b} -mult -add -sqrt {out}",),
        workbench=("wb_command -volume-math sqrt(a*a+b*b) {out} -var a {a} -var b {b}",),
        kinds=_EVERY_KIND,
        prototype=True,
    ),
    Job(
        name="tsnr",
        formula="np.mean(a, axis=-1) / np.std(a, axis=-1, ddof=1)",
        inputs=("a",),
        reference=_tsnr,
        scale=100,
        niimath=(
            "niimath {a} -gz 0 -Tstd {tmp}s.nii",
            "niimath {a} -Tmean -div {tmp}s.nii {out}",
        ),
        mrtrix=(
            "mrmath {a} mean {tmp}m.nii -axis 3",
            "mrmath {a} std {tmp}s.nii -axis 3",
            "mrcalc {tmp}m.nii {tmp}s.nii -div {out}",
        ),
        workbench=("wb_command -volume-reduce {a} TSNR {out}",),
        result_3d=True,
    ),
    Job(
        name="zscore",
        formula="(a - np.mean(a, axis=-1)) / np.std(a, axis=-1, ddof=1)",
        inputs=("a",),
        reference=_zscore,
        scale=100,
        niimath=(
            "niimath {a} -gz 0 -Tmean {tmp}m.nii",
            "niimath {a} -gz 0 -Tstd {tmp}s.nii",
            "niimath {a} -sub {tmp}m.nii -div {tmp}s.nii {out}",
        ),
        mrtrix=(
            "mrmath {a} mean {tmp}m.nii -axis 3",
            "mrmath {a} std {tmp}s.nii -axis 3",
            "mrcalc {a} {tmp}m.nii -sub {tmp}s.nii -div {out}",
        ),
        workbench=(
            "wb_command -volume-reduce {a} MEAN {tmp}m.nii",
            "wb_command -volume-reduce {a} SAMPSTDEV {tmp}s.nii",
            "wb_command -volume-math (a-m)/s {out} -var a {a} -var m {tmp}m.nii -repeat"
            " -var s {tmp}s.nii -repeat",
        ),
        nilearn="(a - np.mean(a, axis=-1, keepdims=True))"
        " / np.std(a, axis=-1, ddof=1, keepdims=True)",
    ),
    Job(
        name="median",
        formula="np.median(a, axis=-1)",
        inputs=("a",),
        reference=lambda a: np.median(a, axis=-1),
        scale=1000,
        niimath=("niimath {a} -Tmedian {out}",),
        mrtrix=("mrmath {a} median {out} -axis 3",),
        workbench=("wb_command -volume-reduce {a} MEDIAN {out}",),
        result_3d=True,
        niimath_reference=_upper_median,
        remark="niimath takes the upper of the two middle values",
    ),
    Job(
        name="percentile",
        formula="a > np.percentile(a, 98)",
        inputs=("a",),
        reference=lambda a: a > np.percentile(a, 98),
        scale=1,
        niimath=Cannot("-thrp is a share of the robust range, no percentile"),
        mrtrix=("mrthreshold {a} -percentile 98 -allvolumes -comparison gt {out}",),
        workbench=Cannot("percentiles of one volume only, and not in a formula"),
        share=1e-6,
    ),
    Job(
        name="list_mean",
        formula="np.mean(volumes, axis=-1)",
        inputs=("volumes",),
        reference=lambda volumes: volumes.mean(axis=-1),
        scale=1000,
        niimath=("niimath " + _listed("{v#}", " -add ") + f" -div {LIST_LENGTH} " + "{out}",),
        mrtrix=("mrmath " + _listed("{v#}") + " mean {out}",),
        workbench=(
            f"wb_command -volume-math ({_listed('v#', '+')})/{LIST_LENGTH} "
            + "{out} "
            + _listed("-var v# {v#}"),
        ),
        result_3d=True,
    ),
)

JOBS: dict[str, Job] = {job.name: job for job in _ROWS}
"""Every job by its name."""
