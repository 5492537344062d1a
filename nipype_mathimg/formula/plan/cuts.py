"""Which axes of a result can be cut, so that each piece needs only a piece of the images."""

from __future__ import annotations

from nipype_mathimg.formula.graph.tape import Tape

__all__ = ["closed_axes"]


def closed_axes(tape: Tape, domain: tuple[int, ...]) -> set[int]:
    """Return the axes of a domain that some operation needs from end to end.

    Parameters
    ----------
    tape : Tape
        From the images to the targets; axis k of a target is axis k of the domain.
    domain : tuple of int
        Shape of the targets (masks may have length 1 instead).
    """
    drives: dict[int, list[set[int]]] = {op.index: [set() for _ in op.shape] for op in tape.ops}
    for target in tape.targets:
        for k, axes in enumerate(drives[target.index]):
            axes.add(k)
    closed: set[int] = set()
    for op in reversed(tape.ops):
        if op.index in tape.leaves or op.is_constant:
            continue
        own = drives[op.index]
        for k in op.whole:
            closed |= own[k]
        for arg, maps in zip(op.args, op.maps, strict=True):
            for j, axis_map in enumerate(maps):
                if axis_map is not None and axis_map.axis is not None:
                    drives[arg.index][j] |= own[axis_map.axis]
    return closed
