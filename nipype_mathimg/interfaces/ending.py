"""A node that a batch system ends: what it has begun goes, and the log says what happened."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from nipype import logging as nipype_logging

__all__ = ["ending_clean"]

LOGGER = nipype_logging.getLogger("nipype.interface")


class _Ended(BaseException):
    """The process was told to end; no `Exception`, so that nothing takes it for an error."""


@contextmanager
def ending_clean(speaker: str) -> Iterator[None]:
    """Remove what is half written when SIGTERM ends the process, then let it end.

    Without it the process ends at once, as SLURM's time limit or `scancel` wants it, and a part of
    a result stays until the next run. A handler that somebody else has set stays in place, and
    the process ends by the same signal as before.

    Parameters
    ----------
    speaker : str
        Who says so: the name of the node.
    """
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    )
    if not ours:
        yield
        return
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        # Once only: a second signal while files are removed would leave them.
        signal.signal(number, signal.SIG_IGN)
        told.append(number)
        raise _Ended

    signal.signal(signal.SIGTERM, end)
    try:
        with suppress(_Ended):
            try:
                yield
            finally:
                # A signal that has come and was not yet seen raises here.
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
    finally:
        # Also where the exception was lost, as it is in a `__del__` and in a callback of the
        # garbage collector: a worker that stays would be waited for, for ever.
        if told:
            _end(speaker)


def _end(speaker: str) -> None:
    LOGGER.critical(
        "%s: ended by SIGTERM, as at the time limit of a batch job or by `scancel`; no part "
        "of a result is left. Run the workflow again: what was finished is not repeated.",
        speaker,
    )
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
