"""How each stage reads its images: in one stream, from memory, or at any place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import pairwise

from nipype_mathimg.formula.plan.cut import Cut
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.sinks import Accumulate
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.frozen import Frozen

__all__ = ["Access", "Reading", "readings"]


class Access(Enum):
    """Where the blocks of an image come from."""

    STREAM = "read in one stream"
    KEEP = "read once and kept in memory"
    DIRECT = "read where needed"
    SPOOL = "decoded to disk first, read where needed"


class Reading(Frozen):
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


class _Use(Frozen):
    """What one stage asks of one image."""

    ordered: bool
    window: int
    passes: int


def readings(
    cuts: Sequence[Cut], leaves: Mapping[int, Leaf], large: int, threads: int, limits: Limits
) -> list[dict[int, Reading]]:
    """Return, for each run, how it reads each image.

    Parameters
    ----------
    cuts : sequence of Cut
        The runs, in order.
    leaves : mapping
        The images.
    large : int
        Bytes from which on a window of a stream is too large to be buffered.
    threads : int
        Threads that compute.
    limits : Limits
        Tuning numbers.
    """
    uses = [_uses(cut, leaves, limits) for cut in cuts]
    result: list[dict[int, Reading]] = []
    at_hand: dict[int, Access] = {}
    for k, stage in enumerate(uses):
        found: dict[int, Reading] = {}
        depth = _depth(cuts[k], threads)
        for index, use in stage.items():
            later = sum(other[index].passes for other in uses[k + 1 :] if index in other)
            access = at_hand.get(index) or _access(leaves[index], use, later, large, depth, limits)
            repeated = use.passes - 1 + later
            copies = access is Access.STREAM and repeated > 0
            known = index in at_hand
            found[index] = _reading(
                leaves[index], access, use, depth, limits, copies=copies, known=known
            )
            if copies:
                at_hand[index] = Access.SPOOL
            elif access in (Access.KEEP, Access.SPOOL):
                at_hand[index] = access
        result.append(found)
    return result


def _depth(cut: Cut, threads: int) -> int:
    """Return how many blocks of a stream exist at once: those computed with, and one more."""
    hows = [sink.accumulator for sink in cut.sinks if isinstance(sink, Accumulate)]
    # What is accumulated in order is cut across the voxels: all threads share a block.
    shared = len(hows) == len(cut.sinks) and any(how.in_order for how in hows)
    return 1 + (1 if shared else threads)


def _uses(cut: Cut, leaves: Mapping[int, Leaf], limits: Limits) -> dict[int, _Use]:
    shapes = {index: leaves[index].spec.shape for index in sorted(cut.leaves) if index in leaves}
    looked_at = [cut.slabs[k] for k in _sample(len(cut.slabs), limits.sampled_slabs)]
    return {
        index: _use([span for span in spans if span is not None], cut.passes)
        for index, spans in cut.spans(shapes, looked_at).items()
    }


def _use(spans: Sequence[tuple[int, int]], passes: int) -> _Use:
    # Both ends count: a stream gives no element again, and its window cannot reach back.
    ordered = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))
    return _Use(ordered, max((stop - start for start, stop in spans), default=0), passes)


def _sample(count: int, most: int) -> Sequence[int]:
    """Return which slabs are looked at: all, or runs of neighbours at regular places."""
    if count <= most:
        return range(count)
    starts = [count * k // 16 for k in range(16)]
    # At least two in a row: whether an image is needed in order shows only between neighbours.
    return sorted({min(s + j, count - 1) for s in starts for j in range(max(most // 16, 2))})


def _access(leaf: Leaf, use: _Use, later: int, large: int, depth: int, limits: Limits) -> Access:
    itemsize = leaf.stored_dtype.itemsize
    if leaf.random_access:
        return Access.DIRECT
    # While it is read an image exists as it is stored, from then on as it is decoded.
    small = leaf.spec.size * max(itemsize, leaf.spec.dtype.itemsize) <= min(
        limits.small_image, large
    )
    # All blocks that exist at once share the window.
    most = max(min(large, limits.window_bytes) // depth, limits.least_window)
    if use.ordered and use.window * itemsize <= most:
        again = use.passes - 1 + later
        return Access.KEEP if small and again else Access.STREAM
    return Access.KEEP if small else Access.SPOOL


def _reading(
    leaf: Leaf,
    access: Access,
    use: _Use,
    depth: int,
    limits: Limits,
    *,
    copies: bool,
    known: bool,
) -> Reading:
    stored = leaf.stored_dtype.itemsize
    plain = leaf.stored_dtype == leaf.spec.dtype
    buffers = held = 0
    if access is Access.STREAM:
        buffers = depth * use.window * stored + leaf.ahead_bytes
    elif access is Access.SPOOL and not known:
        buffers = depth * min(limits.spool_block, leaf.spec.size) * stored + leaf.ahead_bytes
    elif access is Access.KEEP:
        held = leaf.spec.size * leaf.spec.dtype.itemsize
    decodes = 0 if known else 1
    # Nothing has to be decoded where the stored dtype
    # is that of the values: the block is the buffer.
    view = access is Access.KEEP or (access is Access.STREAM and plain)
    return Reading(leaf.name, access, copies, depth, decodes, buffers, held, view)
