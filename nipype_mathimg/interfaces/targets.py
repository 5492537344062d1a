"""Where the results of a node go: names in its working folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nipype.utils.filemanip import split_filename

from nipype_mathimg.calc.given import is_beside
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.images.headers.kinds import kind_named

if TYPE_CHECKING:
    from nipype_mathimg.calc.outputs import OfKind, Target

__all__ = ["first_image", "report_name", "stem_of", "table_file", "targets"]


def targets(
    names: Sequence[str],
    out_file: str | Mapping[str, str] | None,
    inputs: Mapping[str, Any],
    folder: str,
    suffix: str = "_math",
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
    suffix : str
        End of the default name of an only result.

    Raises
    ------
    FormulaError
        `out_file` does not fit the outputs.
    """
    from nipype_mathimg.calc.donors import for_each
    from nipype_mathimg.calc.outputs import IfImage, OfKind

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
        if out_file is None:
            default = f"{stem.removesuffix('_')}{suffix}" if stem else suffix.lstrip("_")
            return {"out_file": OfKind(os.path.join(folder, default))}
        return {"out_file": _named(os.path.join(folder, str(out_file)))}
    given = for_each("out_file", out_file, names)
    return {
        name: IfImage(OfKind(os.path.join(folder, f"{stem}{name}")))
        if file is None
        else _named(os.path.join(folder, file))
        for name, file in given.items()
    }


def _named(path: str) -> str | OfKind:
    """Return a name that was given; one without a suffix gets that of the result's kind."""
    from nipype_mathimg.calc.outputs import OfKind

    return path if "." in os.path.basename(path) else OfKind(path)


def table_file(out_file: str | None, inputs: Mapping[str, Any], folder: str) -> str:
    """Return where a table goes: to a name that was given, or one made of the first image's."""
    return os.path.join(folder, out_file or f"{_stem(inputs)}table.tsv")


def report_name(inputs: Mapping[str, Any]) -> str:
    """Return the name of a report, made of the first image's."""
    return f"{_stem(inputs)}report.svg"


def _stem(inputs: Mapping[str, Any]) -> str:
    """Return how default names begin: with the name of the first image in the formula."""
    image = first_image(inputs)
    first = image[0] if isinstance(image, list) else image
    return f"{stem_of(first)}_" if first else ""


def stem_of(path: str) -> str:
    """Return the name of an image without its suffix, which may have three parts.

    Examples
    --------
    >>> stem_of("/data/sub-01_hemi-L.func.gii"), stem_of("/data/bold.nii.gz")
    ('sub-01_hemi-L', 'bold')
    """
    name = os.path.basename(path)
    known = kind_named(name)
    stem: str = split_filename(name)[1]
    return stem if known is None else name[: -len(known[0])]


def first_image(inputs: Mapping[str, Any]) -> str | list[str] | None:
    """Return the file, or the files, of the first image in the formula."""
    for value in inputs.values():
        first = value[0] if isinstance(value, list) else value
        if isinstance(first, str) and not is_beside(first):
            found: str | list[str] = value
            return found
    return None
