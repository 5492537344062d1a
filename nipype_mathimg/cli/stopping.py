"""A command that is told to stop: by Ctrl-C, by `kill`, by a batch system whose time is up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "stoppable"]

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""What asks a process to end, and lets it: a scheduler, a terminal that is closed, Ctrl-C."""


class Stopped(BaseException):
    """The command was told to stop; no `Exception`, so that nothing on the way takes it for one.

    Parameters
    ----------
    number : int
        The signal.
    """

    def __init__(self, number: int) -> None:
        by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        super().__init__(f"Stopped by {by}; no part of a result is left behind.")
        # What a shell reports of a program that a signal ended.
        self.exit_code = 128 + number


def _stop(number: int, _frame: FrameType | None) -> None:
    # Once only: a second signal while files are removed would leave them.
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` within when the process is told to end, so that partial files go."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    # Whoever started it, as `nohup` does, may want a signal to be ignored.
    changed = {number: one for number, one in before.items() if one != signal.SIG_IGN}
    try:
        for number in changed:
            signal.signal(number, _stop)
    except ValueError:
        # Python takes signals in its first thread only.
        yield
        return
    try:
        yield
    finally:
        for number, handler in changed.items():
            # None stands for a handler that is not Python's.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
