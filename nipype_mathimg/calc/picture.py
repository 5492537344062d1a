"""A small picture of a result for a notebook, where matplotlib is there."""

from __future__ import annotations

from base64 import b64encode
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.spec import Array

if TYPE_CHECKING:
    from nipype_mathimg.calc.result import Result

__all__ = ["pictures_of"]

_MOST_PICTURES = 3
"""A program may have many results; the first tell whether it went right."""

_MOST_BYTES = 256 << 20
"""Beyond, to get at the middle of a compressed volume takes longer than a notebook may wait."""


def pictures_of(result: Result) -> str:
    """Return pictures of the first images of a result, as HTML; nothing without matplotlib."""
    if find_spec("matplotlib") is None:
        return ""
    names = list(result.data_ranges)[:_MOST_PICTURES]
    return "".join(filter(None, (_picture(result.load(name), name) for name in names)))


def _picture(image: Any, name: str) -> str:  # noqa: ANN401 - of any class of nibabel
    shape = image.shape
    if len(shape) < 3 or np.prod(shape[:3]) * 8 > _MOST_BYTES:
        return ""
    # The first volume lies at the start of the file.
    place = (...,) + (0,) * (len(shape) - 3)
    volume = np.asanyarray(image.dataobj[place])
    if volume.dtype.kind == "c":
        volume = np.abs(volume)
    data = b64encode(_drawn(volume, np.sqrt((image.affine[:3, :3] ** 2).sum(axis=0)))).decode()
    return f'<img alt="{name or "result"}, three planes" src="data:image/png;base64,{data}">'


def _drawn(volume: Array, steps: Array) -> bytes:
    """Return the three planes through the middle, as a PNG."""
    from matplotlib.figure import Figure

    finite = volume[np.isfinite(volume)]
    # A few voxels of vessels must not make all others black.
    low, high = np.percentile(finite, (1, 99)) if finite.size else (0, 1)
    figure = Figure(figsize=(6, 2.2), layout="constrained")
    limits = {"cmap": "gray", "vmin": low, "vmax": high}
    for k, axes in enumerate(figure.subplots(1, 3)):
        plane = np.take(volume, volume.shape[k] // 2, axis=k)
        one, two = (step for j, step in enumerate(steps) if j != k)
        shown = axes.imshow(plane.T, origin="lower", aspect=two / one, **limits)
        axes.set_axis_off()
        if k == 2:
            figure.colorbar(shown, ax=figure.axes, shrink=0.8)
    made = BytesIO()
    figure.savefig(made, format="png", dpi=80)
    return made.getvalue()
