"""Several files whose rows are put side by side: series of CIFTI-2 that follow one another."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from nipype_mathimg.images.files.reader import Reader, open_reader
from nipype_mathimg.images.files.stored import Part
from nipype_mathimg.spec import Array

__all__ = ["RowsReader", "open_rows"]

BLOCK_BYTES = 1 << 20
"""Bytes of rows that are put together at a time: what is read stays in the cache."""


def open_rows(files: tuple[Part, ...], dtype: np.dtype[Any] | None) -> Reader:
    """Return the reader of files whose first axes, which vary fastest, follow one another.

    Parameters
    ----------
    files : tuple of Part
        In order; all have as many rows.
    dtype : numpy.dtype or None
        Of the values, when the files need conversions of their own before they fit together;
        None to read the elements as they are stored.
    """
    return RowsReader(files, dtype)


class RowsReader(Reader):
    """Uncompressed files side by side: any range, from any thread.

    The parameters are those of `open_rows`.
    """

    def __init__(self, files: tuple[Part, ...], dtype: np.dtype[Any] | None) -> None:
        self._files = files
        self._dtype = files[0].element_dtype if dtype is None else dtype
        self._as_stored = dtype is None
        # A file with one map has no axis for it.
        self._widths = [one.shape[0] if len(one.shape) > 1 else 1 for one in files]
        self._ends = list(accumulate(self._widths))

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`; ranges may come in any order and from several threads."""
        width = self._ends[-1]
        step = max(BLOCK_BYTES // (width * self._dtype.itemsize), 1)
        first, last = start // width, -(-(start + out.size) // width)
        for low in range(first, last, step):
            high = min(low + step, last)
            rows = self._rows(low, high)
            begin = max(low * width, start)
            end = min(high * width, start + out.size)
            out[begin - start : end - start] = rows[begin - low * width : end - low * width]

    def _rows(self, low: int, high: int) -> Array:
        rows = np.empty((high - low, self._ends[-1]), self._dtype)
        for file, width, end in zip(self._files, self._widths, self._ends, strict=True):
            block = np.empty((high - low) * width, file.element_dtype)
            # A list may have more files than a process may have open (ulimit -n).
            with open_reader(file) as reader:
                reader.read_into(low * width, block)
            values = block if self._as_stored else file.decode(block)
            rows[:, end - width : end] = values.reshape(high - low, width)
        return rows.reshape(-1)

    def close(self) -> None:
        """Do nothing: no file is open."""
