"""A run over a domain: what is computed of it together, and the slabs that it is cut into."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from nipype_mathimg.formula.graph.tape import Demand, Tape
from nipype_mathimg.formula.plan.cuts import closed_axes, has_halo
from nipype_mathimg.formula.plan.sinks import Accumulate, Sink
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, span_of
from nipype_mathimg.formula.types.slabs import Slabs
from nipype_mathimg.frozen import Frozen

__all__ = ["Cut", "Task"]


class Task(Frozen):
    """What one thread computes of a slab in one go.

    Parameters
    ----------
    sinks : tuple of Sink
        Who takes the values.
    tape : Tape
        How they are computed; its targets are the operands of the sinks, in order.
    """

    sinks: tuple[Sink, ...]
    tape: Tape

    @classmethod
    def of(cls, sinks: Sequence[Sink], known: frozenset[int]) -> Task:
        """Return the task that computes everything that is not `known` yet."""
        operands = [operand for sink in sinks for operand in sink.operands]
        return cls(tuple(sinks), Tape.of(operands, known))

    def only(self, sinks: Sequence[Sink]) -> Task:
        """Return the part of the task that some of its sinks need."""
        return Task.of(sinks, self.tape.leaves)

    @property
    def accumulates(self) -> bool:
        """Whether its sinks are accumulators."""
        # The first speaks for all: a task is made of accumulators only, or of none.
        return isinstance(self.sinks[0], Accumulate)

    @property
    def looks_around(self) -> bool:
        """Whether something is computed from the neighbours of what is not at hand."""
        tape = self.tape
        return any(has_halo(op) for op in tape.ops if op.index not in tape.leaves)

    def wanted(self, region: Region) -> list[Region]:
        """Return the regions of the tape's targets for a part of the domain."""
        return [part for sink in self.sinks for part in sink.wanted(region)]

    def demand(self, region: Region) -> Demand:
        """Return the regions of every operation for a part of the domain."""
        return self.tape.demand(self.wanted(region))

    def closed(self, domain: tuple[int, ...]) -> set[int]:
        """Return the axes of the domain that have to be there from end to end."""
        uncut = max(
            (sink.accumulator.uncut for sink in self.sinks if isinstance(sink, Accumulate)),
            default=0,
        )
        return closed_axes(self.tape, domain) | set(range(uncut))

    def block_bytes(self, region: Region) -> int:
        """Return the memory of the blocks while a part of the domain is computed."""
        return self.tape.peak_bytes(self.demand(region), (), tables=False)

    def work_bytes(self, region: Region, views: Collection[int], limits: Limits) -> int:
        """Return the memory that a part of the domain takes while it is computed and taken."""
        taking = [sink.work_bytes(region, limits) for sink in self.sinks]
        # Pieces of several files wait for each other; accumulators look at a slab in turn.
        return self.tape.peak_bytes(self.demand(region), views) + (
            max(taking) if self.accumulates else sum(taking)
        )


class Cut(Frozen):
    """Tasks over one domain, slab by slab.

    Parameters
    ----------
    domain : tuple of int
        Shape of what is run over.
    slabs : Slabs
        The pieces, in file order.
    tasks : tuple of Task
        What is computed of each; they share what is read.
    """

    domain: tuple[int, ...]
    slabs: Slabs
    tasks: tuple[Task, ...]

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """Who takes values, of all tasks."""
        return tuple(sink for task in self.tasks for sink in task.sinks)

    @property
    def leaves(self) -> frozenset[int]:
        """Indices of what is read: images and values of earlier stages."""
        return frozenset().union(*(task.tape.leaves for task in self.tasks))

    @property
    def passes(self) -> int:
        """How often the domain may be run over."""
        return max(sink.passes for sink in self.sinks)

    @property
    def costly(self) -> tuple[Region, ...]:
        """The slabs of which one takes the most memory: the largest, or one between others."""
        if any(task.looks_around for task in self.tasks):
            return self.slabs.largest, self.slabs.inner
        return (self.slabs.largest,)

    def block_bytes(self) -> int:
        """Return the memory of the blocks while the costliest slab is computed in one thread.

        What does not get less where slabs are smaller (`Kernel.table`) is left out.
        """
        return max(task.block_bytes(slab) for task in self.tasks for slab in self.costly)

    def work_bytes(self, views: Collection[int], limits: Limits) -> int:
        """Return the memory that the costliest slab takes in one thread."""
        costs = (t.work_bytes(slab, views, limits) for t in self.tasks for slab in self.costly)
        return max(costs)

    def kept_bytes(self, limits: Limits) -> int:
        """Return the memory of what the sinks hold."""
        return sum(sink.kept_bytes(limits) for sink in self.sinks)

    def spans(
        self, shapes: Mapping[int, Sequence[int]], slabs: Sequence[Region]
    ) -> dict[int, list[tuple[int, int] | None]]:
        """Return the run of each image that each slab needs, in order; None where it needs none.

        Parameters
        ----------
        shapes : mapping
            For the index of an image, its shape.
        slabs : sequence of Region
            All slabs, or some of them.
        """
        found: dict[int, list[tuple[int, int] | None]] = {index: [] for index in shapes}
        # There may be millions of slabs; without an image
        # that is streamed nobody asks for their spans.
        for slab in slabs if found else ():
            for index, span in self._spans(shapes, slab).items():
                found[index].append(span)
        return found

    def _spans(
        self, shapes: Mapping[int, Sequence[int]], slab: Region
    ) -> dict[int, tuple[int, int] | None]:
        demands = [task.demand(slab) for task in self.tasks]
        return {
            index: span_of([r for demand in demands for r in demand.get(index, ())], shape)
            for index, shape in shapes.items()
        }
