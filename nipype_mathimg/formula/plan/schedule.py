"""Which stages a result is computed in, and how each is cut.

A *stage* runs once over a domain, slab by slab. What a later stage needs in full is a stage of its
own: a reduction over time or over everything, something small that meets something large, a
function that needs all of an axis. The last stage writes the result in file order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.graph.tape import Tape
from nipype_mathimg.formula.plan.cuts import closed_axes
from nipype_mathimg.formula.plan.stage import Stage, StageKind
from nipype_mathimg.formula.types.regions import Region, elements, slabs

__all__ = ["Thrift", "stages_of"]

DISK_BYTES = 16 << 20
"""From this size on a result that does not come in file order waits on disk."""


class Thrift(NamedTuple):
    """How hard memory is saved; tried one after the other until the budget holds."""

    slab: int
    slab_bytes: int
    threads: int
    large_bytes: int


def stages_of(root: Op, thrift: Thrift, chunk: int | None) -> list[Stage]:
    """Return the stages that a result is computed in, in order.

    Parameters
    ----------
    root : Op
        The result.
    thrift : Thrift
        How hard memory is saved.
    chunk : int or None
        Voxels of a piece that is written; None where the result is returned.
    """
    return _Staging(root, thrift, chunk).stages()


class _Staging:
    """One attempt at the stages."""

    def __init__(self, root: Op, thrift: Thrift, chunk: int | None) -> None:
        self.root = root
        self.thrift = thrift
        self.chunk = chunk
        self.ops = ancestors([root])

    def stages(self) -> list[Stage]:
        marked = self._marked()
        known: frozenset[int] = frozenset()
        stages: list[Stage] = []
        for group in self._groups(marked):
            stages.append(self._stage(group, known))
            known |= {op.index for op in group}
        if self.chunk is not None:
            writing = self._writing(known, self.chunk)
            if writing is None:
                stages.append(self._stage((self.root,), known))
                known |= {self.root.index}
                writing = self._writing(known, self.chunk)
            if writing is None:
                raise AssertionError("a computed result cannot be written")
            stages.append(writing)
        return stages

    # Which operations are stages

    def _marked(self) -> list[Op]:
        marked: dict[int, Op] = {}
        for op in self.ops:
            if op.selection is not None or self._accumulates(op):
                marked[op.index] = op
            for arg in op.args:
                base = _unviewed(arg)
                if self._hoisted(op, arg, base):
                    marked[base.index] = base
        if self.chunk is None and not self.root.is_constant:
            marked[self.root.index] = self.root
        return [marked[index] for index in sorted(marked)]

    def _accumulates(self, op: Op) -> bool:
        reduction = op.reduction
        if reduction is None or not (reduction.by_planes or reduction.sequential_in_file):
            return False
        if not op.shape:
            return True
        return reduction.state_bytes() <= self.thrift.large_bytes

    def _hoisted(self, op: Op, arg: Op, base: Op) -> bool:
        """Tell whether an operand is so much smaller than the result that it is computed once."""
        if arg.is_input or arg.is_constant or op.name in ("view", "concatenate", "pad"):
            return False
        reduces = op.reduction is not None or op.selection is not None
        shape = op.args[0].shape if reduces else op.shape
        smaller = 2 * arg.spec.size <= math.prod(shape)
        return smaller and arg.ndim == len(shape) and not base.shows_input

    def _groups(self, marked: Sequence[Op]) -> list[tuple[Op, ...]]:
        """Put what can be accumulated in one run together, in an order that works."""
        level: dict[int, int] = {}
        indices = {op.index for op in marked}
        for op in self.ops:
            below = max((level[arg.index] for arg in op.args), default=0)
            level[op.index] = below + (op.index in indices)
        groups: dict[Any, list[Op]] = {}
        for op in marked:
            key: Any = (level[op.index], op.index)
            if op.selection is not None or (op.reduction is not None and self._accumulates(op)):
                domain = op.args[0].shape
                key = (level[op.index], -1, domain, op.selection is not None)
            groups.setdefault(key, []).append(op)
        return [tuple(groups[key]) for key in sorted(groups, key=lambda key: key[:2])]

    # Stages

    def _stage(self, group: tuple[Op, ...], known: frozenset[int]) -> Stage:
        first = group[0]
        reduces = first.selection is not None or self._accumulates(first)
        targets = [arg for op in group for arg in op.args] if reduces else list(group)
        tape = Tape.of(targets, known)
        domain = first.args[0].shape if reduces else first.shape
        closed = closed_axes(tape, domain)
        if any(op.reduction is not None and op.reduction.by_planes for op in group) and reduces:
            closed |= set(range(min(2, len(domain))))
        kind = StageKind.REDUCE if reduces else StageKind.COLLECT
        stage = self._cut(kind, group, tape, domain, closed)
        narrowing = self._narrowing(group)
        kept = first.spec.nbytes
        if reduces:
            kept = sum(_kept_bytes(op, narrows=op.index in narrowing) for op in group)
        # The result itself is read once more, in file order: a disk does as well as memory.
        large = min(DISK_BYTES, self.thrift.large_bytes) if first is self.root else None
        on_disk = (
            not reduces and self.chunk is not None and kept > (large or self.thrift.large_bytes)
        )
        return replace(stage, kept_bytes=kept, on_disk=on_disk, narrowing=narrowing)

    def _narrowing(self, group: tuple[Op, ...]) -> frozenset[int]:
        """Return the order statistics that are looked for in windows, as far as memory allows."""
        left = self.thrift.large_bytes // 2
        found = set()
        for op in group:
            if op.selection is not None and op.selection.can_narrow:
                left -= op.selection.state_bytes(narrows=True)
                if left >= 0:
                    found.add(op.index)
        return frozenset(found)

    def _writing(self, known: frozenset[int], chunk: int) -> Stage | None:
        """Return the stage that writes the result, None when it has to be computed before."""
        tape = Tape.of([self.root], known)
        closed = closed_axes(tape, self.root.shape)
        pieces = slabs(self.root.shape, chunk)
        if any(region[k] != (0, self.root.shape[k]) for region in pieces[:1] for k in closed):
            return None
        stage = _stage_of(StageKind.WRITE, (self.root,), tape, self.root.shape, pieces)
        if stage.slab_bytes > max(self.thrift.slab_bytes, 32 << 20) and self._reduces(tape):
            return None
        return stage

    def _reduces(self, tape: Tape) -> bool:
        return any(
            op.index not in tape.leaves and any(None in maps for maps in op.maps)
            for op in tape.ops
        )

    def _cut(
        self,
        kind: StageKind,
        group: tuple[Op, ...],
        tape: Tape,
        domain: tuple[int, ...],
        closed: set[int],
    ) -> Stage:
        target = self.thrift.slab
        while True:
            pieces = slabs(domain, target, closed)
            stage = _stage_of(kind, group, tape, domain, pieces)
            finer = max(target // 2, 1)
            if stage.slab_bytes <= self.thrift.slab_bytes or target == finer:
                return stage
            if len(slabs(domain, finer, closed)) == len(pieces) and finer * 2 < elements(
                pieces[0]
            ):
                return stage
            target = finer


def _unviewed(op: Op) -> Op:
    """Return what an operation shows under another shape: a view costs nothing."""
    while op.name == "view" and op.args and op.args[0].spec.size == op.spec.size:
        op = op.args[0]
    return op


def _kept_bytes(op: Op, *, narrows: bool) -> int:
    if op.selection is not None:
        return op.selection.state_bytes(narrows=narrows)
    if op.reduction is not None:
        return op.reduction.state_bytes() + op.spec.nbytes
    return op.spec.nbytes


def _stage_of(
    kind: StageKind,
    targets: tuple[Op, ...],
    tape: Tape,
    domain: tuple[int, ...],
    pieces: Sequence[Region],
) -> Stage:
    stage = Stage(kind, targets, tape, domain, tuple(pieces), {}, False, 0, 0, 0, frozenset())
    largest = max(pieces, key=elements)
    demand = tape.demand(stage.wanted(largest))
    return replace(stage, slab_bytes=tape.peak_bytes(demand, ()))
