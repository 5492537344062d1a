"""Images that say what counts around a voxel: read whole before a formula is planned.

They lie nowhere in the world, so they share no grid with the others, and are numbers as a list is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import FUNCTIONS
from nipype_mathimg.formula.language.tree import Attribute, Call, Name, Node, Program, postorder
from nipype_mathimg.formula.program import name_span
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.spec import Array

__all__ = ["WINDOWS", "window_names", "windows_of"]

WINDOWS = ("weights", "footprint", "structure")
"""Parameters of functions of neighbours that say what counts."""


def window_names(program: Program) -> frozenset[str]:
    """Return the inputs of which it is made what counts around a voxel.

    Parameters
    ----------
    program : Program
        ``kernel`` is one in ``ndimage.convolve(img, kernel / np.sum(kernel))``, and nothing is in
        ``ndimage.convolve(img, box(5 / img.zooms))``.
    """
    bound = {binding.name: binding.value for binding in program.bindings}
    waiting = [
        window
        for value in bound.values()
        for node in postorder(value)
        if isinstance(node, Call) and node.function.startswith("ndimage.")
        for window in _windows(node)
    ]
    found = set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Name):
            # What is asked for its voxel sizes is an image.
            waiting += () if isinstance(node, Attribute) else node.children
        elif node.name in bound:
            waiting.append(bound[node.name])
        else:
            found.add(node.name)
    return frozenset(found)


def _windows(call: Call) -> Iterator[Node]:
    parameters = tuple(FUNCTIONS[call.function].parameters)
    given = (*zip(parameters, call.args, strict=False), *call.kwargs)
    return (node for parameter, node in given if parameter in WINDOWS)


def windows_of(formula: str, given: Mapping[str, ImageSource | Array]) -> dict[str, Array]:
    """Return the voxels of small images.

    Raises
    ------
    FormulaError
        One is too large to be a window.
    ImageFileError
        One cannot be read.
    """
    # Only formulas that use it wait for it.
    from nipype_mathimg.formula.functions.structures import MOST_CELLS

    found = {}
    for name, value in given.items():
        shape = value.spec.shape if isinstance(value, ImageSource) else value.shape
        if math.prod(shape) > MOST_CELLS:
            raise FormulaError(
                f"The input {name!r} has {' x '.join(map(str, shape))} voxels; what counts around "
                f"a voxel may have up to {MOST_CELLS} (64 x 64 x 64)",
                formula,
                name_span(formula, name),
            )
        if isinstance(value, ImageSource):
            value = value.values().reshape(shape, order="F")
        found[name] = np.asarray(value)
    return found
