"""The plan: the stages of a formula within a memory budget, and what they cost.

What it looks like is in `described`, loaded when somebody looks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.infer import Inferred
from nipype_mathimg.formula.plan.cut import Cut
from nipype_mathimg.formula.plan.pieces import chunk_of
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.reads import readings
from nipype_mathimg.formula.plan.schedule import Thrift, cuts_of
from nipype_mathimg.formula.plan.stage import Stage
from nipype_mathimg.formula.types.limits import LIMITS, Limits
from nipype_mathimg.frozen import Unique
from nipype_mathimg.words import amount, in_units, setting, worded

__all__ = ["BASE_BYTES", "Plan", "make_plan"]

BASE_BYTES = 31 << 20
"""Memory of a process that has loaded this package and done nothing."""

SCIPY_BYTES = 20 << 20
"""Memory of `scipy.ndimage`, or `scipy.special`, which share it; loaded where they are used."""

THREAD_BYTES = 1 << 20
"""Memory of a thread beside the blocks: its stack and its compressor."""


class Plan(Unique):
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
    images : mapping
        For the index of an operation, its image.
    limits : Limits
        Tuning numbers.
    stored : mapping
        For the name of a result that is written, the dtype of its file, where that is known.
    """

    inferred: Inferred
    stages: tuple[Stage, ...]
    threads: int
    memory: int
    images: Mapping[int, Leaf]
    limits: Limits
    stored: Mapping[str, np.dtype[Any]] = MappingProxyType({})

    @property
    def results(self) -> Mapping[str, Op]:
        """The results by name."""
        return self.inferred.results

    @property
    def root(self) -> Op:
        """The result of a formula that has one."""
        return self.inferred.root

    @property
    def work_bytes(self) -> int:
        """Largest memory of a stage with all that earlier stages left."""
        return max((self._stage_bytes(k) for k in range(len(self.stages))), default=0)

    @property
    def peak_bytes(self) -> int:
        """Estimated peak memory of a process that does nothing else, in bytes."""
        with_scipy = any(op.kernel.uses_scipy for op in self.inferred.ops)
        return BASE_BYTES + with_scipy * SCIPY_BYTES + self.work_bytes

    @property
    def disk_bytes(self) -> int:
        """Temporary disk: images that are decoded to it, and values that are kept there."""
        return sum(
            stage.spooled_bytes
            + sum(
                self.images[index].spec.size * self.images[index].stored_dtype.itemsize
                for index in stage.copied
            )
            for stage in self.stages
        )

    @property
    def neediest(self) -> str:
        """The stage that needs most memory: its number, and what it does."""
        return self._named(max(range(len(self.stages)), key=self._stage_bytes))

    @property
    def stage_seconds(self) -> tuple[float, ...]:
        """How long each stage takes, in seconds: an estimate, see `costs`."""
        from nipype_mathimg.formula.plan.costs import seconds_of  # only for who asks

        return tuple(seconds_of(stage, self.images, self.threads) for stage in self.stages)

    @property
    def read_bytes(self) -> int:
        """Bytes of decoded images that all stages read."""
        from nipype_mathimg.formula.plan.costs import read_bytes

        return sum(read_bytes(stage, self.images) for stage in self.stages)

    @property
    def dearest(self) -> str:
        """The stage that takes most time: its number, and what it does."""
        times = self.stage_seconds
        return self._named(times.index(max(times)))

    def _named(self, k: int) -> str:
        return f"step {k + 1} of {len(self.stages)} ({self.stages[k].deeds})"

    @property
    def serial(self) -> bool:
        """True when everything is so small that threads would cost more than they bring."""
        return all(len(stage.cut.slabs) == 1 for stage in self.stages) and all(
            leaf.spec.size <= self.limits.chunk for leaf in self.images.values()
        )

    def passes(self, name: str) -> int:
        """Return how often an input is decoded."""
        index = {op.name: op.index for op in self.inferred.ops if op.is_input}[name]
        return sum(
            reading.decodes for s in self.stages for i, reading in s.readings.items() if i == index
        )

    def _stage_bytes(self, k: int) -> int:
        stage = self.stages[k]
        kept = sum(s.kept_bytes for s in self.stages[: k + 1])
        # By image, since several stages may use what the first of them has kept.
        held = {
            index: reading.held_bytes
            for s in self.stages[: k + 1]
            for index, reading in s.readings.items()
        }
        workers = 1 if self.serial else min(self.threads, max(len(stage.cut.slabs), 1))
        threads = 0 if self.serial else (workers + len(stage.readings)) * THREAD_BYTES
        slabs = workers * stage.slab_bytes + stage.buffer_bytes
        return kept + sum(held.values()) + slabs + threads

    def as_dict(self) -> dict[str, Any]:
        """Return what the plan says as plain values, for JSON."""
        from nipype_mathimg.formula.plan.described import as_dict

        return as_dict(self)

    def __str__(self) -> str:
        from nipype_mathimg.formula.plan.described import as_text

        return as_text(self)

    def __repr__(self) -> str:
        from nipype_mathimg.display import short

        return short(str(self))

    def _repr_html_(self) -> str:
        from nipype_mathimg.formula.plan.described import as_html

        return as_html(self)


