"""The threads that compute: each is a lane that does its work in the order it was given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Generic, ParamSpec, Protocol, TypeVar

import numpy as np

__all__ = ["Lane", "Outcome", "open_lanes"]

FREED_ONCE = 2 << 20
"""Bytes, some blocks' worth: from now on twice as much freed memory stays for the next blocks."""

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Outcome(Protocol[R_co]):
    """What a submitted function is going to return."""

    def result(self) -> R_co:
        """Wait for it; raise what the function raised."""

    def cancel(self) -> bool:
        """Do not begin with it any more."""


class Lane(Protocol):
    """Does its work in the order it was given."""

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Outcome[R]:
        """Give work to it."""


class _Done(Generic[R]):
    """What a function returned already."""

    def __init__(self, value: R) -> None:
        self.value = value

    def result(self) -> R:
        return self.value

    def cancel(self) -> bool:
        return False


class _CallingThread:
    """Does its work at once, in the thread that gives it."""

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Outcome[R]:
        return _Done(function(*args, **kwargs))


def open_lanes(threads: int, resources: ExitStack) -> list[Lane]:
    """Return one lane per thread, none beside the calling thread where `threads` is 0.

    Parameters
    ----------
    threads : int
        Number of threads.
    resources : ExitStack
        Ends them.
    """
    if not threads:
        return [_CallingThread()]
    # Imports logging and more, which takes longer than a small image.
    from concurrent.futures import ThreadPoolExecutor

    # glibc gives the system all that is free beyond twice the largest block that was ever freed
    # (mallopt(3), M_MMAP_THRESHOLD), and every block would be made of new pages.
    np.empty(FREED_ONCE, np.uint8)
    return [
        # One executor per thread, each with its own queue: threads of one pool would take the next
        # block from each other, and ordered accumulators would see blocks out of order.
        resources.enter_context(ThreadPoolExecutor(1, thread_name_prefix="compute"))
        for _ in range(threads)
    ]
