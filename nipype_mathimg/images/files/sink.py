"""Writing the result: all of it under its name, or nothing."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from nipype_mathimg.errors import HeaderError, ImageFileError
from nipype_mathimg.images.files.atomic_file import AtomicFile, commit_all
from nipype_mathimg.images.files.containers import Blocks, layout_of
from nipype_mathimg.images.files.encoder import Encoded, Encoder
from nipype_mathimg.images.files.packing import PLAIN
from nipype_mathimg.images.headers.header import FramedHeader, ImageHeader
from nipype_mathimg.images.headers.kinds import unlabelled
from nipype_mathimg.spec import Array, ArraySpec

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CHUNK_BYTES", "ImageSink", "Sink", "open_sink", "publish"]

CHUNK_BYTES = 1 << 20
"""Size of the chunks that a compressed file should be cut into; its bytes depend on the cuts."""


Run = TypeVar("Run")


class Sink(ABC, Generic[Run]):
    """One file in the making; leaving its context without `finish` removes it.

    Parameters
    ----------
    out_file : str
        Its path.
    """

    def __init__(self, out_file: str) -> None:
        self.out_file = out_file
        self._closed = False

    @abstractmethod
    def encode(self, chunk: Array) -> Run:
        """Return a run of elements as it goes into the file; any thread may call this.

        Parameters
        ----------
        chunk : ndarray
            Of the dtype of the result, in Fortran order. For uncompressed files it must stay
            unchanged until the result was appended.
        """

    @abstractmethod
    def append(self, run: Run) -> None:
        """Write the next run of elements; one thread, in file order.

        Raises
        ------
        ImageFileError
            The disk is full, or another fault of the system.
        """

    def _check_keys(self, values: Array, keys: Collection[int]) -> None:
        """Refuse values that no table of labels names."""
        strange = np.setdiff1d(values, np.array(sorted(keys), np.int64))
        if strange.size:
            raise ImageFileError(
                f"{self.out_file}: the value {strange[0]} is no key of the table of labels. Give "
                f"such places another value, or name the file {unlabelled(self.out_file)}"
            )

    def complete(self, header: ImageHeader) -> None:
        """Write the final header and send everything to the disk, still without the name.

        Parameters and errors are those of `finish`.
        """
        try:
            self._complete(header)
        except BaseException:
            self.abort()
            raise

    def finish(self, header: ImageHeader) -> None:
        """Write the final header, check the file and give it its name.

        Parameters
        ----------
        header : ImageHeader
            May differ from the first one in the values of fields, not in its extensions.

        Raises
        ------
        ImageFileError
            The elements are not complete, or a fault of the system. Nothing is left then.
        """
        self.complete(header)
        publish([self])

    def abort(self) -> None:
        """Remove what was written so far; nothing happens after `finish`."""
        if not self._closed:
            self._closed = True
            for file in self.files():
                file.discard()

    def published(self) -> None:
        """Take note that the files have their names."""
        self._closed = True

    @abstractmethod
    def files(self) -> list[AtomicFile]:
        """Return the files of which it consists."""

    @abstractmethod
    def _complete(self, header: ImageHeader) -> None:
        """Do what `complete` does, and leave the rest behind on an error."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()


