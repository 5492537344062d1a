"""Blocks of streams that flow through the threads that compute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import numpy as np

from nipype_mathimg.formula.engine.streams import Block, Feed
from nipype_mathimg.formula.engine.workers import Lane, Outcome

__all__ = ["Blocks", "Held", "Outcomes", "flow"]

Piece = TypeVar("Piece")
Step = TypeVar("Step")

Blocks = dict[int, Block | None]
"""The block of each streamed image that belongs to a step."""

Outcomes = list[Outcome[Piece | None]]
"""The pieces that come of a step."""


class Held:
    """The blocks of a step, which go back to their streams once.

    Parameters
    ----------
    feeds : mapping
        For the index of an image, its stream.
    blocks : Blocks
        The block of each.
    """

    def __init__(self, feeds: Mapping[int, Feed], blocks: Blocks) -> None:
        self.blocks = blocks
        self._held = [(feeds[index], block) for index, block in blocks.items()]

    def release(self) -> None:
        """Let the streams fill the blocks again; called by one thread at a time."""
        held, self._held = self._held, []
        for feed, block in held:
            feed.give_back(block)

    def release_early(self, values: Iterable[object]) -> None:
        """Release the blocks once values are computed, unless they, or a copy, need them.

        What comes next, to compress the values, takes longer than to compute them: the
        streams are read meanwhile.
        """
        blocks = [block.data for block in self.blocks.values() if block is not None]
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        copied = any(feed.copy is not None for feed, _ in self._held)
        if not copied and not any(np.may_share_memory(a, b) for a in arrays for b in blocks):
            self.release()


Flying = deque[tuple[Outcomes[Piece], Held]]
"""The steps that the threads are at, the oldest first."""


def flow(
    lanes: Sequence[Lane],
    steps: Sequence[Step],
    feeds: Mapping[int, Feed],
    submit: Callable[[int, Step, Held], Outcomes[Piece]],
    take: Callable[[Piece], None],
    most: int,
    done: Callable[[], None] = lambda: None,
) -> None:
    """Do some steps, each with one block of every stream.

    Parameters
    ----------
    lanes : sequence of Lane
        The threads. Blocks of a stream that is copied are copied there too.
    steps : sequence
        What is done, in order.
    feeds : mapping
        For the index of an image, its stream, of as many blocks as there are steps.
    submit : callable
        Begins a step, given its number and its blocks.
    take : callable
        Takes the pieces in the order of the steps, in the calling thread.
    most : int
        Steps that may hold their blocks while the next ones are waited for.
    done : callable, optional
        Called there after each step.
    """
    flying: Flying[Piece] = deque()
    try:
        for k, step in enumerate(steps):
            held = Held(feeds, {index: feed.next() for index, feed in feeds.items()})
            lane = lanes[k % len(lanes)]
            outcomes = submit(k, step, held)
            copies = [
                lane.submit(feed.save, held.blocks[index])
                for index, feed in feeds.items()
                if feed.copy is not None
            ]
            # The copy is waited for as well: only then may
            # the reader fill the memory of the block again.
            flying.append(([*outcomes, *copies], held))
            # One more for a moment, so that no lane waits for the calling thread; further ones
            # would only hold blocks.
            while len(flying) > most:
                _land(flying, take)
                done()
        while flying:
            _land(flying, take)
            done()
        for feed in feeds.values():
            feed.finish()
    # Ctrl-C as well: the files that the threads work on are closed next.
    except BaseException:
        for feed in feeds.values():
            feed.stop()
        _abandon([outcome for outcomes, _ in flying for outcome in outcomes])
        raise


def _land(flying: Flying[Piece], take: Callable[[Piece], None]) -> None:
    """Take what comes of the oldest step; it stays in flight where something goes wrong."""
    outcomes, held = flying[0]
    for outcome in outcomes:
        piece = outcome.result()
        if piece is not None:
            take(piece)
    held.release()
    flying.popleft()


def _abandon(outcomes: Outcomes[Piece]) -> None:
    # All are cancelled before any is waited for, or a lane would begin the next one meanwhile.
    begun = [outcome for outcome in outcomes if not outcome.cancel()]
    for outcome in begun:
        # What it writes to is closed next; the first error is the one that is reported.
        with suppress(Exception):
            outcome.result()
