"""Which values several runs would compute anew, and are kept instead because that is dear."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from itertools import islice

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.plan.sinks import Write

__all__ = ["repeated"]


def repeated(
    ops: Sequence[Op],
    marked: Collection[Op],
    writes: Sequence[Write],
    levels: Mapping[int, int],
    can_keep: Callable[[Op], bool],
) -> list[Op]:
    """Return the dear operations that more than one run would compute.

    A filter of neighbours takes longer for a voxel than it takes to keep and to read it. What is
    kept lets those that it is computed from be needed once, too.

    Parameters
    ----------
    ops : sequence of Op
        Everything, operands before what uses them.
    marked : collection of Op
        What has a run of its own, or is accumulated in one with others.
    writes : sequence of Write
        The results that are written.
    levels : mapping
        For each operation how many runs, one after the other, it takes to be known.
    can_keep : callable
        Whether there is room for the values of an operation.
    """
    runs: dict[int, set[Hashable]] = {op.index: set() for op in ops}
    for write in writes:
        # A file is written by a task of its own, also where it shares a pass over the images.
        runs[write.op.index].add(("write", levels[write.op.index], write.domain))
    indices = {op.index for op in marked}
    found: list[Op] = []
    for op in reversed(ops):
        if op.index not in indices and op.kernel.dear and len(runs[op.index]) > 1 and can_keep(op):
            found.append(op)
            indices.add(op.index)
        own = runs[op.index]
        if op.index in indices:
            how = op.accumulator
            own = {("keep", op.index) if how is None else (levels[op.index], how.domain)}
        for arg in op.args:
            # Two say "more than one" as well as all, which are as many as the formula is long.
            if len(runs[arg.index]) < 2:
                runs[arg.index].update(islice(own, 2))
    return found
