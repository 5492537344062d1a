"""The pictures of a report, computed by the calculator itself from the written files."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from nipype_mathimg.calc.inputs import InputValue, open_inputs
from nipype_mathimg.calc.planes import Volume, volume_of
from nipype_mathimg.calc.result import Result
from nipype_mathimg.calc.run import math_img
from nipype_mathimg.errors import HeaderWarning
from nipype_mathimg.frozen import Unique
from nipype_mathimg.spec import Array, ArraySpec, DataRange

__all__ = ["Seen", "first_volume", "seen"]

_MOST_VOXELS = 4 << 20
"""Of a volume that is held: twice as many along each axis as a page of 1600 pixels can show."""

BINS = 60
"""Of a histogram: as many as can be told apart in half of a page."""


class Seen(Unique):
    """What a report shows of an image.

    Parameters
    ----------
    spec : ArraySpec
        Shape and axes of the file.
    volumes : mapping
        For each title a volume; none for a surface.
    counted : str
        What the histogram counts.
    counts : array or None
        How many in each bin; None where no value is finite.
    edges : array
        Ends of the bins.
    signal : array or None
        The mean of each volume.
    """

    spec: ArraySpec
    volumes: Mapping[str, Volume]
    counted: str
    counts: Array | None
    edges: Array
    signal: Array | None


def _evaluated(program: str, given: InputValue, outputs: list[str], threads: int | None) -> Result:
    with warnings.catch_warnings():
        # About headers that nobody keeps.
        warnings.simplefilter("ignore", HeaderWarning)
        return math_img(program, {"image": given}, outputs=outputs, num_threads=threads)


def _spec_of(given: InputValue) -> ArraySpec:
    return open_inputs("image", ["image"], {"image": given}, 0.01, ()).images["image"].spec.shown


def _has_volumes(spec: ArraySpec) -> bool:
    return spec.ndim >= 3 and all(axis.is_space for axis in spec.axes[:3])


def _thinned(spec: ArraySpec) -> str:
    """Return an expression for an image with as many voxels as a page can show."""
    size, step = int(np.prod(spec.shape[:3])), 1
    while size // step**3 > _MOST_VOXELS:
        step += 1
    part = ", ".join([f"::{step}"] * 3)
    whole = "np.abs(image)" if spec.dtype.kind == "c" else "image"
    return f"{whole}[{part}]" if step > 1 else whole


def first_volume(given: InputValue, threads: int | None) -> tuple[str, Volume] | None:
    """Return the first volume of an image, with a title where there are more.

    None for an image that has no volume, as a surface.
    """
    spec = _spec_of(given)
    if not _has_volumes(spec) or spec.dtype.kind not in "biufc":
        return None
    first = _thinned(spec) + "[..., 0]" * (spec.ndim - 3)
    made = _evaluated(f"first = {first} * 1", given, ["first"], threads)
    volume = volume_of(made.load("first"))
    title = "first volume" if spec.size > np.prod(spec.shape[:3]) else ""
    return None if volume is None else (title, volume)


def seen(given: InputValue, found: DataRange, threads: int | None) -> Seen:
    """Return what a report shows of an image, which is read once, volume by volume.

    Parameters
    ----------
    given : path or image
        The image.
    found : DataRange
        The range of its voxels.
    threads : int or None
        Threads that compute.
    """
    spec = _spec_of(given)
    if not _has_volumes(spec):
        return _seen_elsewhere(given, spec, found, threads)
    if spec.ndim == 4 and spec.shape[3] > 1:
        return _seen_over_time(given, spec, found, threads)
    first = first_volume(given, threads)
    if first is None:
        return Seen(spec, {}, "", None, np.zeros(0), None)
    title, volume = first
    counts, edges = _histogram(volume)
    return Seen(spec, {title: volume}, f"voxels of the {title or 'image'}", counts, edges, None)


def _seen_over_time(
    given: InputValue, spec: ArraySpec, found: DataRange, threads: int | None
) -> Seen:
    image, thin = "np.abs(image)" if spec.dtype.kind == "c" else "image", _thinned(spec)
    nan = "nan" if found.non_finite else ""
    lines = []
    if nan:
        # Infinity would hide what is beside it, as NaN would.
        lines = [f"whole = {image}", "kept = np.where(np.isfinite(whole), whole, np.nan)"]
        thin, image = thin.replace(image, "kept"), "kept"
    lines += [
        f"mean = np.{nan}mean({thin}, axis=3)",
        f"sd = np.{nan}std({thin}, axis=3)",
        f"signal = np.{nan}mean({image}, axis=(0, 1, 2))",
    ]
    made = _evaluated("\n".join(lines), given, ["mean", "sd", "signal"], threads)
    along = "over time" if spec.axes[3].is_time else "along the fourth axis"
    shown = {"Mean": volume_of(made.load("mean")), "SD": volume_of(made.load("sd"))}
    volumes = {f"{title} {along}": volume for title, volume in shown.items() if volume}
    counts, edges = _histogram(shown["Mean"])
    counted = f"voxels of the mean {along}"
    return Seen(spec, volumes, counted, counts, edges, np.asarray(made.values["signal"]))


def _seen_elsewhere(
    given: InputValue, spec: ArraySpec, found: DataRange, threads: int | None
) -> Seen:
    """Return what is shown of vertices and grayordinates: no planes."""
    image = "np.abs(image)" if spec.dtype.kind == "c" else "image"
    low, high = found.minimum, found.maximum
    if not low < high:
        return Seen(spec, {}, "", None, np.zeros(0), None)
    lines = [f"counts = np.histogram({image}, bins={BINS}, range=({low!r}, {high!r}))[0]"]
    times = [k for k, axis in enumerate(spec.axes) if axis.is_time]
    if spec.ndim == 2 and times:
        lines.append(f"signal = np.nanmean({image}, axis={1 - times[0]})")
    names = [line.split()[0] for line in lines]
    values = _evaluated("\n".join(lines), given, names, threads).values
    signal = np.asarray(values["signal"]) if "signal" in values else None
    edges = np.linspace(low, high, BINS + 1)
    return Seen(spec, {}, "values", np.asarray(values["counts"]), edges, signal)


def _histogram(volume: Volume | None) -> tuple[Any, Any]:
    if volume is None:
        return None, np.zeros(0)
    finite = volume.values[np.isfinite(volume.values)]
    return np.histogram(finite.astype(np.float64), BINS) if finite.size else (None, np.zeros(0))