def open_sink(
    out_file: str | os.PathLike[str],
    header: ImageHeader,
    spec: ArraySpec,
) -> Sink[Any]:
    """Start a file of the format that its suffix names.

    Parameters
    ----------
    out_file : path
        ``.nii``, ``.nii.gz``, ``.nii.zst``, ``.hdr`` or ``.img`` (either names the pair),
        ``.hdr.gz`` or ``.img.gz``, ``.mgh`` or ``.mgz``, ``.func.gii``, ``.shape.gii`` or
        ``.label.gii``; ``~`` is expanded. May be one of the inputs: an existing file keeps its
        content until `Sink.finish`.
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
    path = os.path.expanduser(os.fspath(out_file))
    if layout_of(path).container is None:
        # Only where it is needed: it loads what makes XML.
        from nipype_mathimg.images.files.gifti.sink import GiftiSink

        return GiftiSink(path, header, spec)
    return ImageSink(path, header, spec)


class ImageSink(Sink[Encoded]):
    """A file of a head, the elements as they are or compressed, and a tail.

    The parameters are those of `open_sink`.
    """

    def __init__(
        self,
        out_file: str,
        header: ImageHeader,
        spec: ArraySpec,
    ) -> None:
        super().__init__(out_file)
        self._spec = spec
        layout = layout_of(out_file)
        if layout.container is None:
            raise ImageFileError(f"{out_file}: {header.described} is no file of this kind")
        self._packing = layout.packing
        self._container = layout.container
        stored = spec.dtype.newbyteorder(layout.container.byte_order)
        self._encoder = Encoder(spec.dtype, stored, layout.packing)
        self._blocks = self._container.around(header, spec)
        self._keys = header.keys if isinstance(header, FramedHeader) else None
        self._checksum = self._length = self._size = 0
        with ExitStack() as undo:
            # How long a compressed file becomes, nobody knows yet.
            self._data = AtomicFile(layout.data_path, spec.nbytes if self._packing is PLAIN else 0)
            undo.callback(self._data.discard)
            self._side = AtomicFile(layout.side_path) if layout.side_path else None
            if self._side is not None:
                undo.callback(self._side.discard)
            self._place = self._write_head(self._blocks.head)
            undo.pop_all()

    def encode(self, chunk: Array) -> Encoded:
        """See `Sink.encode`; the keys of labels are looked up here."""
        if self._keys is not None:
            self._check_keys(chunk, self._keys)
        return self._encoder.encode(chunk)

    def append(self, run: Encoded) -> None:
        """See `Sink.append`."""
        self._data.write_at(run.payload, self._place)
        self._place += len(run.payload)
        self._size += run.size
        self._checksum = self._packing.combined(self._checksum, run.checksum, run.nbytes)
        self._length += run.nbytes

    def _complete(self, header: ImageHeader) -> None:
        if self._size != self._spec.size:
            msg = f"{self.out_file}: {self._size} of {self._spec.size} values were written"
            raise ImageFileError(msg)
        blocks = self._container.around(header, self._spec)
        if len(blocks.head) != len(self._blocks.head):
            msg = f"{self.out_file}: the final header has other extensions than the first one"
            raise HeaderError(msg)
        # Only now are cal_max and cal_min known. The head keeps its length, and so does what lies
        # behind it its place, also in a compressed file.
        self._write_head(blocks.head)
        self._write_tail(blocks)
        self._sync(blocks)

    def _write_head(self, head: bytes) -> int:
        start = self._packing.start(head)
        self._data.write_at(start, 0)
        return len(start)

    def _write_tail(self, blocks: Blocks) -> None:
        packing = self._packing
        if blocks.tail:
            self.append(self._encoder.encode_bytes(blocks.tail))
        # The head comes first in the file and is known last.
        first = packing.checksum(blocks.head)
        checksum = packing.combined(first, self._checksum, self._length)
        end = packing.end(checksum, len(blocks.head) + self._length)
        self._data.write_at(end, self._place)

    def _sync(self, blocks: Blocks) -> None:
        if self._side is not None:
            content = blocks.side or b""
            self._side.write_at(self._packing.whole(content), 0)
            self._side.sync()
        self._data.sync()

    def files(self) -> list[AtomicFile]:
        """See `Sink.files`."""
        return [self._data] if self._side is None else [self._data, self._side]


def publish(sinks: Sequence[Sink[Any]], others: Sequence[AtomicFile] = ()) -> None:
    """Give complete files their names: all of them, or none.

    Parameters
    ----------
    sinks : sequence of Sink
        After `Sink.complete`.
    others : sequence of AtomicFile
        Further files, complete.

    Raises
    ------
    ImageFileError
        A fault of the system; what had the names before has them again.
    """
    try:
        # Every file is on the disk by now: a disk that is full shows while no name has changed.
        commit_all([*(file for sink in sinks for file in sink.files()), *others])
    except BaseException:
        for sink in sinks:
            sink.abort()
        raise
    for sink in sinks:
        sink.published()
