"""What is known of label images before the work is planned; it is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.spec import Array

__all__ = ["LabelSource"]


class LabelSource(Protocol):
    """Knows which labels an image has, and what they are called."""

    def labels_in(self, op: Op) -> Array:
        """Return the different values of whole numbers, ascending; they may have to be read."""

    def box_of(self, op: Op) -> list[tuple[int, int]] | None:
        """Return where what is not 0 begins and ends along each axis; None where all is 0."""

    def names_of(self, name: str) -> Mapping[int, str] | None:
        """Return the label table of an input, in its order; None where there is none."""
