"""How each stage reads its images: in one stream, from memory, or at any place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from nipype_mathimg.formula.graph.tape import Tape
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.types.regions import Region, span_of

__all__ = ["SPOOL_BLOCK", "Access", "Reading", "readings"]

SMALL = 8 << 20
"""Images up to this size are kept in memory rather than decoded again."""

SPOOL_BLOCK = 1 << 16
"""Elements that are decoded at once where an image is decoded to disk first."""

SAMPLE = 512

Run = tuple[Tape, Sequence[Region], Callable[[Region], list[Region]], int]
"""A stage as this module sees it: tape, slabs, regions wanted for a slab, number of passes."""


class Access(Enum):
    """Where the blocks of an image come from."""

    STREAM = "read in one stream"
    KEEP = "read once and kept in memory"
    DIRECT = "read where needed"
    SPOOL = "decoded to disk first, read where needed"


class Reading(NamedTuple):
    """How one stage reads one image.

    Parameters
    ----------
    name : str
        Name of the input.
    access : Access
        Where its blocks come from.
    copies : bool
        While it is streamed, the decoded image is written to disk for later stages.
    depth : int
        Blocks of a stream that exist at once, at the most.
    decodes : int
        How often the stage decodes the whole image.
    buffer_bytes : int
        Memory of blocks that are read ahead.
    held_bytes : int
        Memory of the image where it is kept.
    is_view : bool
        Blocks that are computed with are views of the buffers.
    """

    name: str
    access: Access
    copies: bool
    depth: int
    decodes: int
    buffer_bytes: int
    held_bytes: int
    is_view: bool

    def __str__(self) -> str:
        copied = ", copied to disk for later" if self.copies else ""
        there = self.access is Access.SPOOL and not self.decodes
        return (
            f"{self.name}: {'read from its copy on disk' if there else self.access.value}{copied}"
        )


class _Use(NamedTuple):
    """What one stage asks of one image."""

    ordered: bool
    window: int
    passes: int


def readings(
    runs: Sequence[Run], leaves: Mapping[int, Leaf], large: int, threads: int
) -> list[dict[int, Reading]]:
    """Return, for each stage, how it reads each image.

    Parameters
    ----------
    runs : sequence
        The stages, in order.
    leaves : mapping
        The images.
    large : int
        Bytes from which on a window of a stream is too large to be buffered.
    threads : int
        Threads that compute: each holds a block, one more waits, and one is being read.
    """
    depth = threads + 2
    uses = [_uses(run, leaves) for run in runs]
    result: list[dict[int, Reading]] = []
    at_hand: dict[int, Access] = {}
    for k, stage in enumerate(uses):
        found: dict[int, Reading] = {}
        for index, use in stage.items():
            later = sum(other[index].passes for other in uses[k + 1 :] if index in other)
            access = at_hand.get(index) or _access(leaves[index], use, later, large, depth)
            repeated = use.passes - 1 + later
            copies = access is Access.STREAM and repeated > 0
            known = index in at_hand
            found[index] = _reading(leaves[index], access, use, depth, copies=copies, known=known)
            if copies:
                at_hand[index] = Access.SPOOL
            elif access in (Access.KEEP, Access.SPOOL):
                at_hand[index] = access
        result.append(found)
    return result


def _uses(run: Run, leaves: Mapping[int, Leaf]) -> dict[int, _Use]:
    tape, pieces, wanted, passes = run
    spans: dict[int, list[tuple[int, int]]] = {i: [] for i in tape.leaves if i in leaves}
    for k in _sample(len(pieces)) if spans else ():
        demand = tape.demand(wanted(pieces[k]))
        for index, found in spans.items():
            span = span_of(demand[index], leaves[index].spec.shape)
            if span is not None:
                found.append(span)
    return {index: _use(found, passes) for index, found in spans.items()}


def _use(spans: Sequence[tuple[int, int]], passes: int) -> _Use:
    ordered = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))
    return _Use(ordered, max((stop - start for start, stop in spans), default=0), passes)


def _sample(count: int) -> Sequence[int]:
    """Return which slabs are looked at: all, or runs of neighbours at regular places."""
    if count <= SAMPLE:
        return range(count)
    starts = [count * k // 16 for k in range(16)]
    return sorted({min(s + j, count - 1) for s in starts for j in range(SAMPLE // 16)})


def _access(leaf: Leaf, use: _Use, later: int, large: int, depth: int) -> Access:
    itemsize = leaf.stored_dtype.itemsize
    if leaf.random_access:
        return Access.DIRECT
    small = leaf.spec.size * max(itemsize, leaf.spec.dtype.itemsize) <= min(SMALL, large)
    if use.ordered and use.window * itemsize <= max(min(large, 64 << 20) // depth, 1 << 20):
        again = use.passes - 1 + later
        return Access.KEEP if small and again else Access.STREAM
    return Access.KEEP if small else Access.SPOOL


def _reading(
    leaf: Leaf, access: Access, use: _Use, depth: int, *, copies: bool, known: bool
) -> Reading:
    stored = leaf.stored_dtype.itemsize
    plain = leaf.stored_dtype == leaf.spec.dtype
    buffers = held = 0
    if access is Access.STREAM:
        buffers = depth * use.window * stored + leaf.ahead_bytes
    elif access is Access.SPOOL and not known:
        buffers = depth * min(SPOOL_BLOCK, leaf.spec.size) * stored + leaf.ahead_bytes
    elif access is Access.KEEP:
        held = leaf.spec.size * leaf.spec.dtype.itemsize
    decodes = 0 if known else 1
    view = access is Access.KEEP or (access is Access.STREAM and plain)
    return Reading(leaf.name, access, copies, depth, decodes, buffers, held, view)
