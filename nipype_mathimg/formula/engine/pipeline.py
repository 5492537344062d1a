"""Blocks of streams that flow through the threads that compute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from nipype_mathimg.formula.engine.streams import Block, Feed
from nipype_mathimg.formula.engine.workers import Lane, Outcome

__all__ = ["Blocks", "Outcomes", "flow"]

Piece = TypeVar("Piece")
Step = TypeVar("Step")

Blocks = dict[int, Block | None]
"""The block of each streamed image that belongs to a step."""

Outcomes = list[Outcome[Piece | None]]
"""The pieces that come of a step."""

Held = list[tuple[Feed, Block | None]]
"""The blocks of a step, with the streams that they go back to."""

Flying = deque[tuple[Outcomes[Piece], Held]]
"""The steps that the threads are at, the oldest first."""


def flow(
    lanes: Sequence[Lane],
    steps: Sequence[Step],
    feeds: Mapping[int, Feed],
    submit: Callable[[int, Step, Blocks], Outcomes[Piece]],
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
        Begins a step, given its number.
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
            blocks = {index: feed.next() for index, feed in feeds.items()}
            held = [(feeds[index], block) for index, block in blocks.items()]
            lane = lanes[k % len(lanes)]
            outcomes = submit(k, step, blocks)
            copies = [
                lane.submit(feed.save, block) for feed, block in held if feed.copy is not None
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
    for feed, block in held:
        feed.give_back(block)
    flying.popleft()


def _abandon(outcomes: Outcomes[Piece]) -> None:
    # All are cancelled before any is waited for, or a lane would begin the next one meanwhile.
    begun = [outcome for outcome in outcomes if not outcome.cancel()]
    for outcome in begun:
        # What it writes to is closed next; the first error is the one that is reported.
        with suppress(Exception):
            outcome.result()
