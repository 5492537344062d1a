"""What a node may ask of a result that is written: its volumes as files, or the input itself."""

from __future__ import annotations

import os

from nipype_mathimg.calc.run import math_img, math_value
from nipype_mathimg.images.files.source import open_source
from nipype_mathimg.images.headers.kinds import kind_named, kind_of

__all__ = ["same_voxels", "split_series"]


def split_series(path: str, stem: str) -> list[str]:
    """Write the volumes of a series as files of their own.

    Parameters
    ----------
    path : str
        The series; it is cut along its last axis.
    stem : str
        Folder and beginning of the names: ``<stem>0000.nii.gz`` and so on.

    Returns
    -------
    list of str
        The files, in the order of the series.
    """
    spec = open_source("series", path).spec.shown
    last = spec.axes[-1]
    count = 0 if last.is_place else spec.shape[-1]
    places = [f"series[..., {k}]" for k in range(count)] or ["series"]
    suffix, _ = kind_named(path) or (".nii.gz", None)
    kind = kind_of(spec.axes[:-1]) if count else None
    if kind is not None and suffix not in kind.suffixes:
        suffix = kind.suffixes[0]
    digits = max(len(str(len(places) - 1)), 4)
    return [
        math_img(
            place,
            {"series": path},
            f"{stem}{k:0{digits}}{suffix}",
            copy_header_from="series",
            dtype="header",
        ).out_file
        for k, place in enumerate(places)
    ]


def same_voxels(path: str, other: str, *, dtype: bool) -> bool:
    """Tell whether two images have the same voxels; NaN equals NaN.

    Parameters
    ----------
    path, other : str
        The images.
    dtype : bool
        Whether they have to be stored in the same dtype, too.
    """
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    first, second = (open_source(name, file) for name, file in (("a", path), ("b", other)))
    if first.spec.shape != second.spec.shape:
        return False
    if dtype and first.header.dtype != second.header.dtype:
        return False
    equal = math_value("np.all((a == b) | ((a != a) & (b != b)))", {"a": path, "b": other})
    return bool(equal)
