"""Streams of the blocks of compressed images."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from nipype_mathimg.formula.plan.ports import Leaf, LeafReader, Store
from nipype_mathimg.formula.types.regions import Region, flat_range, local, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Block", "Feed", "region_of"]


class Block(Frozen):
    """A run of an image as it is stored.

    Parameters
    ----------
    start : int
        Its first element.
    data : ndarray
        The elements, 1-D.
    fresh : int
        The first element that no block before it held.
    """

    start: int
    data: Array
    fresh: int


class Feed:
    """Reads one compressed image in one stream, block by block, for the slabs of a stage.

    Parameters
    ----------
    leaf : Leaf
        The image.
    spans : sequence of (start, stop) or None
        The run of elements that each slab needs, in order; None where it needs none.
    copy : Store, optional
        Receives every element: those of blocks by `save`, the rest on the way.
    """

    def __init__(
        self,
        leaf: Leaf,
        spans: Sequence[tuple[int, int] | None],
        copy: Store | None,
    ) -> None:
        self.leaf = leaf
        self.copy = copy
        self.spans = spans
        self.blocks = self._blocks()

    def next(self) -> Block | None:
        """Return the block for the next slab; raise what the reading raised."""
        return next(self.blocks)

    def save(self, block: Block | None) -> None:
        """Copy what is fresh in a block to where every element goes; in any thread."""
        # A size of 0 has to be left out: `data[-0:]` would be all of the block.
        if self.copy is not None and block is not None and (size := _end(block) - block.fresh):
            self.copy.write_at(block.fresh, block.data[-size:])

    def give_back(self, block: Block | None) -> None:
        """Return the memory of a block that is not needed any more."""

    def finish(self) -> None:
        """Check the image to its end; raise what was wrong."""
        for _ in self.blocks:
            pass

    def stop(self) -> None:
        """End as soon as possible."""
        self.blocks.close()

    def _memory(self, size: int) -> Array:
        return np.empty(size, self.leaf.stored_dtype)

    def _blocks(self) -> Generator[Block | None, None, None]:
        reader = self.leaf.open()
        try:
            last: Block | None = None
            for span in self.spans:
                if span is None:
                    yield None
                    continue
                last = self._read(reader, span, last)
                yield last
            if self.copy is not None:
                self._copy_gap(reader, _end(last), self.leaf.spec.size)
            reader.finish()
        finally:
            reader.close()

    def _read(self, reader: LeafReader, span: tuple[int, int], last: Block | None) -> Block:
        start, stop = span
        end = _end(last)
        data = self._memory(stop - start)
        # Slabs that look at their neighbours overlap, and a stream does not go back. `last` may
        # have been returned, but only this thread fills memory, and nothing was filled since.
        # Where `data` is that same memory, NumPy copies as if it were not.
        fresh = min(max(start, end), stop)
        if last is not None and fresh > start:
            data[: fresh - start] = last.data[start - last.start : fresh - last.start]
        if self.copy is not None:
            self._copy_gap(reader, end, start)
        if fresh < stop:
            reader.read_into(fresh, data[fresh - start :])
        return Block(start, data, fresh)

    def _copy_gap(self, reader: LeafReader, start: int, stop: int) -> None:
        # Nobody computes with a gap, which may be the
        # rest of the image: it is copied in small pieces.
        for low in range(start, stop, 1 << 18):
            part = np.empty(min(1 << 18, stop - low), self.leaf.stored_dtype)
            reader.read_into(low, part)
            if self.copy is not None:
                self.copy.write_at(low, part)


def _end(block: Block | None) -> int:
    return 0 if block is None else block.start + block.data.size


def region_of(block: Block, region: Region, shape: Sequence[int], leaf: Leaf) -> Array:
    """Return the values of a region that a block of a stream holds."""
    start, stop, frame = flat_range(region, shape)
    data = block.data[start - block.start : stop - block.start]
    values = leaf.decode(data).reshape(shape_of(frame), order="F")
    return values[local(region, frame)]
