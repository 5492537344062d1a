"""Running a plan: slabs flow from the images through the formula to the results.

One thread reads each compressed image ahead; slabs are computed (and, for a file, compressed) by
a few threads; the calling thread takes the pieces in order. Nothing depends on which thread is
faster: pieces are taken in order, and accumulators see their values in file order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np

from nipype_mathimg.formula.engine.accumulators import Accumulators
from nipype_mathimg.formula.engine.pipeline import Blocks, Held, Outcomes, flow
from nipype_mathimg.formula.engine.progress import Progress, Share, shares_of
from nipype_mathimg.formula.engine.sinks import Piece, Writer, plain, takers_of
from nipype_mathimg.formula.engine.slab import SlabValues
from nipype_mathimg.formula.engine.streams import Feed
from nipype_mathimg.formula.engine.workers import Lane, open_lanes
from nipype_mathimg.formula.engine.workspace import StoreFactory, Workspace
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.cut import Task
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.reads import Access
from nipype_mathimg.formula.plan.sinks import Accumulate
from nipype_mathimg.formula.plan.stage import Stage
from nipype_mathimg.formula.types.regions import Region

__all__ = ["Progress", "run"]


def run(
    plan: Plan,
    make_store: StoreFactory,
    writers: Mapping[str, Writer] | None = None,
    progress: Progress | None = None,
) -> dict[str, Value]:
    """Compute a formula.

    Parameters
    ----------
    plan : Plan
        How.
    make_store : StoreFactory
        Makes places on local disk.
    writers : mapping, optional
        For the name of every result that is written, who takes its pieces.
    progress : callable, optional
        Is told how far it is.

    Returns
    -------
    dict
        The values, arrays or numbers, of the results that are not written, by name.

    Raises
    ------
    FormulaError
        A value of an image cannot be computed with (a label outside of a table, ...).
    """
    writers = writers or {}
    # Voxels that are NaN or infinite, or divided by 0, are no news: images are full of background.
    with ExitStack() as resources, np.errstate(all="ignore"):
        workspace = Workspace(make_store, resources, plan.limits)
        lanes = open_lanes(0 if plan.serial else plan.threads, resources)
        shares = shares_of(plan, progress)
        for stage, share in zip(plan.stages, shares, strict=True):
            _Run(plan, stage, workspace, lanes, writers, share).run()
        return {
            name: op.value if op.is_constant else workspace.values[op.index]
            for name, op in plan.results.items()
            if name not in writers
        }


class _Run:
    """One stage in progress."""

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        workspace: Workspace,
        lanes: list[Lane],
        writers: Mapping[str, Writer],
        share: Share,
    ) -> None:
        self.plan, self.stage, self.workspace, self.lanes = plan, stage, workspace, lanes
        self.share = share
        self.cut = stage.cut
        self.accumulating = [sink for sink in self.cut.sinks if isinstance(sink, Accumulate)]
        self.accumulators = Accumulators(
            self.accumulating, self.cut.domain, len(lanes), plan.limits
        )
        self.takers = takers_of(self.cut.sinks, workspace, writers)
        self.values = SlabValues(plan.images, workspace)
        # Of the blocks that exist at once, one is the next.
        depths = [reading.depth - 1 for reading in stage.readings.values()]
        self.most = min([len(lanes), *depths])

    def run(self) -> None:
        """Run over the domain, as often as the sinks ask for it."""
        self._prepare_images()
        self._pass(self.cut.tasks, self._feeds())
        left = self.accumulators.finish_pass(self.accumulating)
        while left:
            task = next(task for task in self.cut.tasks if task.accumulates)
            # Without streams: an image that is read again is at
            # hand since the first pass, in memory or on disk.
            self._pass([task.only(left)], {})
            left = self.accumulators.finish_pass(left)
        for op, value in self.accumulators.results():
            self.workspace.values[op.index] = plain(op, value)
        for taker in self.takers.values():
            taker.finish()

    def _prepare_images(self) -> None:
        images = self.plan.images
        for index in self.stage.read_by(Access.KEEP):
            self.workspace.keep(index, images[index])
        for index in self.stage.read_by(Access.SPOOL):
            if index not in self.workspace.stores:
                self._spool(index, images[index])
        for index in self.stage.read_by(Access.DIRECT):
            # Opened by one thread, beforehand: `reader` remembers what it opens without a lock.
            self.workspace.reader(index, images[index])

    def _spool(self, index: int, leaf: Leaf) -> None:
        """Decode an image to disk, before anything else reads it."""
        size, block = leaf.spec.size, self.plan.limits.spool_block
        spans = [(start, min(start + block, size)) for start in range(0, size, block)]
        feed = self._feed(index, leaf, spans, copies=True)
        flow(self.lanes, spans, {index: feed}, lambda *_: [], self._append, self.most)

    # A pass

    def _pass(self, tasks: Sequence[Task], feeds: Mapping[int, Feed]) -> None:
        def submit(k: int, slab: Region, held: Held) -> Outcomes[list[Piece]]:
            # Of several tasks none knows that it is the last that uses the blocks of a step; nor
            # do threads that share a block to accumulate. These go back when all have ended.
            alone = len(tasks) == 1
            return [o for task in tasks for o in self._submit(task, k, slab, held, alone)]

        flow(self.lanes, self.cut.slabs, feeds, submit, self._append, self.most, self.share)

    def _feeds(self) -> dict[int, Feed]:
        images = {index: self.plan.images[index] for index in self.stage.read_by(Access.STREAM)}
        shapes = {index: leaf.spec.shape for index, leaf in images.items()}
        spans = self.cut.spans(shapes, self.cut.slabs)
        return {
            index: self._feed(index, leaf, spans[index], copies=self.stage.readings[index].copies)
            for index, leaf in images.items()
        }

    def _feed(
        self, index: int, leaf: Leaf, spans: Sequence[tuple[int, int] | None], *, copies: bool
    ) -> Feed:
        copy = None
        if copies:
            copy = self.workspace.store(index, leaf.name, leaf.stored_dtype, leaf.spec.size)
        if self.plan.serial:
            return Feed(leaf, spans, copy)
        # A small image starts faster without.
        from nipype_mathimg.formula.engine.read_ahead import ThreadedFeed

        return ThreadedFeed(leaf, spans, copy, self.stage.readings[index].depth)

    def _submit(
        self, task: Task, k: int, slab: Region, held: Held, alone: bool
    ) -> Outcomes[list[Piece]]:
        if task.accumulates:
            return [
                self.lanes[lane].submit(self._accumulate, task, part, held.blocks)
                for lane, part in self.accumulators.parts(k, slab)
            ]
        return [self.lanes[k % len(self.lanes)].submit(self._deliver, task, slab, held, alone)]

    def _append(self, pieces: list[Piece]) -> None:
        for write in pieces:
            write()

    # What the computing threads do

    def _accumulate(self, task: Task, part: Region, blocks: Blocks) -> list[Piece] | None:
        values = self.values.of(task, part, blocks)
        sinks = [sink for sink in task.sinks if isinstance(sink, Accumulate)]
        # NumPy has one such state per thread: the one of `run` does not reach the lanes.
        with np.errstate(all="ignore"):
            self.accumulators.update(part, sinks, values)
        return None

    def _deliver(self, task: Task, region: Region, held: Held, alone: bool) -> list[Piece] | None:
        values = self.values.of(task, region, held.blocks)
        if alone:
            held.release_early(values)
        taken = [
            self.takers[sink].take(value, region)
            for sink, value in zip(task.sinks, values, strict=True)
        ]
        return [piece for piece in taken if piece is not None]
