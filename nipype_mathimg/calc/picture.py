"""A small picture of a result for a notebook, where matplotlib is there."""

from __future__ import annotations

from base64 import b64encode
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.calc.planes import Volume, draw_planes, volume_of

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
    # Surfaces have no planes, and the class of GIFTI files not even a shape.
    if len(getattr(image, "shape", ())) < 3 or np.prod(image.shape[:3]) * 8 > _MOST_BYTES:
        return ""
    volume = volume_of(image)
    if volume is None:
        return ""
    data = b64encode(_drawn(volume)).decode()
    count = int(np.prod(image.shape[3:]))
    which = f"first of {count} volumes" if count > 1 else ""
    said = ", ".join(filter(None, [name, which]))
    picture = f'<img alt="{name or "result"}, three planes" src="data:image/png;base64,{data}">'
    # A name is one of a formula, which has no letters that HTML takes for its own.
    return f"<div>{said}<br>{picture}</div>" if said else picture


def _drawn(volume: Volume) -> bytes:
    """Return three planes, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 2.3))
    draw_planes(figure, volume, (0.05, 0.05, 6.3, 2.2), volume.centre())
    made = BytesIO()
    figure.savefig(made, format="png", dpi=80, bbox_inches="tight", pad_inches=0.05)
    return made.getvalue()
