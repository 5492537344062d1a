"""Ours as a whole process: the command ``mathimg``, as it is typed in a shell."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

__all__ = ["mathimg"]


def mathimg(
    formula: str,
    inputs: Mapping[str, str | Sequence[str]],
    out_file: str | None = None,
    *options: str,
) -> list[str]:
    """Return the command that computes a formula.

    Parameters
    ----------
    formula : str
        What is computed.
    inputs : mapping
        File, or list of files, of each input.
    out_file : str, optional
        Where the result goes, with the header of the first input; without it, it is a number or
        a list that is printed.
    *options : str
        Further ones of the command.
    """
    given = [
        word
        for name, files in inputs.items()
        for file in ([files] if isinstance(files, str) else files)
        for word in ("-i", f"{name}={file}")
    ]
    program = [sys.executable, "-m", "nipype_mathimg"]
    if out_file is None:
        return [*program, "value", formula, *given, *options]
    header = ["--copy-header-from", next(iter(inputs)), "--overwrite"]
    return [*program, "img", formula, out_file, *given, *header, *options]
