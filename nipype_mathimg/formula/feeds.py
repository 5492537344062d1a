"""Where a stage gets the blocks of its images from, and how they are read ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nipype_mathimg.formula.access import Access
from nipype_mathimg.formula.evaluate import Value
from nipype_mathimg.formula.leaf import Leaf, LeafReader, Store
from nipype_mathimg.formula.regions import Region, elements, flat_range, local
from nipype_mathimg.spec import Array

__all__ = ["Block", "Feed", "Hand", "StoreFactory"]

StoreFactory = Callable[[str, np.dtype[Any], int], Store]
"""From a name, a dtype and a number of elements to a place on local disk."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of an image as it is stored.

    Parameters
    ----------
    start : int
        Its first element.
    data : ndarray
        The elements, 1-D.
    """

    start: int
    data: Array


@dataclass(slots=True)
class Hand:
    """Everything that is at hand of the images and of the earlier stages.

    Parameters
    ----------
    make_store : StoreFactory
        Makes places on disk.
    resources : ExitStack
        Closes them.
    """

    make_store: StoreFactory
    resources: ExitStack
    values: dict[int, Value] = field(default_factory=dict)
    stores: dict[int, tuple[Store, np.dtype[Any]]] = field(default_factory=dict)
    readers: dict[int, LeafReader] = field(default_factory=dict)

    def store(self, index: int, name: str, dtype: np.dtype[Any], size: int) -> Store:
        """Make a place on disk for an image or a result."""
        store = self.resources.enter_context(self.make_store(name, dtype, size))
        self.stores[index] = (store, dtype)
        return store

    def reader(self, index: int, leaf: Leaf) -> LeafReader:
        """Return an open reader of an image that can be read at any place."""
        if index not in self.readers:
            reader = leaf.open()
            self.resources.callback(reader.close)
            self.readers[index] = reader
        return self.readers[index]

    def keep(self, index: int, leaf: Leaf) -> None:
        """Read an image whole and keep its values."""
        if index in self.values:
            return
        data = np.empty(leaf.spec.size, leaf.stored_dtype)
        reader = leaf.open()
        try:
            reader.read_into(0, data)
            reader.finish()
        finally:
            reader.close()
        self.values[index] = leaf.decode(data).reshape(leaf.spec.shape, order="F")

    def spool(self, index: int, leaf: Leaf) -> None:
        """Decode an image to disk, before anything else reads it."""
        if index in self.stores:
            return
        store = self.store(index, leaf.name, leaf.stored_dtype, leaf.spec.size)
        block = np.empty(min(1 << 18, leaf.spec.size), leaf.stored_dtype)
        reader = leaf.open()
        try:
            for start in range(0, leaf.spec.size, block.size):
                part = block[: min(block.size, leaf.spec.size - start)]
                reader.read_into(start, part)
                store.write_at(start, part)
            reader.finish()
        finally:
            reader.close()

    def anywhere(
        self, index: int, leaf: Leaf | None
    ) -> tuple[Store | LeafReader, np.dtype[Any]] | None:
        """Return what can be read at any place, and the dtype of its elements."""
        if index in self.stores:
            return self.stores[index]
        if leaf is not None:
            return self.reader(index, leaf), leaf.stored_dtype
        return None


SHORT_RUN = 1 << 16
"""So many elements are read and thrown away in less time than another read takes to begin."""


def read_region(
    source: Store | LeafReader, dtype: np.dtype[Any], region: Region, shape: Sequence[int]
) -> Array:
    """Read a region at any place, in as few runs as its layout allows."""
    start, stop, frame = flat_range(region, shape)
    wanted = elements(region)
    if stop - start <= max(1.25 * wanted, SHORT_RUN):
        data = np.empty(stop - start, dtype)
        source.read_into(start, data)
        return data.reshape([high - low for low, high in frame], order="F")[local(region, frame)]
    block = np.empty([high - low for low, high in region], dtype, order="F")
    top = max(k for k, (low, high) in enumerate(region) if high - low > 1)
    low, high = region[top]
    for k in range(low, high):
        part = (*region[:top], (k, k + 1), *region[top + 1 :])
        block[local(part, region)] = read_region(source, dtype, part, shape)
    return block


class Feed:
    """Reads one compressed image in one stream, ahead of those who compute, in its own thread.

    Parameters
    ----------
    leaf : Leaf
        The image.
    spans : sequence of (start, stop) or None
        The run of elements that each slab needs, in order; None where it needs none.
    copy : Store, optional
        Receives every element.
    window : int
        Elements of a block, at the most.
    depth : int
        Blocks that exist at once. More than are held by those who compute, or nothing moves.
    threaded : bool
        Read in a thread of its own.
    """

    def __init__(
        self,
        leaf: Leaf,
        spans: Callable[[], Iterator[tuple[int, int] | None]],
        copy: Store | None,
        window: int,
        *,
        depth: int,
        threaded: bool,
    ) -> None:
        self.leaf = leaf
        self.copy = copy
        self.spans = spans
        self.window = window
        self.free: queue.SimpleQueue[Array | None] = queue.SimpleQueue()
        self.ready: queue.SimpleQueue[Block | BaseException | None] = queue.SimpleQueue()
        self.stopped = False
        self.thread: threading.Thread | None = None
        if threaded:
            for _ in range(depth):
                self.free.put(np.empty(0, leaf.stored_dtype))
            self.thread = threading.Thread(target=self._run, name=f"read {leaf.name}", daemon=True)
            self.thread.start()
        else:
            self.blocks = self._blocks()

    def next(self) -> Block | None:
        """Return the block for the next slab; raise what the reading raised."""
        if self.thread is None:
            return next(self.blocks)
        item = self.ready.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def give_back(self, block: Block | None) -> None:
        """Return the memory of a block that is not needed any more."""
        if block is not None and self.thread is not None:
            self.free.put(block.data)

    def finish(self) -> None:
        """Wait until the image was checked to its end; raise what was wrong."""
        if self.thread is None:
            for _ in self.blocks:
                pass
            return
        end = self.ready.get()
        if isinstance(end, BaseException):
            raise end
        self.thread.join()

    def stop(self) -> None:
        """Make the thread end as soon as possible."""
        self.stopped = True
        self.free.put(None)
        if self.thread is not None:
            self.thread.join()

    def _run(self) -> None:
        try:
            for block in self._blocks():
                self.ready.put(block)
            self.ready.put(None)
        except _StoppedError:
            pass
        except BaseException as error:
            self.ready.put(error)

    def _memory(self, size: int) -> Array:
        data = self.free.get() if self.thread is not None else None
        if self.stopped:
            raise _StoppedError
        if data is None or data.base is not None:
            data = None if data is None else data.base
        if data is None or data.size < size:
            data = np.empty(max(size, self.window), self.leaf.stored_dtype)
        return data[:size]

    def _blocks(self) -> Iterator[Block | None]:
        reader = self.leaf.open()
        try:
            last: Block | None = None
            for span in self.spans():
                if span is None:
                    yield None
                    continue
                last = self._read(reader, span, last)
                yield last
            if self.copy is not None:
                end = 0 if last is None else last.start + last.data.size
                self._copy_gap(reader, end, self.leaf.spec.size)
            reader.finish()
        finally:
            reader.close()

    def _read(self, reader: LeafReader, span: tuple[int, int], last: Block | None) -> Block:
        start, stop = span
        end = 0 if last is None else last.start + last.data.size
        data = self._memory(stop - start)
        fresh = min(max(start, end), stop)
        if last is not None and fresh > start:
            data[: fresh - start] = last.data[start - last.start : fresh - last.start]
        if self.copy is not None:
            self._copy_gap(reader, end, start)
        if fresh < stop:
            reader.read_into(fresh, data[fresh - start :])
            if self.copy is not None:
                self.copy.write_at(fresh, data[fresh - start :])
        return Block(start, data)

    def _copy_gap(self, reader: LeafReader, start: int, stop: int) -> None:
        for low in range(start, stop, 1 << 18):
            part = np.empty(min(1 << 18, stop - low), self.leaf.stored_dtype)
            reader.read_into(low, part)
            if self.copy is not None:
                self.copy.write_at(low, part)


class _StoppedError(Exception):
    """The run was given up."""


def region_of(block: Block, region: Region, shape: Sequence[int], leaf: Leaf) -> Array:
    """Return the values of a region that a block of a stream holds."""
    start, stop, frame = flat_range(region, shape)
    data = block.data[start - block.start : stop - block.start]
    values = leaf.decode(data).reshape([high - low for low, high in frame], order="F")
    return values[local(region, frame)]


def leaves_of(mapping: Mapping[int, Any], access: Access) -> list[int]:
    """Return the images that are read in one way."""
    return [index for index, reading in mapping.items() if reading.access is access]
