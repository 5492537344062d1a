"""Running a plan: slabs flow from the images through the formula to the result.

One thread reads each compressed image ahead; slabs are computed (and, for a file, compressed) by
a few threads; the calling thread takes the pieces in order. Nothing depends on which thread is
faster: pieces are taken in order, and accumulators see their values in file order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, ParamSpec, Protocol, TypeVar

import numpy as np

from nipype_mathimg.formula.access import Access
from nipype_mathimg.formula.evaluate import Demand, Value
from nipype_mathimg.formula.feeds import (
    Block,
    Feed,
    Hand,
    StoreFactory,
    leaves_of,
    read_region,
    region_of,
)
from nipype_mathimg.formula.gathering import Gathering
from nipype_mathimg.formula.graph import Op
from nipype_mathimg.formula.plan import Plan, Stage, StageKind
from nipype_mathimg.formula.regions import Region, flat_range, span_of

__all__ = ["Writer", "run"]

Blocks = dict[int, "Block | None"]
"""The block of each streamed image that belongs to a slab."""

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
        pool = _pool(plan, resources)
        for stage in plan.stages:
            _Run(plan, stage, hand, pool, writer).run()
        return _result(plan, hand) if writer is None else None


def _result(plan: Plan, hand: Hand) -> Value:
    root = plan.root
    value: Value = root.value if root.is_constant else hand.values[root.index]
    return value


P = ParamSpec("P")
R = TypeVar("R")


class _Inline(Executor):
    """Runs at once what is submitted."""

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a function in the calling thread."""
        future: Future[R] = Future()
        future.set_result(function(*args, **kwargs))
        return future


def _pool(plan: Plan, resources: ExitStack) -> list[Executor]:
    """Return one executor per computing thread: each does its work in the order it was given."""
    if plan.serial:
        return [_Inline()]
    return [
        resources.enter_context(ThreadPoolExecutor(1, thread_name_prefix="compute"))
        for _ in range(plan.threads)
    ]


@dataclass(slots=True)
class _Slab(Generic[Piece]):
    """A slab that is being computed."""

    futures: list[Future[Piece | None]]
    blocks: list[tuple[Feed, Block | None]]


