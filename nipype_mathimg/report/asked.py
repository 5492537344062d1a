"""What can be said about a report before anything is computed."""

from __future__ import annotations

import os
from importlib.util import find_spec

from nipype_mathimg.errors import ImageFileError, MathImgError

__all__ = ["SUFFIXES", "check_report"]

SUFFIXES = (".svg", ".html")
"""An SVG stands in the reports of fMRIPrep and its kin, and opens in a browser; HTML is one that
mail programs and file servers show too."""


def check_report(file: str | os.PathLike[str]) -> None:
    """Refuse a report that could not be written.

    Parameters
    ----------
    file : path
        Where it will go: ``.svg`` or ``.html``.

    Raises
    ------
    ImageFileError
        The name has another suffix.
    MathImgError
        matplotlib is not installed.
    """
    name = os.fspath(file)
    if not name.lower().endswith(SUFFIXES):
        raise ImageFileError(
            f"{name}: a report is written as {' or '.join(SUFFIXES)}; give it such a name."
        )
    if find_spec("matplotlib") is None:
        raise MathImgError(
            "A report needs matplotlib, which is not installed; install it by "
            '`pip install "nipype_mathimg[report]"`, or leave the report out.'
        )
