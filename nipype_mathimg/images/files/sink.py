"""Writing the result: all of it under its name, or nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack

from nipype_mathimg.errors import HeaderError, ImageFileError
from nipype_mathimg.images.files.atomic_file import AtomicFile, commit_all
from nipype_mathimg.images.files.containers import Blocks, layout_of
from nipype_mathimg.images.files.encoder import Encoded, Encoder
from nipype_mathimg.images.files.gzip_member import (
    combined_crc,
    crc32,
    end_of_member,
    stored_head,
    stored_member,
)
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.spec import Array, ArraySpec

__all__ = ["CHUNK_BYTES", "ImageSink", "open_sink", "publish"]

CHUNK_BYTES = 1 << 20
"""Size of the chunks that a compressed file should be cut into; its bytes depend on the cuts."""


def open_sink(
    out_file: str | os.PathLike[str],
    header: ImageHeader,
    spec: ArraySpec,
) -> ImageSink:
    """Start a file of the format that its suffix names.

    Parameters
    ----------
    out_file : path
        ``.nii``, ``.nii.gz``, ``.hdr`` or ``.img`` (either names the pair), ``.hdr.gz`` or
        ``.img.gz``, ``.mgh`` or ``.mgz``; ``~`` is expanded. May be one of the inputs: an
        existing file keeps its content until `ImageSink.finish`.
    header : ImageHeader
        Its shape is that of `spec`; dtype, scaling and offsets are set here.
    spec : ArraySpec
        Shape and dtype of the result.

    Raises
    ------
    ImageFileError
        Unknown suffix, missing folder, full disk, or a dtype that the format cannot hold.
    HeaderError
        The header is of another shape.
    """
    return ImageSink(os.path.expanduser(os.fspath(out_file)), header, spec)


class ImageSink:
    """One image file in the making; leaving its context without `finish` removes it.

    The parameters are those of `open_sink`.
    """

    def __init__(
        self,
        out_file: str,
        header: ImageHeader,
        spec: ArraySpec,
    ) -> None:
        self.out_file = out_file
        self._spec = spec
        layout = layout_of(out_file)
        self._gzipped = layout.gzipped
        self._container = layout.container
        stored = spec.dtype.newbyteorder(layout.container.byte_order)
        self._encoder = Encoder(spec.dtype, stored, layout.gzipped)
        self._blocks = self._container.around(header, spec)
        self._crc = self._length = self._size = 0
        self._closed = False
        with ExitStack() as undo:
            # How long a compressed file becomes, nobody knows yet.
            self._data = AtomicFile(layout.data_path, 0 if self._gzipped else spec.nbytes)
            undo.callback(self._data.discard)
            self._side = AtomicFile(layout.side_path) if layout.side_path else None
            if self._side is not None:
                undo.callback(self._side.discard)
            self._place = self._write_head(self._blocks.head)
            undo.pop_all()

    def encode(self, chunk: Array) -> Encoded:
        """Return a run of voxels as it goes into the file; any thread may call this.

        Parameters
        ----------
        chunk : ndarray
            Of the dtype of the result, in Fortran order. For uncompressed files it must stay
            unchanged until the result was appended.
        """
        return self._encoder.encode(chunk)

    def append(self, encoded: Encoded) -> None:
        """Write the next run of voxels; one thread, in file order.

        Raises
        ------
        ImageFileError
            The disk is full, or another fault of the system.
        """
        self._data.write_at(encoded.payload, self._place)
        self._place += len(encoded.payload)
        self._size += encoded.size
        if self._gzipped:
            self._crc = combined_crc(self._crc, encoded.crc, encoded.nbytes)
        self._length += encoded.nbytes

    def finish(self, header: ImageHeader) -> None:
        """Write the final header, check the file and give it its name.

        Parameters
        ----------
        header : ImageHeader
            May differ from the first one in the values of fields, not in its extensions.

        Raises
        ------
        ImageFileError
            The voxels are not complete, or a fault of the system. Nothing is left then.
        """
        self.complete(header)
        publish([self])

    def complete(self, header: ImageHeader) -> None:
        """Write the final header and send everything to the disk, still without the name.

        Parameters and errors are those of `finish`.
        """
        try:
            self._complete(header)
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Remove what was written so far; nothing happens after `finish`."""
        if self._closed:
            return
        self._closed = True
        self._data.discard()
        if self._side is not None:
            self._side.discard()

    def __enter__(self) -> ImageSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    def _complete(self, header: ImageHeader) -> None:
        if self._size != self._spec.size:
            msg = f"{self.out_file}: {self._size} of {self._spec.size} voxels were written"
            raise ImageFileError(msg)
        blocks = self._container.around(header, self._spec)
        if len(blocks.head) != len(self._blocks.head):
            msg = f"{self.out_file}: the final header has other extensions than the first one"
            raise HeaderError(msg)
        # Only now are cal_max and cal_min known. Stored blocks keep the length of the head, and so
        # everything behind it in its place, also in a compressed file.
        self._write_head(blocks.head)
        self._write_tail(blocks)
        self._sync(blocks)

    def _write_head(self, head: bytes) -> int:
        start = stored_head(head) if self._gzipped else head
        self._data.write_at(start, 0)
        return len(start)

    def _write_tail(self, blocks: Blocks) -> None:
        tail = blocks.tail
        if not self._gzipped:
            end = len(blocks.head) + self._spec.nbytes
            self._data.write_at(tail, end)
            return
        if tail:
            self.append(self._encoder.encode_bytes(tail))
        # The head comes first in the file and is known last.
        crc = combined_crc(crc32(blocks.head), self._crc, self._length)
        self._data.write_at(end_of_member(crc, len(blocks.head) + self._length), self._place)

    def _sync(self, blocks: Blocks) -> None:
        if self._side is not None:
            content = blocks.side or b""
            self._side.write_at(stored_member(content) if self._gzipped else content, 0)
            self._side.sync()
        self._data.sync()

    def _files(self) -> list[AtomicFile]:
        return [self._data] if self._side is None else [self._data, self._side]


def publish(sinks: Sequence[ImageSink]) -> None:
    """Give complete files their names: all of them, or none.

    Parameters
    ----------
    sinks : sequence of ImageSink
        After `ImageSink.complete`.

    Raises
    ------
    ImageFileError
        A fault of the system; what had the names before has them again.
    """
    try:
        # Every file is on the disk by now: a disk that is full shows while no name has changed.
        commit_all([file for sink in sinks for file in sink._files()])
    except BaseException:
        for sink in sinks:
            sink.abort()
        raise
    for sink in sinks:
        sink._closed = True
