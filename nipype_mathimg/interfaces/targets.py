"""Where the results of a node go: names in its working folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nipype.utils.filemanip import split_filename

from nipype_mathimg.calc.beside import is_beside
from nipype_mathimg.errors import FormulaError

if TYPE_CHECKING:
    from nipype_mathimg.calc.outputs import Target

__all__ = ["table_file", "targets"]


def targets(
    names: Sequence[str],
    out_file: str | Mapping[str, str] | None,
    inputs: Mapping[str, Any],
    folder: str,
) -> dict[str, Target]:
    """Return where each result goes; without names, the one for ``out_file``.

    Parameters
    ----------
    names : sequence of str
        The outputs of a program.
    out_file : str, mapping or None
        What the user gave: a name for the only result, or one for each of some outputs.
    inputs : mapping
        The inputs of the formula: the first image gives the default names.
    folder : str
        The working folder of the node.

    Raises
    ------
    FormulaError
        `out_file` does not fit the outputs.
    """
    from nipype_mathimg.calc.donors import for_each
    from nipype_mathimg.calc.outputs import IfImage

    if isinstance(out_file, Mapping) is not bool(names) and out_file is not None:
        raise FormulaError(
            "Input `out_file` is one name, and the node has `outputs`; give a dict, as in "
            f"out_file={{{names[0]!r}: '{names[0]}.nii.gz'}}, or leave it out."
            if names
            else "Input `out_file` is a dict, and the node has one output; give one name."
        )
    stem = _stem(inputs)
    if not names:
        # An absolute name stays as it is: os.path.join drops what comes before it.
        return {"out_file": os.path.join(folder, str(out_file or f"{stem}math.nii.gz"))}
    given = for_each("out_file", out_file, names)
    return {
        name: IfImage(os.path.join(folder, f"{stem}{name}.nii.gz"))
        if file is None
        else os.path.join(folder, file)
        for name, file in given.items()
    }


def table_file(out_file: str | None, inputs: Mapping[str, Any], folder: str) -> str:
    """Return where a table goes: to a name that was given, or one made of the first image's."""
    return os.path.join(folder, out_file or f"{_stem(inputs)}table.tsv")


def _stem(inputs: Mapping[str, Any]) -> str:
    """Return how default names begin: with the name of the first image in the formula."""
    firsts = [value[0] if isinstance(value, list) else value for value in inputs.values()]
    images = [value for value in firsts if isinstance(value, str) and not is_beside(value)]
    stems = [split_filename(value)[1] for value in images]
    return f"{stems[0]}_" if stems else ""
