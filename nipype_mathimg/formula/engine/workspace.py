"""What is at hand of the images and of the earlier stages, in memory and on disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.ports import Leaf, LeafReader, Store
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, elements, flat_range, local, shape_of
from nipype_mathimg.spec import Array

__all__ = ["StoreFactory", "Workspace", "read_region"]

StoreFactory = Callable[[str, np.dtype[Any], int], Store]
"""From a name, a dtype and a number of elements to a place on local disk."""


class Workspace:
    """Everything that is at hand of the images and of the earlier stages.

    Parameters
    ----------
    make_store : StoreFactory
        Makes places on disk.
    resources : ExitStack
        Closes them.
    limits : Limits
        Tuning numbers.

    Attributes
    ----------
    values : dict
        For the index of an operation, its value in memory.
    stores : dict
        For the index of an operation, its value on disk and the dtype there.
    readers : dict
        For the index of an image, its reader at any place.
    """

    def __init__(self, make_store: StoreFactory, resources: ExitStack, limits: Limits) -> None:
        self.limits = limits
        self.make_store = make_store
        self.resources = resources
        self.values: dict[int, Value] = {}
        self.stores: dict[int, tuple[Store, np.dtype[Any]]] = {}
        self.readers: dict[int, LeafReader] = {}

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
        # Decoded once: to keep it as it is stored would
        # save memory and cost a conversion per slab.
        self.values[index] = leaf.decode(data).reshape(leaf.spec.shape, order="F")

    def anywhere(
        self, index: int, leaf: Leaf | None
    ) -> tuple[Store | LeafReader, np.dtype[Any]] | None:
        """Return what can be read at any place, and the dtype of its elements."""
        if index in self.stores:
            return self.stores[index]
        if leaf is not None:
            return self.reader(index, leaf), leaf.stored_dtype
        return None


def read_region(
    source: Store | LeafReader,
    dtype: np.dtype[Any],
    region: Region,
    shape: Sequence[int],
    limits: Limits,
) -> Array:
    """Read a region at any place, in as few runs as its layout allows."""
    start, stop, frame = flat_range(region, shape)
    wanted = elements(region)
    if stop - start <= max(limits.read_slack * wanted, limits.short_run):
        data = np.empty(stop - start, dtype)
        source.read_into(start, data)
        return data.reshape(shape_of(frame), order="F")[local(region, frame)]
    block = np.empty(shape_of(region), dtype, order="F")
    top = max(k for k, (low, high) in enumerate(region) if high - low > 1)
    low, high = region[top]
    start, stop, _ = flat_range((*region[:top], (low, low + 1), *region[top + 1 :]), shape)
    if stop - start == wanted // (high - low):
        # Mostly some slices of every volume: each run is read right to where it belongs.
        step = math.prod(shape[:top])
        for k, run in enumerate(block.reshape(-1, order="F").reshape(high - low, -1)):
            source.read_into(start + k * step, run)
        return block
    # An axis below is cut too: one index of this axis at a time, the same question again.
    for k in range(low, high):
        part = (*region[:top], (k, k + 1), *region[top + 1 :])
        block[local(part, region)] = read_region(source, dtype, part, shape, limits)
    return block
