"""Readers of files whose voxels do not share one conversion, and of what only nibabel reads."""

from __future__ import annotations

from threading import Lock

import numpy as np

from nipype_mathimg.images.files.reader import MOST_AFTER_VOXELS, Reader, StreamReader, file_reader
from nipype_mathimg.images.files.stored import StoredArray
from nipype_mathimg.spec import Array

__all__ = ["FactorReader", "ProxyReader"]


class FactorReader(Reader):
    """A file with one scale factor per volume (AFNI): what is read are values."""

    def __init__(self, stored: StoredArray, factors: tuple[float, ...]) -> None:
        self._stored = stored
        self._factors = factors
        self._volume_size = stored.size // len(factors)
        self._raw = file_reader(stored)

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`."""
        raw = np.empty(out.size, self._stored.dtype)
        self._raw.read_into(start, raw)
        done = 0
        while done < out.size:
            volume, first = divmod(start + done, self._volume_size)
            part = slice(done, min(done + self._volume_size - first, out.size))
            np.multiply(raw[part], self._factors[volume], out=out[part], casting="same_kind")
            done = part.stop

    def finish(self) -> None:
        """See `Reader.finish`."""
        self._raw.finish()

    def close(self) -> None:
        """Release the file."""
        self._raw.close()


class ProxyReader(Reader):
    """Whatever nibabel can slice: whole slabs along the last axis, the newest one kept."""

    def __init__(self, stored: StoredArray) -> None:
        self._stored = stored
        self._slab_size = stored.size // stored.shape[-1]
        self._lock = Lock()
        self._index = -1
        self._slab: Array = np.empty(0, stored.dtype)

    def read_into(self, start: int, out: Array) -> None:
        """See `Reader.read_into`."""
        with self._lock:
            done = 0
            while done < out.size:
                index, first = divmod(start + done, self._slab_size)
                part = self._read_slab(index)[first : first + out.size - done]
                out[done : done + part.size] = part
                done += part.size

    def finish(self) -> None:
        """See `Reader.finish`: nibabel never reads the checksum of a compressed file."""
        codec = self._stored.codec
        if codec is not None:
            with StreamReader(self._stored, codec) as stream:
                stream.drain(MOST_AFTER_VOXELS)

    def close(self) -> None:
        """Forget the slab that was kept."""
        self._slab = np.empty(0, self._stored.dtype)
        self._index = -1

    def _read_slab(self, index: int) -> Array:
        if index != self._index:
            try:
                slab = np.asanyarray(self._stored.proxy[..., index])
            except Exception as error:  # each format raises classes of its own
                raise self._stored.error(
                    f"nibabel cannot read its voxels ({error})", "Copy or create the file again"
                ) from error
            self._slab, self._index = slab.ravel(order="F"), index
        return self._slab
