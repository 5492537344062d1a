"""Streams of compressed images that are read ahead of those who compute."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.formula.engine.streams import Block, Feed
from nipype_mathimg.formula.plan.ports import Leaf, Store
from nipype_mathimg.spec import Array

__all__ = ["ThreadedFeed"]


class ThreadedFeed(Feed):
    """A feed that reads in a thread of its own, and so many blocks ahead.

    Parameters
    ----------
    leaf, spans, copy
        As for `Feed`.
    depth : int
        Blocks that exist at once. More than are held by those who compute, or nothing moves.
    """

    def __init__(
        self,
        leaf: Leaf,
        spans: Sequence[tuple[int, int] | None],
        copy: Store | None,
        depth: int,
    ) -> None:
        super().__init__(leaf, spans, copy)
        self.window = max((stop - start for start, stop in filter(None, spans)), default=0)
        # Queues without a limit: the number of blocks in `free` limits both.
        self.free: queue.SimpleQueue[Array | None] = queue.SimpleQueue()
        self.ready: queue.SimpleQueue[Block | BaseException | None] = queue.SimpleQueue()
        self.stopped = False
        for _ in range(depth):
            # Empty at first: a short image does not take memory for blocks that it never fills.
            self.free.put(np.empty(0, leaf.stored_dtype))
        self.thread = threading.Thread(target=self._run, name=f"read {leaf.name}", daemon=True)
        self.thread.start()

    def next(self) -> Block | None:
        """Wait for the block for the next slab; raise what the reading raised."""
        item = self.ready.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def give_back(self, block: Block | None) -> None:
        """Let the thread read into the memory of a block that is not needed any more."""
        if block is not None:
            self.free.put(block.data)

    def finish(self) -> None:
        """Wait until the image was checked to its end; raise what was wrong."""
        end = self.ready.get()
        if isinstance(end, BaseException):
            raise end
        self.thread.join()

    def stop(self) -> None:
        """Make the thread end as soon as possible."""
        self.stopped = True
        # Wakes the thread where it waits for memory; where it
        # reads, it sees `stopped` before it fills the next block.
        self.free.put(None)
        self.thread.join()

    def _run(self) -> None:
        try:
            for block in self.blocks:
                self.ready.put(block)
            self.ready.put(None)
        except _StoppedError:
            pass
        # Whatever it is has to reach `next`: the caller would wait for a dead thread for ever.
        except BaseException as error:
            self.ready.put(error)

    def _memory(self, size: int) -> Array:
        data = self.free.get()
        if self.stopped:
            raise _StoppedError
        # What came back is a slice, as long as the block
        # before; its base is as long as the window.
        if data is not None and data.base is not None:
            data = data.base
        if data is None or data.size < size:
            # As much as the longest block takes, so that each memory is allocated only once.
            data = super()._memory(max(size, self.window))
        return data[:size]


class _StoppedError(Exception):
    """The run was given up."""
