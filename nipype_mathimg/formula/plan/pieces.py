"""In which pieces the files of results are written; their compressed bytes depend on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.graph.tape import Tape
from nipype_mathimg.formula.plan.cuts import has_halo, overlap
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.slabs import Slabs

__all__ = ["Pieces", "chunk_of"]

Pieces = Mapping[tuple[int, ...], int]
"""For the shape of a result that is written, the elements of a piece of its file."""


def chunk_of(results: Sequence[Op], limits: Limits) -> Pieces:
    """Return the elements of the pieces in which files are written: fewer of wide numbers.

    More where functions look at neighbours.

    The bytes of a compressed file depend on it, and it on nothing but the formula and the types
    of the images.
    """
    found: dict[tuple[int, ...], int] = {}
    for root in results:
        # Only what is as large as the result fills a slab of it; a mean over time does not.
        full = (op for op in ancestors([root]) if op.spec.size >= root.spec.size)
        widest = max((op.spec.dtype.itemsize for op in full if not op.is_constant), default=4)
        # Narrow types get no longer pieces: what is done
        # with them is mostly computed in 4 bytes or more.
        chunk = max(4 * limits.chunk // max(widest, 4), 1)
        if any(map(has_halo, ancestors([root]))):
            chunk = _with_little_overlap(root, chunk, limits)
        # Results of one shape are written in one run, so in pieces of one size.
        found[root.shape] = min(chunk, found.get(root.shape, chunk))
    return found


def _with_little_overlap(root: Op, chunk: int, limits: Limits) -> int:
    """Return a larger piece where so much of a small one would be computed twice."""
    tape = Tape.of([root], frozenset())
    most = limits.larger_pieces * chunk
    # `inner` has neighbours on both sides; at the ends of an image there is less to compute twice.
    while chunk < most:
        if overlap(tape, tape.demand([Slabs.of(root.shape, chunk).inner])) <= limits.most_overlap:
            break
        chunk *= 2
    return chunk
