"""Two runs, a mask and a list of volumes, realistic and the same every time."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from tests.benchmarks.jobs import LIST_LENGTH, Array

__all__ = ["KINDS", "SHAPE", "Kind", "Runs", "make_runs"]

SHAPE = (61, 73, 61)
"""Voxels of a volume: the MNI grid at 3 mm."""

_GZIP_LEVEL = 6  # what most tools write
_TR = 2.0
_HEAD = 0.952  # radius in half fields of view: 43 % of the voxels are not zero
_BRAIN = 0.78


@dataclass(frozen=True, slots=True)
class Kind:
    """How values are stored.

    Parameters
    ----------
    dtype : str
        Of the file.
    factor : float
        From intensity to stored number.
    slope, inter : float
        scl_slope and scl_inter of the file.
    """

    dtype: str
    factor: float = 1.0
    slope: float = 1.0
    inter: float = 0.0

    def stored(self, volume: Array) -> Array:
        """Return intensities as they lie in the file; the background is stored as 0."""
        values = volume * self.factor
        if self.dtype == "float32":
            return values.astype(np.float32)
        limits = np.iinfo(self.dtype)
        return np.clip(np.rint(values), limits.min, limits.max).astype(self.dtype)


KINDS = {
    "float32": Kind("float32"),
    "int16": Kind("int16"),
    "scaled": Kind("int16", factor=10.0, slope=0.1, inter=5.0),
    "uint8": Kind("uint8", factor=0.125),
}
"""The data types by name."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The files of one kind and suffix.

    Parameters
    ----------
    folder : Path
        Where they are.
    kind, suffix : str
        A key of `KINDS`; ".nii" or ".nii.gz".
    """

    folder: Path
    kind: str
    suffix: str

    @property
    def place(self) -> Path:
        """The folder of the files; niimath reads a.nii where a.nii.gz lies beside it."""
        return self.folder / self.kind / self.suffix.lstrip(".").replace(".", "-")

    @property
    def volumes(self) -> list[str]:
        """The list of 3D files."""
        return [str(self.place / f"volume{n:02d}{self.suffix}") for n in range(LIST_LENGTH)]

    def path(self, name: str) -> str:
        """Return the file of one input: "a", "b" or "mask"."""
        return str(self.place / f"{name}{self.suffix}")

    def inputs(self, names: tuple[str, ...]) -> dict[str, str | list[str]]:
        """Return the file or files of each input of a job."""
        return {n: self.volumes if n == "volumes" else self.path(n) for n in names}


def make_runs(
    folder: Path, kind: str, suffix: str, shape: tuple[int, int, int] = SHAPE, volumes: int = 176
) -> Runs:
    """Make the files that are not there yet.

    Parameters
    ----------
    folder : Path
        The cache; one folder below it per shape.
    kind, suffix : str
        As in `Runs`.
    shape : tuple of int
        Voxels of a volume.
    volumes : int
        Length of each run.
    """
    runs = Runs(folder / "x".join(map(str, (*shape, volumes))), kind, suffix)
    runs.place.mkdir(parents=True, exist_ok=True)
    # zlib and the random generator leave the interpreter free: one core per run.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: _make_run(runs, n, shape, volumes), ("a", "b")))
    _make_mask(runs, shape)
    _make_list(runs, shape)
    return runs


def _make_run(runs: Runs, name: str, shape: tuple[int, int, int], volumes: int) -> None:
    target = Path(runs.path(name))
    if not target.exists():
        seed = 1 + "ab".index(name)
        pieces = _stored_volumes(KINDS[runs.kind], shape, volumes, seed)
        _write(target, _header(runs.kind, (*shape, volumes)), pieces)


def _make_list(runs: Runs, shape: tuple[int, int, int]) -> None:
    if Path(runs.volumes[-1]).exists():
        return
    pieces = _stored_volumes(KINDS[runs.kind], shape, LIST_LENGTH, seed=3)
    for path, piece in zip(runs.volumes, pieces, strict=True):
        _write(Path(path), _header(runs.kind, shape), [piece])


def _make_mask(runs: Runs, shape: tuple[int, int, int]) -> None:
    target = Path(runs.path("mask"))
    if not target.exists():
        header = _header("float32", shape)
        header.set_data_dtype(np.uint8)
        inside = (_radius(shape) < _BRAIN).astype(np.uint8)
        _write(target, header, [inside.tobytes(order="F")])


def _stored_volumes(
    kind: Kind, shape: tuple[int, int, int], volumes: int, seed: int
) -> Iterator[bytes]:
    for volume in _intensities(shape, volumes, seed):
        yield kind.stored(volume).tobytes(order="F")


def _intensities(shape: tuple[int, int, int], volumes: int, seed: int) -> Iterator[Array]:
    """Yield volumes: smooth anatomy, AR(1) noise in time, a Rician floor, nothing outside."""
    rng = np.random.default_rng(seed)
    radius = _radius(shape)
    anatomy = _anatomy(shape) * (radius < _BRAIN)
    head = radius < _HEAD
    drift = rng.standard_normal(shape)
    for _ in range(volumes):
        drift = 0.4 * drift + np.sqrt(1 - 0.4**2) * rng.standard_normal(shape)
        yield np.hypot(anatomy + 12 * drift, 12 * rng.standard_normal(shape)) * head


def _radius(shape: tuple[int, int, int]) -> Array:
    """Return the distance from the centre, 1 at the faces of the field of view."""
    axes = [np.linspace(-1, 1, n) for n in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    return np.asarray(np.sqrt(x**2 + y**2 + z**2))


def _anatomy(shape: tuple[int, int, int]) -> Array:
    """Return a sum of waves of low spatial frequency around 1000, the same for every run."""
    rng = np.random.default_rng(0)
    axes = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij", sparse=True)
    total = np.full(shape, 1000.0)
    for _ in range(12):
        frequency = rng.uniform(-6, 6, 3)
        phase = sum(f * axis for f, axis in zip(frequency, axes, strict=True))
        total += 60 * np.cos(phase + rng.uniform(0, 2 * np.pi))
    return total


def _header(kind: str, shape: tuple[int, ...]) -> Any:
    header = nib.Nifti1Header()
    header.set_data_dtype(np.dtype(KINDS[kind].dtype))
    header.set_data_shape(shape)
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:3, 3] = (-90, -126, -72)
    header.set_sform(affine, 1)
    header.set_qform(affine, 1)
    header.set_xyzt_units("mm", "sec")
    if len(shape) > 3:
        header["pixdim"][4] = _TR
    header.set_slope_inter(KINDS[kind].slope, KINDS[kind].inter)
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    return header


def _write(target: Path, header: Any, pieces: Iterator[bytes] | list[bytes]) -> None:
    """Write an image, complete or not at all; the .gz as one usual member."""
    part = target.with_name(f"part_{target.name}")
    with part.open("wb") as file:
        file.write(header.binaryblock + b"\0" * 4)
        file.writelines(pieces)
    if target.suffix == ".gz":
        _compress(part)
    os.replace(part, target)


def _compress(path: Path) -> None:
    packed = path.with_name(f"{path.name}.packed")
    with (
        path.open("rb") as plain,
        packed.open("wb") as raw,
        gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as member,
    ):
        shutil.copyfileobj(plain, member, 1 << 20)
    os.replace(packed, path)