class _Run(Generic[Piece]):
    """One stage in progress."""

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        hand: Hand,
        pool: list[Executor],
        writer: Writer[Piece] | None,
    ) -> None:
        self.plan, self.stage, self.hand, self.pool = plan, stage, hand, pool
        self.writer = writer
        self.gathering = Gathering(stage.targets, stage.domain, len(pool))
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
        for index in leaves_of(self.stage.readings, Access.KEEP):
            self.hand.keep(index, images[index])
        for index in leaves_of(self.stage.readings, Access.SPOOL):
            self.hand.spool(index, images[index])
        for index in leaves_of(self.stage.readings, Access.DIRECT):
            self.hand.reader(index, images[index])

    # A pass

    def _pass(self, *, first: bool) -> None:
        feeds = self._feeds() if first else {}
        flying: deque[_Slab[Piece]] = deque()
        try:
            for k, slab in enumerate(self.stage.slabs):
                blocks = {index: feed.next() for index, feed in feeds.items()}
                futures = self._submit(k, slab, blocks)
                pairs = [(feeds[index], block) for index, block in blocks.items()]
                flying.append(_Slab(futures, pairs))
                while len(flying) > len(self.pool):
                    self._land(flying.popleft())
            while flying:
                self._land(flying.popleft())
            for feed in feeds.values():
                feed.finish()
        except BaseException:
            for waiting in flying:
                for future in waiting.futures:
                    future.cancel()
            for feed in feeds.values():
                feed.stop()
            raise

    def _feeds(self) -> dict[int, Feed]:
        feeds = {}
        for index in leaves_of(self.stage.readings, Access.STREAM):
            leaf, reading = self.plan.images[index], self.stage.readings[index]
            copy = None
            if reading.copies:
                copy = self.hand.store(index, leaf.name, leaf.stored_dtype, leaf.spec.size)
            spans = _Spans(self.stage, index, leaf.spec.shape)
            window = max((b - a for a, b in filter(None, spans(limit=1))), default=0)
            feeds[index] = Feed(
                leaf, spans, copy, window, depth=reading.depth, threaded=not self.plan.serial
            )
        return feeds

    def _submit(self, k: int, slab: Region, blocks: Blocks) -> list[Future[Piece | None]]:
        if self.stage.kind is StageKind.REDUCE:
            return [
                self.pool[lane].submit(self._accumulate, part, blocks)
                for lane, part in self.gathering.parts(k, slab)
            ]
        lane = self.pool[k % len(self.pool)]
        if self.stage.kind is StageKind.COLLECT:
            return [lane.submit(self._collect, slab, blocks)]
        return [lane.submit(self._encode, slab, blocks)]

    def _land(self, slab: _Slab[Piece]) -> None:
        for future in slab.futures:
            piece = future.result()
            if piece is not None and self.writer is not None:
                self.writer.append(piece)
        for feed, block in slab.blocks:
            feed.give_back(block)

    # What the computing threads do

    def _compute(self, region: Region, blocks: Blocks) -> list[Value]:
        tape = self.stage.tape
        wanted = self.stage.wanted(region)
        demand = tape.demand(wanted)

        def fetch(op: Op, part: Region) -> Value:
            return self._fetch(op, part, blocks)

        with np.errstate(all="ignore"):
            return tape.run(demand, fetch, wanted)

    def _fetch(self, op: Op, region: Region, blocks: Blocks) -> Value:
        if op.index in self.hand.values:
            value = self.hand.values[op.index]
            if isinstance(value, np.ndarray):
                return value[tuple(slice(low, high) for low, high in region)]
            return value
        block = blocks.get(op.index)
        leaf = self.plan.images.get(op.index)
        if block is not None and leaf is not None:
            return region_of(block, region, op.shape, leaf)
        found = self.hand.anywhere(op.index, leaf)
        if found is None:
            raise AssertionError(f"{op.name} is not at hand")
        data = read_region(*found, region, op.shape)
        return data if leaf is None else leaf.decode(data)

    def _accumulate(self, part: Region, blocks: Blocks) -> Piece | None:
        values = self._compute(part, blocks)
        with np.errstate(all="ignore"):
            self.gathering.update(part, values)
        return None

    def _collect(self, region: Region, blocks: Blocks) -> Piece | None:
        (value,) = self._compute(region, blocks)
        op = self.stage.targets[0]
        if not self.stage.on_disk:
            self.collected[tuple(slice(low, high) for low, high in region)] = value
            return None
        store, _ = self.hand.stores[op.index]
        for piece in _runs_of(region, op.shape):
            place = tuple(
                slice(low - base, high - base)
                for (low, high), (base, _) in zip(piece, region, strict=True)
            )
            store.write_at(flat_range(piece, op.shape)[0], np.asarray(value)[place])
        return None

    def _encode(self, region: Region, blocks: Blocks) -> Piece | None:
        if self.writer is None:
            raise AssertionError("a result is written without a writer")
        (value,) = self._compute(region, blocks)
        return self.writer.encode(value, region)


@dataclass(frozen=True, slots=True)
class _Spans:
    """The runs of an image that the slabs of a stage need, in order."""

    stage: Stage
    index: int
    shape: tuple[int, ...]

    def __call__(self, limit: int | None = None) -> Iterator[tuple[int, int] | None]:
        for slab in self.stage.slabs[:limit]:
            yield self._span(slab)

    def _span(self, slab: Region) -> tuple[int, int] | None:
        demand: Demand = self.stage.tape.demand(self.stage.wanted(slab))
        return span_of(demand[self.index], self.shape)


def _runs_of(region: Region, shape: Sequence[int]) -> Iterator[Region]:
    """Yield the parts of a region that are contiguous in file order."""
    _, _, frame = flat_range(region, shape)
    if frame == region:
        yield region
        return
    top = max(k for k in range(len(shape)) if region[k][1] - region[k][0] > 1)
    low, high = region[top]
    for k in range(low, high):
        yield from _runs_of((*region[:top], (k, k + 1), *region[top + 1 :]), shape)


def _plain(op: Op, value: Value) -> Value:
    """Return a value without axes as a plain number of Python."""
    if op.shape:
        return np.asarray(value)
    number: Value = np.asarray(value).item()
    return number
