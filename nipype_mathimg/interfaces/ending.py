"""A node that a batch system ends: what it has begun goes, and the log says what happened."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    except _Ended:
        LOGGER.critical(
            "%s: ended by SIGTERM, as at the time limit of a batch job or by `scancel`; no part "
            "of a result is left. Run the workflow again: what was finished is not repeated.",
            speaker,
        )
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, _frame: FrameType | None) -> None:
    # Once only: a second signal while files are removed would leave them.
    signal.signal(number, signal.SIG_IGN)
    raise _Ended
