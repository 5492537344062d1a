"""Where a result can be cut, so that each piece needs only a piece of the images."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.tape import Demand, Tape
from nipype_mathimg.formula.types.regions import Region, shape_of

__all__ = ["closed_axes", "has_halo", "overlap"]


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
    # Backwards, everything that uses an operation is seen before the operation itself.
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


def has_halo(op: Op) -> bool:
    """Tell whether an operation looks at the neighbours of what it computes."""
    return any(follow is not None and follow.halo for maps in op.maps for follow in maps)


def overlap(tape: Tape, demand: Demand) -> float:
    """Return how many times as much is computed for a piece as it has elements, for its halos.

    Parameters
    ----------
    tape : Tape
        From the images to the targets.
    demand : Demand
        What is needed of every operation for the piece.
    """
    factors = dict.fromkeys((op.index for op in tape.ops), 1.0)
    for op in reversed(tape.ops):
        if op.index in tape.leaves or op.is_constant:
            continue
        for arg, maps in zip(op.args, op.maps, strict=True):
            grown = factors[op.index]
            halos = [k for k, follow in enumerate(maps) if follow is not None and follow.halo]
            if halos and demand[op.index]:
                # One region stands for all: they differ in their place, hardly in their size.
                grown *= _growth(op, arg, halos, demand[op.index][0])
            factors[arg.index] = max(factors[arg.index], grown)
    return max(factors.values())


def _growth(op: Op, arg: Op, halos: Sequence[int], region: Region) -> float:
    """Return by how much the region of an operand is larger than that of the result."""
    own = shape_of(region)
    there = shape_of(op.needs(region)[op.args.index(arg)])
    growth = 1.0
    for k in halos:
        growth *= there[k] / max(own[k], 1)
    return growth
