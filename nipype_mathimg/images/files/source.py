"""Opening the images of a formula: headers only, no voxel is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import reduce
from typing import Any, Protocol

import numpy as np

from nipype_mathimg.errors import GridError, ImageFileError
from nipype_mathimg.frozen import Unique
from nipype_mathimg.images.files.image_file import ImageFile, open_image_file
from nipype_mathimg.images.files.reader import READ_AHEAD, Reader, open_reader
from nipype_mathimg.images.files.stored import Part
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.images.headers.image_grid import ImageGrid
from nipype_mathimg.spec import Array, ArraySpec, FloatArray

__all__ = ["READ_AHEAD", "Image", "ImageSource", "InMemory", "array_source", "open_source"]

# A mask of 256 x 256 x 256 voxels, FreeSurfer's conformed size, is just not too large.
LOOKED_AT = 16 << 20
"""Bytes of a decoded image of integers up to which it is looked at before the work is planned."""

LOOKED_AT_64_BITS = 128 << 20
"""The same for integers of 64 bits: as many voxels as those of an image of single bytes."""

_LOOKED_AT_ONCE = 1 << 18
"""Elements: with 64 bits 2 MiB, which stay in the cache until their ends are found."""

_FILED = ((0, 2**8 - 1), (-(2**15), 2**15 - 1), (-(2**31), 2**31 - 1))
"""Ranges of uint8, int16 and int32, in which results are stored where they fit."""

_NARROW = tuple(
    np.dtype(name)
    for name in ("uint8", "int8", "uint16", "int16", "float16", "float32", "complex64")
)
"""Dtypes whose every value float32 (a part of complex64) holds: 24 bits at most."""


class InMemory(Protocol):
    """An image of nibabel, as far as it is asked here."""

    @property
    def dataobj(self) -> Any:  # noqa: ANN401 - an array, or a proxy of one
        """The voxels."""

    @property
    def affine(self) -> Any:  # noqa: ANN401 - an array, or None
        """From voxels to mm."""

    @property
    def header(self) -> Any:  # noqa: ANN401 - of any format
        """The header."""


class ImageSource(Unique):
    """An image input: what its header says and how its voxels are read.

    Parameters
    ----------
    name : str
        Name of the input in the formula.
    files : tuple of str
        As given; several files are one 4D image.
    header : ImageHeader
        Of the first file, with its extensions.
    grids : tuple of ImageGrid
        Where the voxels lie, one per file.
    spec : ArraySpec
        Shape, dtype and bounds of the values, after scaling.
    stored_dtype : numpy.dtype
        Of the blocks that a reader fills; `decode` makes values of them.
    trs : tuple of (float or None)
        Repetition time in seconds, one per file, where the header gives it with a unit of time.
    random_access : bool
        Whether any range is cheap to read, from several threads; else a pass reads the file in
        order.
    parts : tuple of Part
        One per file.
    uniform : bool
        Whether one conversion suits all files; else the reader makes values of what it reads.
    """

    name: str
    files: tuple[str, ...]
    header: ImageHeader
    grids: tuple[ImageGrid, ...]
    spec: ArraySpec
    stored_dtype: np.dtype[Any]
    trs: tuple[float | None, ...]
    random_access: bool
    parts: tuple[Part, ...]
    uniform: bool

    @property
    def grid(self) -> ImageGrid:
        """Where the voxels of the first file lie."""
        return self.grids[0]

    @property
    def tr(self) -> float | None:
        """Repetition time of the first file in seconds, None where it is unknown."""
        return self.trs[0]

    @property
    def affine(self) -> FloatArray | None:
        """Voxel indices of the first file to mm; None where its elements are no voxels."""
        return self.grid.affine

    @property
    def ahead_bytes(self) -> int:
        """Memory that a pass takes beside its blocks: for what is inflated ahead."""
        if len(self.parts) == 1:
            return self.parts[0].ahead_bytes(READ_AHEAD)
        if self.random_access:
            return 0
        from nipype_mathimg.images.files.sequence import ahead_bytes  # most inputs are one file

        return ahead_bytes(self.parts, READ_AHEAD)

    def header_for(self, ndim: int) -> ImageHeader:
        """Return the header that a result with so many axes copies.

        That of a run of volumes where the files are volumes that are stacked, and the result has
        a fourth axis; else that of the first file.
        """
        stacks = len(self.parts[0].shape) < len(self.spec.shape) <= ndim
        return self.header.run(self.spec.shape) if stacks else self.header

    def decode(self, block: Array) -> Array:
        """Return the values of a block of stored elements: byte order, slope and intercept.

        `block` itself is returned when there is nothing to do. Several threads may call this.
        """
        return self.parts[0].decode(block) if self.uniform else block

    def check_unchanged(self) -> None:
        """Compare every file with what it was when its header was read.

        Raises
        ------
        ImageFileError
            A file was replaced, changed or removed since then.
        """
        for part in self.parts:
            part.check_unchanged()

    def looked_at(
        self, most: int = LOOKED_AT, most_64_bits: int = LOOKED_AT_64_BITS
    ) -> ImageSource:
        """Return the image with the range that its voxels have, where that is worth a look.

        Masks and labels are small images of integers, and what they hold is far less than what
        their dtype could: with it a product of masks is a mask, and an image times a mask keeps
        its dtype. Integers of 64 bits are hardly ever meant: no file dtype that every program
        reads holds what they could. Their volumes are looked at up to a larger size, and a run
        of them has the range of the smallest of uint8, int16 and int32 that holds its voxels, as
        if it had been stored so: runs of one kind get results of one dtype.

        Parameters
        ----------
        most : int
            Bytes of the decoded image up to which it is looked at.
        most_64_bits : int
            The same for 64-bit integers.

        Raises
        ------
        ImageFileError
            The voxels cannot be read.
        """
        bounds = self.spec.bounds
        single = self.spec.ndim == len(self.grid.shape)
        wide = self.spec.dtype.itemsize == 8
        size = self.spec.size * self.stored_dtype.itemsize
        if bounds is None or not (single or wide) or size > (most_64_bits if wide else most):
            return self
        low, high = self._range()
        filed = next((one for one in _FILED if one[0] <= low and high <= one[1]), bounds)
        return self.changed(spec=self.spec.changed(bounds=(low, high) if single else filed))

    def _range(self) -> tuple[int, int]:
        """Return the smallest and the largest of an image of integers, which is read once."""
        lows, highs = [], []
        with self.open() as reader:
            for start in range(0, self.spec.size, _LOOKED_AT_ONCE):
                data = np.empty(min(_LOOKED_AT_ONCE, self.spec.size - start), self.stored_dtype)
                reader.read_into(start, data)
                values = self.decode(data)
                lows.append(int(values.min()))
                highs.append(int(values.max()))
            # To the checksum: what is decided by damaged voxels would be wrong.
            reader.finish()
        return (min(lows), max(highs))

    def values(self) -> Array:
        """Return all values, in the order of the file.

        Raises
        ------
        ImageFileError
            They cannot be read.
        """
        data = np.empty(self.spec.size, self.stored_dtype)
        with self.open() as reader:
            reader.read_into(0, data)
            # To the checksum: what is decided by damaged voxels would be wrong.
            reader.finish()
        return self.decode(data)

    def open(self, ahead: int = READ_AHEAD) -> Reader:
        """Start a pass over the voxels.

        Parameters
        ----------
        ahead : int
            For a list of compressed files: bytes that may be inflated before they are asked
            for, on top of the caller's blocks.

        Returns
        -------
        Reader
            To be closed by the caller; a context manager.
        """
        if len(self.parts) == 1:
            return open_reader(self.parts[0])
        dtype = None if self.uniform else self.stored_dtype
        if self.header.places_last and not self.spec.axes[0].is_listed:
            from nipype_mathimg.images.files.side_by_side import open_rows  # CIFTI-2 alone

            return open_rows(self.parts, dtype)
        from nipype_mathimg.images.files.sequence import open_sequence

        return open_sequence(
            self.parts,
            dtype,
            plain=self.random_access,
            ahead=ahead,
        )


Image = str | os.PathLike[str] | InMemory
"""A file, or an image of nibabel."""


def open_source(name: str, files: Image | Sequence[Image]) -> ImageSource:
    """Read the headers of an image input.

    Parameters
    ----------
    name : str
        Name of the input in the formula, for messages.
    files : path or image of nibabel, or sequence of these
        ``~`` is expanded, nothing else: brackets are part of a name. A sequence is one 4D
        image: 3D files stacked, 4D files concatenated along t, of which a 3D file is one volume.

    Returns
    -------
    ImageSource
        Nothing is kept open.

    Raises
    ------
    ImageFileError
        A file is missing, empty, of unknown format, not an image of numbers, or its length
        contradicts its header.
    GridError
        The files of a list differ in their spatial shape.
    """
    single = not isinstance(files, Sequence) or isinstance(files, str)
    given = files if isinstance(files, Sequence) and not isinstance(files, str) else [files]
    if not given:
        msg = f"Input {name!r}: the list of files is empty. Give at least one file"
        raise ImageFileError(msg)
    opened = [_open(name, one) for one in given]
    paths = tuple(
        os.fspath(one) if isinstance(one, (str, os.PathLike)) else image.stored.file.path
        for one, image in zip(given, opened, strict=True)
    )
    shape = opened[0].stored.shape if single else _stacked_shape(name, paths, opened)
    return _source(name, paths, opened, shape)


def array_source(name: str, array: Array, like: ImageSource) -> ImageSource:
    """Return an array as an image on the grid of another one, see `array_image`."""
    from nipype_mathimg.images.files.in_memory import array_image

    image = array_image(name, array, like.header)
    return _source(name, (image.stored.file.path,), [image], image.stored.shape)


def _open(name: str, given: Image) -> ImageFile:
    if isinstance(given, (str, os.PathLike)):
        return open_image_file(name, os.fspath(given))
    # Whoever has an image in memory has loaded nibabel; who names files need not.
    from nipype_mathimg.images.files.in_memory import open_in_memory

    return open_in_memory(name, given)


def _source(
    name: str,
    paths: tuple[str, ...],
    images: list[ImageFile],
    shape: tuple[int, ...],
) -> ImageSource:
    parts = tuple(image.stored for image in images)
    dtypes = [part.effective_dtype for part in parts]
    dtype: np.dtype[Any] = reduce(np.promote_types, dtypes)
    wide = any(part.exact_dtype not in _NARROW for part in parts)
    uniform = _alike(parts)
    joined = images[0].header.joined([image.header for image in images[1:]])
    own = [joined, *(image.header for image in images[1:])]
    headers = [
        header if len(part.shape) == len(shape) else header.run(shape)
        for header, part in zip(own, parts, strict=True)
    ]
    return ImageSource(
        name=name,
        files=paths,
        header=joined,
        grids=tuple(header.grid for header in headers),
        spec=ArraySpec(shape, dtype, headers[0].axes(shape), _bounds(dtype, dtypes), wide),
        stored_dtype=parts[0].element_dtype if uniform else dtype,
        trs=tuple(header.step_seconds for header in headers),
        random_access=all(part.random_access for part in parts),
        parts=parts,
        uniform=uniform,
    )


def _bounds(dtype: np.dtype[Any], parts: list[np.dtype[Any]]) -> tuple[int, int] | None:
    if dtype.kind not in "iu":
        return None
    limits = [np.iinfo(part) for part in parts]
    return min(int(one.min) for one in limits), max(int(one.max) for one in limits)


def _alike(parts: tuple[Part, ...]) -> bool:
    """Return whether one conversion suits the elements of all files."""
    return len({part.conversion for part in parts}) == 1


def _stacked_shape(
    name: str, paths: tuple[str, ...], images: Sequence[ImageFile]
) -> tuple[int, ...]:
    """Return the shape of files behind one another, along the axis behind those of space.

    Where the axes of space vary slowest in a file, files with such an axis lie side by side.
    """
    space = images[0].header.grid.shape
    last = images[0].header.places_last
    count = 0
    for path, image in zip(paths, images, strict=True):
        shape = image.stored.shape
        own = shape[: len(shape) - len(space)] if last else shape[len(space) :]
        length, *later = (*own, 1)
        if any(n != 1 for n in later) or not image.header.stacks:
            msg = (
                f"Input {name!r}: {path} has the shape {shape}. A list of files takes 3D and 4D "
                "images only"
            )
            raise GridError(msg)
        if image.header.grid.shape != space:
            msg = (
                f"Input {name!r}: the files of a list must share one grid, but {paths[0]} has "
                f"the shape {images[0].stored.shape} and {path} has {shape}. Resample one of "
                "them, or give them as inputs of their own"
            )
            raise GridError(msg)
        count += length
    side_by_side = last and any(len(one.stored.shape) > len(space) for one in images)
    return (count, *space) if side_by_side else (*space, count)
