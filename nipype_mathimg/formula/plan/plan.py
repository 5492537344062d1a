"""The plan: the stages of a formula within a memory budget, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.infer import Inferred
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.reads import readings
from nipype_mathimg.formula.plan.schedule import Thrift, stages_of
from nipype_mathimg.formula.plan.stage import Stage, StageKind, mib
from nipype_mathimg.formula.types.regions import Region, elements

__all__ = ["BASE_BYTES", "Plan", "make_plan"]

CHUNK = 1 << 18
"""Voxels of a piece of the result, where none takes more than 4 bytes, see `_chunk_of`."""

BASE_BYTES = 31 << 20
"""Memory of a process that has loaded this package and done nothing."""

THREAD_BYTES = 1 << 20
"""Memory of a thread beside the blocks: its stack and its compressor."""


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
    chunk = _chunk_of(inferred.root)
    size = slab or chunk

    def attempt(budget: int) -> Plan:
        return _leanest(
            Plan(
                inferred,
                _with_readings(
                    stages_of(inferred.root, thrift, chunk if writes else None), leaves, thrift
                ),
                thrift.threads,
                budget,
                leaves,
            )
            for thrift in _thrifts(size, threads, budget)
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


def _chunk_of(root: Op) -> int:
    """Return the voxels of a piece: fewer where they are computed in more bytes.

    The bytes of a compressed file depend on it, and it on nothing but the formula and the types
    of the images.
    """
    full = (op for op in ancestors([root]) if op.spec.size >= root.spec.size)
    widest = max((op.spec.dtype.itemsize for op in full if not op.is_constant), default=4)
    return max(4 * CHUNK // max(widest, 4), 1)


def _thrifts(slab: int, threads: int, budget: int) -> Iterator[Thrift]:
    """Yield ways to save memory: fewer threads first, then smaller slabs too."""
    fewer = [threads >> k for k in range(threads.bit_length())]
    for count in fewer:
        yield Thrift(2 * slab, 24 << 20, count, budget // 2)
    for count in fewer:
        yield Thrift(slab // 4 or 1, 4 << 20, count, budget // 4)
    yield Thrift(slab // 16 or 1, 1 << 20, 1, budget // 16)


def _leanest(plans: Iterator[Plan]) -> Plan:
    """Return the first plan that keeps to its budget, else the one that needs least."""
    best = next(plans)
    while best.work_bytes > best.memory and (plan := next(plans, None)) is not None:
        best = min(best, plan, key=lambda one: one.work_bytes)
    return best


def _with_readings(
    stages: Sequence[Stage], leaves: Mapping[int, Leaf], thrift: Thrift
) -> tuple[Stage, ...]:
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
    return tuple(result)


def _extra_bytes(stage: Stage, region: Region) -> int:
    """Return what the last step of a slab takes: the piece of the file, compressed and raw."""
    if stage.kind is StageKind.WRITE:
        return 2 * elements(region) * min(stage.targets[0].spec.dtype.itemsize, 8)
    looked_at = (
        op.selection.update_bytes(elements(region), narrows=op.index in stage.narrowing)
        for op in stage.targets
        if op.selection is not None
    )
    return max(looked_at, default=0)


def _passes_of(stage: Stage) -> int:
    return 3 if any(op.selection is not None for op in stage.targets) else 1
