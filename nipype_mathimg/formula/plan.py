"""The plan: which stages a formula is computed in, how each is cut, and what that costs.

A *stage* runs once over a domain, slab by slab. What a later stage needs in full is a stage of its
own: a reduction over time or over everything, something small that meets something large, a
function that needs all of an axis. The last stage writes the result in file order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.access import readings
from nipype_mathimg.formula.evaluate import Tape
from nipype_mathimg.formula.graph import Op, ancestors
from nipype_mathimg.formula.infer import Inferred
from nipype_mathimg.formula.leaf import Leaf
from nipype_mathimg.formula.regions import Region, elements, slabs
from nipype_mathimg.formula.shape_flow import closed_axes
from nipype_mathimg.formula.stage import Stage, StageKind, mib

__all__ = ["BASE_BYTES", "CHUNK", "Plan", "Stage", "StageKind", "make_plan"]

CHUNK = 1 << 18
"""Voxels of a piece of the result; a function of nothing else, so files are equal."""

BASE_BYTES = 46 << 20
"""Memory of a process that has loaded this package and done nothing."""

THREAD_BYTES = 1 << 20
"""Memory of a thread beside the blocks: its stack and its compressor."""

DISK_BYTES = 16 << 20
"""From this size on a result that does not come in file order waits on disk."""

RANKING_BYTES = 18
"""Memory per voxel while its rank is counted: its key, its digit and what NumPy counts with."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a formula is going to be computed; printable.

    Parameters
    ----------
    inferred : Inferred
        The formula with its shapes and dtypes.
    stages : tuple of Stage
        In order.
    threads : int
        Threads that compute; further ones read compressed images.
    memory : int
        Budget in bytes, above `BASE_BYTES`.
    """

    inferred: Inferred
    stages: tuple[Stage, ...]
    threads: int
    memory: int
    images: Mapping[int, Leaf] = field(default_factory=dict)

    @property
    def root(self) -> Op:
        """The result."""
        return self.inferred.root

    @property
    def work_bytes(self) -> int:
        """Largest memory of a stage with all that earlier stages left."""
        return max((self._stage_bytes(k) for k in range(len(self.stages))), default=0)

    @property
    def peak_bytes(self) -> int:
        """Estimated peak memory of a process that does nothing else, in bytes."""
        return BASE_BYTES + self.work_bytes

    @property
    def serial(self) -> bool:
        """True when everything is so small that threads would cost more than they bring."""
        return all(len(stage.slabs) == 1 for stage in self.stages) and all(
            leaf.spec.size <= CHUNK for leaf in self.images.values()
        )

    def passes(self, name: str) -> int:
        """Return how often an input is decoded."""
        index = {op.name: op.index for op in self.inferred.ops if op.is_input}[name]
        return sum(
            reading.decodes for s in self.stages for i, reading in s.readings.items() if i == index
        )

    def _stage_bytes(self, k: int) -> int:
        stage = self.stages[k]
        before = sum(0 if s.on_disk else s.kept_bytes for s in self.stages[:k])
        held = {
            index: reading.held_bytes
            for s in self.stages[: k + 1]
            for index, reading in s.readings.items()
        }
        workers = 1 if self.serial else min(self.threads, max(len(stage.slabs), 1))
        threads = 0 if self.serial else (workers + len(stage.readings)) * THREAD_BYTES
        own = 0 if stage.on_disk else stage.kept_bytes
        slabs = workers * stage.slab_bytes + stage.buffer_bytes
        return before + sum(held.values()) + own + slabs + threads

    def __str__(self) -> str:
        root = self.root.spec
        lines = [
            f"formula: {self.inferred.formula.strip()}",
            f"result: {' x '.join(map(str, root.shape)) or 'a number'}, {root.dtype}",
        ]
        lines += [f"{k}. {stage}" for k, stage in enumerate(self.stages, 1)]
        lines.append(
            f"memory: about {mib(self.peak_bytes)} at the peak "
            f"({mib(self.work_bytes)} of {mib(self.memory)} allowed above the start)"
        )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Thrift:
    """How hard memory is saved; tried one after the other until the budget holds."""

    slab: int
    slab_bytes: int
    threads: int
    large_bytes: int


def make_plan(
    inferred: Inferred,
    images: Mapping[str, Leaf],
    *,
    memory: int,
    threads: int,
    writes: bool = True,
    slab: int | None = None,
) -> Plan:
    """Decide how a formula is computed within a memory budget.

    Parameters
    ----------
    inferred : Inferred
        The formula.
    images : mapping
        The image of each name.
    memory : int
        Budget in bytes, above what the process has at its start.
    threads : int
        Threads that may compute at once.
    writes : bool
        The result is written as an image; otherwise it is returned.
    slab : int, optional
        Voxels of a slab; for tests, the result does not depend on it.

    Raises
    ------
    FormulaError
        It cannot be done within the budget; the message says what would do.
    """
    leaves = {op.index: images[op.name] for op in inferred.ops if op.is_input}
    used = {op.index for op in ancestors([inferred.root]) if op.is_input}
    leaves = {index: leaf for index, leaf in leaves.items() if index in used}
    size = slab or CHUNK

    def attempt(budget: int) -> Plan:
        return _leanest(
            Plan(
                inferred, _Planner(inferred, leaves, t, writes).stages(), t.threads, budget, leaves
            )
            for t in _thrifts(size, threads, budget)
        )

    plan = attempt(memory)
    if plan.work_bytes <= memory:
        return plan
    # With more memory more is kept in memory, so what would do has to be tried.
    needed = plan.work_bytes
    while (plan := attempt(needed)).work_bytes > needed:
        needed = max(plan.work_bytes, needed * 9 // 8)
    raise FormulaError(
        f"This formula needs about {mib(needed)} of memory, and the budget is "
        f"{memory / 2**20:.3g} MiB; give it a larger budget (`memory`), or cut the images "
        "beforehand.",
        inferred.formula,
    )


def _thrifts(slab: int, threads: int, budget: int) -> Iterator[_Thrift]:
    """Yield ways to save memory: fewer threads first, then smaller slabs too."""
    fewer = [threads >> k for k in range(threads.bit_length())]
    for count in fewer:
        yield _Thrift(2 * slab, 24 << 20, count, budget // 2)
    for count in fewer:
        yield _Thrift(slab // 4 or 1, 4 << 20, count, budget // 4)
    yield _Thrift(slab // 16 or 1, 1 << 20, 1, budget // 16)


def _leanest(plans: Iterator[Plan]) -> Plan:
    """Return the first plan that keeps to its budget, else the one that needs least."""
    best = next(plans)
    while best.work_bytes > best.memory and (plan := next(plans, None)) is not None:
        best = min(best, plan, key=lambda one: one.work_bytes)
    return best


class _Planner:
    """One attempt at a plan."""

    def __init__(
        self, inferred: Inferred, leaves: Mapping[int, Leaf], thrift: _Thrift, writes: bool
    ) -> None:
        self.root = inferred.root
        self.leaves = leaves
        self.thrift = thrift
        self.writes = writes
        self.ops = ancestors([self.root])

    def stages(self) -> tuple[Stage, ...]:
        marked = self._marked()
        known: frozenset[int] = frozenset()
        stages: list[Stage] = []
        for group in self._groups(marked):
            stages.append(self._stage(group, known))
            known |= {op.index for op in group}
        if self.writes:
            writing = self._writing(known)
            if writing is None:
                stages.append(self._stage((self.root,), known))
                known |= {self.root.index}
                writing = self._writing(known)
            if writing is None:
                raise AssertionError("a computed result cannot be written")
            stages.append(writing)
        return tuple(_with_readings(stages, self.leaves, self.thrift))

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
        if not self.writes and not self.root.is_constant:
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
        return smaller and arg.ndim == len(shape) and not _views_input(base)

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
        kept = sum(_kept_bytes(op) for op in group) if reduces else first.spec.nbytes
        # The result itself is read once more, in file order: a disk does as well as memory.
        large = min(DISK_BYTES, self.thrift.large_bytes) if first is self.root else None
        on_disk = not reduces and self.writes and kept > (large or self.thrift.large_bytes)
        return replace(stage, kept_bytes=kept, on_disk=on_disk)

    def _writing(self, known: frozenset[int]) -> Stage | None:
        """Return the stage that writes the result, None when it has to be computed before."""
        tape = Tape.of([self.root], known)
        closed = closed_axes(tape, self.root.shape)
        pieces = slabs(self.root.shape, CHUNK)
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


def _views_input(op: Op) -> bool:
    """Tell whether an operation is an image, or a part of one."""
    while op.name == "view" and op.args:
        op = op.args[0]
    return op.is_input


def _stage_of(
    kind: StageKind,
    targets: tuple[Op, ...],
    tape: Tape,
    domain: tuple[int, ...],
    pieces: Sequence[Region],
) -> Stage:
    stage = Stage(kind, targets, tape, domain, tuple(pieces), {}, False, 0, 0, 0)
    largest = max(pieces, key=elements)
    demand = tape.demand(stage.wanted(largest))
    return replace(stage, slab_bytes=tape.peak_bytes(demand, ()))


def _kept_bytes(op: Op) -> int:
    if op.selection is not None:
        return op.selection.state_bytes
    if op.reduction is not None:
        return op.reduction.state_bytes() + op.spec.nbytes
    return op.spec.nbytes


def _with_readings(
    stages: Sequence[Stage], leaves: Mapping[int, Leaf], thrift: _Thrift
) -> list[Stage]:
    """Decide how each stage reads its images."""
    runs = [(s.tape, s.slabs, s.wanted, _passes_of(s)) for s in stages]
    found = readings(runs, leaves, thrift.large_bytes, thrift.threads)
    result = []
    for stage, reading in zip(stages, found, strict=True):
        buffers = sum(r.buffer_bytes for r in reading.values())
        largest = max(stage.slabs, key=elements)
        demand = stage.tape.demand(stage.wanted(largest))
        views = {i for i, r in reading.items() if r.is_view}
        views |= {i for i in stage.tape.leaves if i not in reading}
        work = stage.tape.peak_bytes(demand, views) + _extra_bytes(stage, largest)
        result.append(replace(stage, readings=reading, buffer_bytes=buffers, slab_bytes=work))
    return result


def _extra_bytes(stage: Stage, region: Region) -> int:
    """Return what the last step of a slab takes: the piece of the file, compressed and raw."""
    if stage.kind is StageKind.WRITE:
        return 2 * elements(region) * min(stage.targets[0].spec.dtype.itemsize, 8)
    if any(op.selection is not None for op in stage.targets):
        return elements(region) * RANKING_BYTES
    return 0


def _passes_of(stage: Stage) -> int:
    return 3 if any(op.selection is not None for op in stage.targets) else 1