def make_plan(
    inferred: Inferred,
    images: Mapping[str, Leaf],
    *,
    memory: int,
    threads: int,
    written: Collection[str] | None = None,
    slab: int | None = None,
    limits: Limits = LIMITS,
    stored: Mapping[str, np.dtype[Any]] | None = None,
    filed: bool = False,
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
    written : collection of str, optional
        Names of the results that are written as images, all when absent; the others are
        returned.
    slab : int, optional
        Voxels of a slab; for tests, the result does not depend on it.
    limits : Limits
        Tuning numbers.
    stored : mapping, optional
        For the name of a result that is written, the dtype of its file.
    filed : bool
        Write results in the order of axes that files have, see `Inferred.filed`.

    Raises
    ------
    FormulaError
        It cannot be done within the budget; the message says what would do.
    """
    names = inferred.results.keys() if written is None else written
    results = _filed(inferred, names) if filed else inferred.results
    used = ancestors(list(results.values()))
    leaves = {op.index: images[op.name] for op in used if op.is_input}
    pieces = chunk_of([results[name] for name in names], limits)
    size = slab or min(pieces.values(), default=limits.chunk)

    def attempt(budget: int) -> Plan:
        return _leanest(
            Plan(inferred, stages, thrift.threads, budget, leaves, limits, stored or {})
            for thrift in _thrifts(size, threads, budget, limits)
            for stages in [
                _stages(cuts_of(results, names, thrift, limits), leaves, thrift, limits)
            ]
        )

    plan = attempt(memory)
    if plan.work_bytes <= memory:
        return plan
    # With more memory more is kept in memory, so what would do has to be tried.
    needed = plan.work_bytes
    while (plan := attempt(needed)).work_bytes > needed:
        # By an eighth at least: a larger budget makes a larger
        # plan, and in small steps the two might never meet.
        needed = max(plan.work_bytes, needed * 9 // 8)
    raise _too_large(plan, needed, memory)


def _filed(inferred: Inferred, written: Collection[str]) -> dict[str, Op]:
    """Return the results, those that are written in the order of axes that files have."""
    return {
        name: inferred.filed.get(name, op) if name in written else op
        for name, op in inferred.results.items()
    }


def _too_large(plan: Plan, needed: int, memory: int) -> FormulaError:
    """Return the refusal of a budget, with what would do."""
    return FormulaError(
        worded(
            "This formula needs about {needed} of memory, most in {step}, and the budget is "
            "{memory}; give it a larger budget ({remedy}), or cut the images beforehand.",
            step=plan.neediest,
            needed=in_units(needed),
            memory=in_units(memory, up=False),
            remedy=setting("memory", amount(needed)),
        ),
        plan.inferred.formula,
    )


def _thrifts(slab: int, threads: int, budget: int, limits: Limits) -> Iterator[Thrift]:
    """Yield ways to save memory: fewer threads first, then smaller slabs too.

    A half of the budget is left for what is kept, and more as slabs get smaller: what is small
    enough to be kept is then smaller too.
    """
    generous, thrifty, least = limits.slab_bytes
    # Halved each time, since every attempt plans all stages anew.
    fewer = [threads >> k for k in range(threads.bit_length())]
    for count in fewer:
        yield Thrift(2 * slab, generous, count, budget // 2)
    for count in fewer:
        yield Thrift(slab // 4 or 1, thrifty, count, budget // 4)
    yield Thrift(slab // 16 or 1, least, 1, budget // 16)


def _leanest(plans: Iterator[Plan]) -> Plan:
    """Return the first plan that keeps to its budget, else the one that needs least."""
    best = next(plans)
    while best.work_bytes > best.memory and (plan := next(plans, None)) is not None:
        best = min(best, plan, key=lambda one: one.work_bytes)
    return best


def _stages(
    cuts: Sequence[Cut], leaves: Mapping[int, Leaf], thrift: Thrift, limits: Limits
) -> tuple[Stage, ...]:
    """Decide how each run reads its images, and count what it costs."""
    found = readings(cuts, leaves, thrift.large_bytes, thrift.threads, limits)
    return tuple(Stage.of(cut, reading, limits) for cut, reading in zip(cuts, found, strict=True))
