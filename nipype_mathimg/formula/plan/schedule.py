"""In which runs the results are computed, and how each is cut.

A run goes once over a domain, slab by slab. What a later run needs in full is known from an
earlier one: a reduction over time or over everything, something small that meets something large,
a function that needs all of an axis. Runs over one domain that need the same earlier ones are one,
so that a file is read once for all that can be accumulated or written on the way.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.kernels.join import Join, Pad
from nipype_mathimg.formula.plan.cut import Cut, Task
from nipype_mathimg.formula.plan.cuts import overlap
from nipype_mathimg.formula.plan.pieces import chunk_of
from nipype_mathimg.formula.plan.repeats import repeated
from nipype_mathimg.formula.plan.sinks import Accumulate, Keep, Sink, Spool, Write
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import elements
from nipype_mathimg.formula.types.slabs import Slabs
from nipype_mathimg.frozen import Frozen

__all__ = ["Thrift", "cuts_of"]


class Thrift(Frozen):
    """How hard memory is saved; tried one after the other until the budget holds.

    Parameters
    ----------
    slab : int
        Elements of a slab that are aimed at.
    slab_bytes : int
        Bytes that a slab may take.
    threads : int
        Threads that compute.
    large_bytes : int
        From this size on something is not kept in memory.
    """

    slab: int
    slab_bytes: int
    threads: int
    large_bytes: int


def cuts_of(
    results: Mapping[str, Op], written: Collection[str], thrift: Thrift, limits: Limits
) -> list[Cut]:
    """Return the runs that the results are computed in, in order.

    Parameters
    ----------
    results : mapping
        The results by name.
    written : collection of str
        Names of those that are written; the others are kept in memory.
    thrift : Thrift
        How hard memory is saved.
    limits : Limits
        Tuning numbers.
    """
    return _Schedule(results, written, thrift, limits).cuts()


class _Schedule:
    """One attempt at the runs."""

    def __init__(
        self, results: Mapping[str, Op], written: Collection[str], thrift: Thrift, limits: Limits
    ) -> None:
        self.writes = [Write(op, name) for name, op in results.items() if name in written]
        self.kept = [op for name, op in results.items() if name not in written]
        self.thrift = thrift
        self.limits = limits
        self.chunks = chunk_of([write.op for write in self.writes], limits)
        self.ops = ancestors(list(results.values()))
        self.known: frozenset[int] = frozenset()

    def cuts(self) -> list[Cut]:
        """Return the runs in order."""
        marked = self._marked()
        levels = self._levels(marked)
        dear = repeated(self.ops, marked, self.writes, levels, self._can_keep)
        if dear:
            marked = sorted([*marked, *dear], key=lambda op: op.index)
            levels = self._levels(marked)
        # A run reads only what earlier ones made known,
        # so a result comes one after its last operand.
        waiting = {write: levels[write.op.index] + 1 for write in self.writes}
        found: list[Cut] = []
        level, left = 1, len(self.ops) + self.limits.repeated_operations
        while waiting or level <= max(levels.values(), default=0):
            here = [op for op in marked if levels[op.index] == level]
            ready = [write for write, first in waiting.items() if first <= level]
            direct = [write for write in ready if self._directly(write)]
            # The others are computed whole first, and written in the next round.
            here += [write.op for write in ready if write not in direct and write.op not in here]
            runs = list(self._level(here, direct))
            found += runs
            left -= sum(len(task.tape.ops) for run in runs for task in run.tasks)
            if left < 0:
                raise _too_long(max(levels.values()))
            self.known |= {op.index for op in here}
            for write in direct:
                del waiting[write]
            level += 1
        return found

    # Which operations are known before others

    def _marked(self) -> list[Op]:
        """Return what is known from a run of its own, in order."""
        marked: dict[int, Op] = {}
        for op in self.ops:
            if self._accumulates(op):
                marked[op.index] = op
            for arg in op.args:
                base = _unviewed(arg)
                if self._hoisted(op, arg, base):
                    marked[base.index] = base
        for op in self.kept:
            if not op.is_constant:
                marked[op.index] = op
        return [marked[index] for index in sorted(marked)]

    def _can_keep(self, op: Op) -> bool:
        """Tell whether a dear value may be kept: in memory, or on disk beside what is written."""
        return bool(self.writes) or op.spec.nbytes <= self.thrift.large_bytes

    def _accumulates(self, op: Op) -> bool:
        how = op.accumulator
        if how is None or not how.streams:
            return False
        # What keeps no axis has a small state, and takes no less where all is at hand.
        return not how.kept or how.state_bytes(self.limits) <= self.thrift.large_bytes

    def _hoisted(self, op: Op, arg: Op, base: Op) -> bool:
        """Tell whether an operand is so much smaller than the result that it is computed once."""
        # Parts that are joined or padded are smaller than
        # the result too, but each is used only once.
        if arg.is_input or arg.is_constant or op.is_free or isinstance(op.kernel, Join | Pad):
            return False
        shape = op.shape if op.accumulator is None else op.args[0].shape
        # Half: what is nearly as large as the result is
        # cheaper to compute with each slab than to keep.
        smaller = 2 * arg.spec.size <= math.prod(shape)
        return smaller and arg.ndim == len(shape) and not base.shows_input

    def _levels(self, marked: Sequence[Op]) -> dict[int, int]:
        """Return how many runs, one after the other, each operation takes to be known."""
        levels: dict[int, int] = {}
        indices = {op.index for op in marked}
        for op in self.ops:
            below = max((levels[arg.index] for arg in op.args), default=0)
            levels[op.index] = below + (op.index in indices)
        return levels

    # Runs

    def _level(self, marked: Sequence[Op], writes: Sequence[Write]) -> Iterator[Cut]:
        """Yield the runs after which some operations are known, and some results written."""
        domains: dict[tuple[int, ...], list[Sink]] = {}
        # The fast accumulators of a level share this; what
        # there is no room left for takes its lean form.
        room = self.thrift.large_bytes // 2
        for op in marked:
            if self._accumulates(op):
                sink, room = self._accumulating(op, room)
                domains.setdefault(sink.domain, []).append(sink)
        shapes: dict[tuple[int, ...], list[Sink]] = {}
        for write in writes:
            shapes.setdefault(write.domain, []).append(write)
        for domain, sinks in domains.items():
            yield self._shared(domain, Task.of(sinks, self.known), shapes)
        for domain, files in shapes.items():
            task = Task.of(files, self.known)
            yield Cut(domain, Slabs.of(domain, self.chunks[domain]), (task,))
        for op in marked:
            if not self._accumulates(op):
                yield self._cut(op.shape, Task.of([self._keeping(op)], self.known))

    def _accumulating(self, op: Op, room: int) -> tuple[Accumulate, int]:
        """Return the sink of what is accumulated: in more passes where memory is short."""
        how = op.accumulator
        if how is None:
            raise AssertionError(f"{op.name} is not accumulated")
        lean = how.lean()
        if lean is not how and lean.state_bytes(self.limits) < how.state_bytes(self.limits):
            room -= how.state_bytes(self.limits)
            how = how if room >= 0 else lean
        return Accumulate(op, how), room

    def _keeping(self, op: Op) -> Sink:
        """Return the sink of what is computed whole: memory, or a disk where it is large."""
        large = self.thrift.large_bytes
        if op in (write.op for write in self.writes):
            large = min(large, self.limits.disk_bytes)
        if self.writes and op not in self.kept and op.spec.nbytes > large:
            return Spool(op)
        return Keep(op)

    def _shared(
        self, domain: tuple[int, ...], task: Task, shapes: dict[tuple[int, ...], list[Sink]]
    ) -> Cut:
        """Return a run that accumulates, and writes what can be written on the way."""
        files = shapes.get(domain)
        # To decode an image takes longest, so one pass
        # serves both where the pieces of the file suit it.
        if files is not None:
            pieces = Slabs.of(domain, self.chunks[domain])
            whole = all(pieces[0][axis] == (0, domain[axis]) for axis in task.closed(domain))
            both = Cut(domain, pieces, (task, Task.of(files, self.known)))
            if whole and both.block_bytes() <= self._most_bytes:
                del shapes[domain]
                return both
        return self._cut(domain, task)

    @property
    def _most_bytes(self) -> int:
        return max(self.thrift.slab_bytes, self.limits.write_at_once)

    def _directly(self, write: Write) -> bool:
        task = Task.of([write], self.known)
        pieces = Slabs.of(write.domain, self.chunks[write.domain])
        closed = task.closed(write.domain)
        # A piece of a file is a run in file order, which
        # cannot be whole along an axis that it cuts.
        if any(pieces[0][k] != (0, write.domain[k]) for k in closed):
            return False
        cut = Cut(write.domain, pieces, (task,))
        if task.looks_around and cut.block_bytes() > self.thrift.slab_bytes:
            return False
        return not _reduces(task) or cut.block_bytes() <= self._most_bytes

    def _cut(self, domain: tuple[int, ...], task: Task) -> Cut:
        """Return a run in slabs that are small enough."""
        closed = task.closed(domain)
        target = self._little_overlap(domain, task, closed)
        while True:
            cut = Cut(domain, Slabs.of(domain, target, closed), (task,))
            finer = max(target // 2, 1)
            if cut.block_bytes() <= self.thrift.slab_bytes or target == finer:
                return cut
            # Closed axes alone may be larger than the target;
            # then halving it changes nothing any more.
            same = len(Slabs.of(domain, finer, closed)) == len(cut.slabs)
            if same and finer * 2 < elements(cut.slabs[0]):
                return cut
            target = finer

    def _worth_the_states(self, task: Task) -> int:
        """Return the elements of a slab: more where the states of voxels are loaded for each."""
        slab, limits = self.thrift.slab, self.limits
        hows = [sink.accumulator for sink in task.sinks if isinstance(sink, Accumulate)]
        states = sum(how.state_bytes(limits) for how in hows if how.in_order)
        if states <= limits.cached_bytes:
            return slab
        widest = max(op.spec.dtype.itemsize for op in task.tape.targets)
        return max(slab, min(limits.larger_pieces * slab, limits.accumulated_bytes // widest))

    def _little_overlap(self, domain: tuple[int, ...], task: Task, closed: Collection[int]) -> int:
        """Return the elements of a slab that is so large that little of it is computed twice."""
        target = self._worth_the_states(task)
        while task.looks_around and target < math.prod(domain):
            demand = task.demand(Slabs.of(domain, target, closed).inner)
            if overlap(task.tape, demand) <= self.limits.most_overlap:
                break
            target *= 2
        return target


def _too_long(levels: int) -> FormulaError:
    return FormulaError(
        f"The formula has {levels} reductions in a row, each of which needs the one before, and "
        "all that leads to it is computed as often; save what a part of them gives, and go on "
        "with that."
    )


def _reduces(task: Task) -> bool:
    """Tell whether an operation of a task needs all of an axis of an operand."""
    tape = task.tape
    return any(
        op.index not in tape.leaves and any(None in maps for maps in op.maps) for op in tape.ops
    )


def _unviewed(op: Op) -> Op:
    """Return what an operation shows under another shape: a view costs nothing."""
    while op.shows_operand and op.args[0].spec.size == op.spec.size:
        op = op.args[0]
    return op
