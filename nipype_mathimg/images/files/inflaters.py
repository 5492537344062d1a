"""Which library inflates: the one that is fastest on this processor.

ISA-L is made for Intel's processors; on AMD's (EPYC, Zen 3) zlib-ng inflates noisy float32 images
in 0.85, and masks in 0.7 of its time. Which of the two it is on a processor that nobody has tried
is measured, once in a process, on the beginning of the first file that is worth it. Both give the
same bytes and find the same faults.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

__all__ = ["CHOICE", "ISAL_ERROR", "TRIED_BYTES", "WORTH_A_CHOICE", "fastest"]

# The stub of isal declares its error class as an instance.
ISAL_ERROR = cast("type[Exception]", IsalError)
"""What isal raises for damaged data."""

# Inflating it takes some 40 ms, of which the faster library saves more than the choice takes.
WORTH_A_CHOICE = 8 << 20
"""Bytes of the compressed file on which the libraries are tried first."""

TRIED_BYTES = 64 << 10  # 0.3 to 0.5 ms each time
"""Bytes of its beginning that they are tried on."""

_TRIALS = 3


class _Choice:
    """Which library this process inflates with, once it is known."""

    library: Any = None


CHOICE = _Choice()
"""What was found to be the fastest, for all threads: one that comes early makes its own trial."""


def fastest(begin: Callable[[], bytes], window_bits: int) -> Any:  # noqa: ANN401 - like zlib
    """Return the library that inflates fastest; without a choice ISA-L's, which is loaded anyway.

    Parameters
    ----------
    begin : callable
        Asked while there is no choice: where a compressed stream begins, nothing of a file that
        is not worth it.
    window_bits : int
        Of the stream, as in `zlib.decompressobj`.
    """
    if CHOICE.library is None and (tried := begin()[:TRIED_BYTES]):
        _choose(tried, window_bits)
    return CHOICE.library or isal_zlib


def _choose(begin: bytes, window_bits: int) -> None:
    # Small images need only one of them.
    from zlib_ng import zlib_ng

    libraries: tuple[Any, Any] = (isal_zlib, zlib_ng)
    try:
        # The processor's time of this thread, which others change little; the least of several.
        times = [
            [_seconds(library, begin, window_bits) for library in libraries]
            for _ in range(_TRIALS)
        ]
    except tuple(library.error for library in libraries):
        return  # whoever reads on says what is wrong
    least = [min(row) for row in zip(*times, strict=True)]
    CHOICE.library = libraries[least.index(min(least))]


def _seconds(library: Any, begin: bytes, window_bits: int) -> float:  # noqa: ANN401
    start = time.thread_time()
    library.decompressobj(window_bits).decompress(begin)
    return time.thread_time() - start
