"""What is said about a formula while its graph grows: where parts on different grids met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from nipype_mathimg.errors import shortened
from nipype_mathimg.formula.graph.arguments import StaticReader
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.spec import Axis, Note

if TYPE_CHECKING:
    from nipype_mathimg.formula.types.meeting import Meeting

__all__ = ["Remarks", "alike", "others"]

_T = TypeVar("_T")


class Remarks(StaticReader):
    """Collects notes.

    Parameters
    ----------
    formula : str
        The text, for messages.

    Attributes
    ----------
    notes : dict
        What a user should know about the formula, in the order of its parts.
    """

    def __init__(self, formula: str) -> None:
        super().__init__(formula)
        self.notes: dict[Note, None] = {}

    def text(self, op: Op) -> str:
        """Return the part of the formula that an operation stands for."""
        return shortened(self.formula[slice(*op.span)].strip()) or op.name

    def joint(self, ops: Sequence[Op]) -> tuple[tuple[int, ...], tuple[Axis, ...]]:
        """Return shape and axes of what aligned arrays give together; note where they differ."""
        if alike(ops):
            first = next((op for op in ops if op.shape), ops[0])
            return first.shape, first.spec.axes
        from nipype_mathimg.formula.types.alignment import broadcast  # most operands are alike

        self.note_meetings(ops)
        return broadcast([op.shape for op in ops], [op.spec.axes for op in ops])

    def note_meetings(self, ops: Sequence[Op], leave_out: int | None = None) -> None:
        """Note which of some aligned arrays lie at different places.

        Parameters
        ----------
        ops : sequence of Op
            Numbers, and arrays with the same number of axes.
        leave_out : int, optional
            An axis along which they do not meet.
        """
        from nipype_mathimg.formula.types.meeting import meetings  # as `joint`

        found = meetings(
            [others(op.spec.axes, leave_out) for op in ops],
            [others(op.shape, leave_out) for op in ops],
        )
        for meeting in found:
            texts = list(dict.fromkeys(self.text(ops[k]) for k in meeting.operands))
            if len(texts) > 1:  # else one function made both
                winner = None if meeting.winner is None else self.text(ops[meeting.winner])
                self.note("grid", _met(meeting, texts, winner))

    def note(self, topic: str, message: str) -> None:
        """Note something that a user should know."""
        self.notes[Note(topic, message)] = None


def alike(ops: Sequence[Op]) -> bool:
    """Tell whether all arrays among some operations have one shape and the very same axes.

    Most operands have, and there is nothing to align then. Axes that are equal may still differ in
    what does not count (see `Axis`), so they are not compared.
    """
    arrays = [op.spec for op in ops if op.shape]
    return all(
        spec.axes is arrays[0].axes and spec.shape == arrays[0].shape for spec in arrays[1:]
    )


def others(items: tuple[_T, ...], axis: int | None) -> tuple[_T, ...]:
    """Return items without the one at an axis; all of them for None."""
    return items if axis is None else items[:axis] + items[axis + 1 :]


def _met(meeting: Meeting, texts: Sequence[str], winner: str | None) -> str:
    shown = [f"`{text}`" for text in texts[:3]] + ["others"] * (len(texts) > 3)
    where = "in the middle between them" if winner is None else f"where `{winner}` does"
    return (
        f"{', '.join(shown[:-1])} and {shown[-1]} lie at different places along "
        f"{', '.join(meeting.sources)}: their values met by position, and what they give lies "
        f"{where}"
    )
