"""A command that is told to stop, by `kill` or by a batch system whose time is up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "stoppable"]


class Stopped(BaseException):
    """The command was told to stop; no `Exception`, so that nothing on the way takes it for one.

    Parameters
    ----------
    number : int
        The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Stopped by {signal.Signals(number).name}; no result was written, and what was begun "
            "is removed."
        )
        # What a shell reports of a program that a signal ended.
        self.exit_code = 128 + number


def _stop(number: int, _frame: FrameType | None) -> None:
    # Once only: a second signal while files are removed would leave them.
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` within when the process is told to end, so that partial files go."""
    try:
        before = signal.signal(signal.SIGTERM, _stop)
    except ValueError:
        # Python takes signals in its first thread only.
        yield
        return
    try:
        yield
    finally:
        # None stands for a handler that is not Python's.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)
