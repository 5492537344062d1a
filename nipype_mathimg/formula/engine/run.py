"""Running a plan: slabs flow from the images through the formula to the result.

One thread reads each compressed image ahead; slabs are computed (and, for a file, compressed) by
a few threads; the calling thread takes the pieces in order. Nothing depends on which thread is
faster: pieces are taken in order, and accumulators see their values in file order.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Generic, Protocol, TypeVar

import numpy as np

from nipype_mathimg.formula.engine.accumulators import Gathering
from nipype_mathimg.formula.engine.pipeline import Blocks, Outcomes, flow
from nipype_mathimg.formula.engine.slab import SlabValues
from nipype_mathimg.formula.engine.streams import Feed
from nipype_mathimg.formula.engine.workers import Lane, open_lanes
from nipype_mathimg.formula.engine.workspace import Hand, StoreFactory
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.reads import SPOOL_BLOCK, Access
from nipype_mathimg.formula.plan.stage import Stage, StageKind
from nipype_mathimg.formula.types.regions import Region, contiguous_runs, flat_range, local

__all__ = ["Writer", "run"]

Piece = TypeVar("Piece")


class Writer(Protocol[Piece]):
    """Takes the pieces of a result."""

    def encode(self, values: Value, region: Region) -> Piece:
        """Make of a piece what is written; called in several threads at once."""

    def append(self, piece: Piece) -> None:
        """Write what `encode` returned; called in file order, in the thread that called `run`."""


def run(
    plan: Plan,
    make_store: StoreFactory,
    writer: Writer[Piece] | None = None,
) -> Value | None:
    """Compute a formula.

    Parameters
    ----------
    plan : Plan
        How.
    make_store : StoreFactory
        Makes places on local disk.
    writer : Writer, optional
        Takes the result where it is an image.

    Returns
    -------
    ndarray, number or None
        The value of the result where nothing is written.

    Raises
    ------
    FormulaError
        A value of an image cannot be computed with (a label outside of a table, ...).
    """
    with ExitStack() as resources, np.errstate(all="ignore"):
        hand = Hand(make_store, resources)
        lanes = open_lanes(0 if plan.serial else plan.threads, resources)
        for stage in plan.stages:
            _Run(plan, stage, hand, lanes, writer).run()
        return _result(plan, hand) if writer is None else None


def _result(plan: Plan, hand: Hand) -> Value:
    root = plan.root
    value: Value = root.value if root.is_constant else hand.values[root.index]
    return value


class _Run(Generic[Piece]):
    """One stage in progress."""

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        hand: Hand,
        lanes: list[Lane],
        writer: Writer[Piece] | None,
    ) -> None:
        self.plan, self.stage, self.hand, self.lanes = plan, stage, hand, lanes
        self.writer = writer
        self.gathering = Gathering(stage.targets, stage.domain, len(lanes), stage.narrowing)
        self.values = SlabValues(stage, plan.images, hand)
        self.collected = np.empty(0)

    def run(self) -> None:
        """Run over the domain, as often as the targets ask for it."""
        stage = self.stage
        if stage.kind is StageKind.COLLECT:
            self._prepare_result()
        self._prepare_images()
        self._pass(first=True)
        while stage.kind is StageKind.REDUCE and not self.gathering.finish_pass():
            self._pass(first=False)
        if stage.kind is StageKind.REDUCE:
            for op, value in self.gathering.results():
                self.hand.values[op.index] = _plain(op, value)
        elif stage.kind is StageKind.COLLECT and not stage.on_disk:
            op = stage.targets[0]
            self.hand.values[op.index] = _plain(op, self.collected)

    def _prepare_result(self) -> None:
        op = self.stage.targets[0]
        if self.stage.on_disk:
            self.hand.store(op.index, op.name, op.spec.dtype, op.spec.size)
        else:
            self.collected = np.empty(op.shape, op.spec.dtype, order="F")

    def _prepare_images(self) -> None:
        images = self.plan.images
        for index in self.stage.read_by(Access.KEEP):
            self.hand.keep(index, images[index])
        for index in self.stage.read_by(Access.SPOOL):
            if index not in self.hand.stores:
                self._spool(index, images[index])
        for index in self.stage.read_by(Access.DIRECT):
            self.hand.reader(index, images[index])

    def _spool(self, index: int, leaf: Leaf) -> None:
        """Decode an image to disk, before anything else reads it."""
        size = leaf.spec.size
        starts = range(0, size, SPOOL_BLOCK)
        spans = [(start, min(start + SPOOL_BLOCK, size)) for start in starts]
        feed = self._feed(index, leaf, spans, copies=True)
        flow(self.lanes, spans, {index: feed}, lambda *_: [], self._take)

    # A pass

    def _pass(self, *, first: bool) -> None:
        feeds = self._feeds() if first else {}
        flow(self.lanes, self.stage.slabs, feeds, self._submit, self._take)

    def _feeds(self) -> dict[int, Feed]:
        images = {index: self.plan.images[index] for index in self.stage.read_by(Access.STREAM)}
        spans = self.stage.spans({index: leaf.spec.shape for index, leaf in images.items()})
        return {
            index: self._feed(index, leaf, spans[index], copies=self.stage.readings[index].copies)
            for index, leaf in images.items()
        }

    def _feed(
        self, index: int, leaf: Leaf, spans: Sequence[tuple[int, int] | None], *, copies: bool
    ) -> Feed:
        copy = None
        if copies:
            copy = self.hand.store(index, leaf.name, leaf.stored_dtype, leaf.spec.size)
        if self.plan.serial:
            return Feed(leaf, spans, copy)
        # A small image starts faster without.
        from nipype_mathimg.formula.engine.read_ahead import ThreadedFeed

        return ThreadedFeed(leaf, spans, copy, self.stage.readings[index].depth)

    def _submit(self, k: int, slab: Region, blocks: Blocks) -> Outcomes[Piece]:
        if self.stage.kind is StageKind.REDUCE:
            return [
                self.lanes[lane].submit(self._accumulate, part, blocks)
                for lane, part in self.gathering.parts(k, slab)
            ]
        lane = self.lanes[k % len(self.lanes)]
        if self.stage.kind is StageKind.COLLECT:
            return [lane.submit(self._collect, slab, blocks)]
        return [lane.submit(self._encode, slab, blocks)]

    def _take(self, piece: Piece) -> None:
        if self.writer is not None:
            self.writer.append(piece)

    # What the computing threads do

    def _accumulate(self, part: Region, blocks: Blocks) -> Piece | None:
        values = self.values.of(part, blocks)
        with np.errstate(all="ignore"):
            self.gathering.update(part, values)
        return None

    def _collect(self, region: Region, blocks: Blocks) -> Piece | None:
        (value,) = self.values.of(region, blocks)
        op = self.stage.targets[0]
        if not self.stage.on_disk:
            self.collected[tuple(slice(low, high) for low, high in region)] = value
            return None
        store, _ = self.hand.stores[op.index]
        for piece in contiguous_runs(region, op.shape):
            store.write_at(flat_range(piece, op.shape)[0], np.asarray(value)[local(piece, region)])
        return None

    def _encode(self, region: Region, blocks: Blocks) -> Piece | None:
        if self.writer is None:
            raise AssertionError("a result is written without a writer")
        (value,) = self.values.of(region, blocks)
        return self.writer.encode(value, region)


def _plain(op: Op, value: Value) -> Value:
    """Return a value without axes as a plain number of Python."""
    if op.shape:
        return np.asarray(value)
    number: Value = np.asarray(value).item()
    return number
