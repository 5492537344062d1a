"""What the work depends on before it can be planned: the labels of an image, the box of a mask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nipype_mathimg.formula.engine.run import run
from nipype_mathimg.formula.engine.sinks import Piece
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.infer import Inferred
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.plan import make_plan
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.images.files.spool import Spool
from nipype_mathimg.spec import Array

__all__ = ["KnownLabels"]

LOOK_MEMORY = 64 << 20
"""Budget of the first pass, in bytes: a plane of labels at a time is enough for it."""

COUNTED = 1 << 20
"""Labels up to this one are counted, which is ten times as fast as sorting them."""


class KnownLabels:
    """Reads label images for the labels that they have, and knows their tables.

    Parameters
    ----------
    formula : str
        The text, for messages.
    images : mapping
        The images of the formula.
    tables : mapping
        For the name of an input its label table.
    """

    def __init__(
        self,
        formula: str,
        images: Mapping[str, Leaf],
        tables: Mapping[str, Mapping[int, str]],
    ) -> None:
        self.formula = formula
        self.images = images
        self.tables = tables
        self.known: dict[int, Array] = {}
        self.boxes: dict[int, list[tuple[int, int]] | None] = {}

    def names_of(self, name: str) -> Mapping[int, str] | None:
        """Return the label table of an input, in its order; None where there is none."""
        return self.tables.get(name) or None

    def labels_in(self, op: Op) -> Array:
        """Return the different values of whole numbers, ascending.

        Raises
        ------
        FormulaError
            A file of floats holds something that is no whole number.
        ImageFileError
            Voxels cannot be read.
        """
        if op.index not in self.known:
            self.known[op.index] = self._read(op)
        return self.known[op.index]

    def _read(self, op: Op) -> Array:
        found = _Different()
        self._look(op, found)
        return np.array(sorted(found.values), np.int64)

    def box_of(self, op: Op) -> list[tuple[int, int]] | None:
        """Return where what is not 0 begins and ends along each axis; None where all is 0.

        Raises
        ------
        ImageFileError
            Voxels cannot be read.
        """
        if op.index not in self.boxes:
            found = _Box()
            self._look(op, found)
            self.boxes[op.index] = found.ends
        return self.boxes[op.index]

    def _look(self, op: Op, found: _Different | _Box) -> None:
        """Show all of an operation to what looks at it, before the work is planned."""
        inferred = Inferred(self.formula, {"": op}, tuple(ancestors([op])))
        plan = make_plan(inferred, self.images, memory=LOOK_MEMORY, threads=1)
        run(plan, Spool, {"": found})


class _Different:
    """Takes the pieces of labels and remembers which there are."""

    def __init__(self) -> None:
        self.values: set[int] = set()

    def encode(self, values: Value, region: Region) -> Piece:
        self.values.update(_different(np.asarray(values).ravel(order="K")))
        return _nothing


class _Box:
    """Takes the pieces of a mask and remembers the box around what is not 0."""

    def __init__(self) -> None:
        self.ends: list[tuple[int, int]] | None = None

    def encode(self, values: Value, region: Region) -> Piece:
        # Few formulas look for a box before they are planned.
        from nipype_mathimg.formula.kernels.distances import box_around

        inside = np.asarray(values) != 0
        if inside.any():
            box = zip(region, box_around(inside), strict=True)
            here = [(low + part.start, low + part.stop) for (low, _), part in box]
            before = self.ends or here
            pairs = zip(before, here, strict=True)
            self.ends = [(min(a, c), max(b, d)) for (a, b), (c, d) in pairs]
        return _nothing


def _different(values: Array) -> list[int]:
    if values.size and values.min() >= 0 and values.max() < COUNTED:
        found: list[int] = np.flatnonzero(np.bincount(values)).tolist()
        return found
    different: list[int] = np.unique(values).tolist()
    return different


def _nothing() -> None:
    """Write nothing: what a piece holds is remembered."""
