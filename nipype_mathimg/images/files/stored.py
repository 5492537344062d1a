"""Where the voxels of one image file lie, and how they become values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.frozen import Unique
from nipype_mathimg.images.files.codecs import Codec, codec_of
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.spec import Array, FloatArray

if TYPE_CHECKING:
    from nipype_mathimg.images.files.reader import Reader

__all__ = ["OtherPart", "Part", "StoredArray", "damage_error"]

_MAX_AXES = 7

# float16 ends at 65504, which a sum of few voxels exceeds; what longdouble is depends on the
# machine, and so would the result.
_COMPUTED_AS: dict[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.float16): np.dtype(np.float32),
    np.dtype(np.longdouble): np.dtype(np.float64),
    np.dtype(np.clongdouble): np.dtype(np.complex128),
}


def damage_error(file: InputFile, codec: Codec, error: Exception) -> ImageFileError:
    """Return the error for a compressed file that cannot be inflated."""
    from nipype_mathimg.images.files.misnamed import START_BYTES, misnamed  # for errors alone

    with file.open() as stream:
        wrong_name = misnamed(file.path, stream.read(START_BYTES))
    if wrong_name:
        return file.error(*wrong_name)
    problem = f"the {codec.name} data are damaged or truncated ({error})"
    return file.error(problem, "Copy or create the file again")


class OtherPart(Protocol):
    """The elements of one file that do not lie in it one behind the other."""

    @property
    def file(self) -> InputFile:
        """The file that was given."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each axis."""

    @property
    def size(self) -> int:
        """Number of elements."""

    @property
    def element_dtype(self) -> np.dtype[Any]:
        """The dtype of what a reader gives, to be decoded."""

    @property
    def effective_dtype(self) -> np.dtype[Any]:
        """The dtype of the values, native endian."""

    @property
    def exact_dtype(self) -> np.dtype[Any]:
        """The dtype that tells how exact the values are: that of the file, native endian."""

    @property
    def conversion(self) -> Hashable:
        """What `decode` does: two parts with the same need the same."""

    @property
    def is_value(self) -> bool:
        """Whether what a reader gives are values already, but for the byte order."""

    @property
    def random_access(self) -> bool:
        """Whether any range is cheap to read, from several threads."""

    def ahead_bytes(self, ahead: int) -> int:
        """Return the memory of a pass beside the blocks that it is asked for.

        Parameters
        ----------
        ahead : int
            Bytes that may be inflated before they are asked for.
        """

    def decode(self, block: Array) -> Array:
        """Return the values of stored elements; `block` itself when nothing is to be done."""

    def check_unchanged(self) -> None:
        """Raise an ImageFileError unless every file is as it was when the header was read."""

    def open(self) -> Reader:
        """Start a pass over the elements."""


class StoredArray(Unique):
    """The voxels of one image file: where they lie and how they become values.

    Parameters
    ----------
    file : InputFile
        Holds the voxels (the ``.img`` of a pair).
    shape : tuple of int
        Number of voxels along each axis; the first axis varies fastest.
    dtype : numpy.dtype
        On disk, of either byte order.
    offset : int
        Bytes of the (inflated) file before the first voxel.
    slope, inter : float
        Value = slope * stored + inter.
    ends_with_data : bool
        Whether a byte after the last voxel is an error (MGH files may have a footer).
    factors : tuple of float, optional
        One per volume, for AFNI files; a reader then gives values, not what is stored.
    proxy : array-like, optional
        Array proxy of nibabel, for layouts that the fields above cannot describe; its elements
        are values already.
    others : tuple of InputFile
        What else the image consists of (the ``.hdr`` of a pair).
    """

    file: InputFile
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int = 0
    slope: float = 1.0
    inter: float = 0.0
    ends_with_data: bool = True
    factors: tuple[float, ...] | None = None
    proxy: Any = None
    others: tuple[InputFile, ...] = ()

    @property
    def size(self) -> int:
        """Number of voxels."""
        # Python's integers: the seven lengths of a damaged header can exceed int64.
        return int(np.prod(self.shape, dtype=object))

    @property
    def end(self) -> int:
        """Bytes of the (inflated) file up to the end of the last voxel."""
        return self.offset + self.size * self.dtype.itemsize

    @property
    def codec(self) -> Codec | None:
        """How the file is compressed, or None."""
        return codec_of(self.file.path)

    @property
    def scaled(self) -> bool:
        """Whether values differ from what is stored."""
        return (self.slope, self.inter) != (1.0, 0.0) or self.factors is not None

    @property
    def is_value(self) -> bool:
        """Whether what a reader gives are values already, but for the byte order."""
        return not self.scaled or self.factors is not None

    @property
    def effective_dtype(self) -> np.dtype[Any]:
        """The dtype of the values, native endian."""
        if self.scaled:
            return np.dtype(np.complex128 if self.dtype.kind == "c" else np.float64)
        native: np.dtype[Any] = self.dtype.newbyteorder("=")
        return _COMPUTED_AS.get(native, native)

    @property
    def exact_dtype(self) -> np.dtype[Any]:
        """See `OtherPart.exact_dtype`."""
        native: np.dtype[Any] = self.dtype.newbyteorder("=")
        return native

    @property
    def conversion(self) -> Hashable:
        """See `OtherPart.conversion`."""
        return self.element_dtype.str, self.slope, self.inter, self.is_value

    @property
    def random_access(self) -> bool:
        """See `OtherPart.random_access`."""
        return self.codec is None

    def ahead_bytes(self, ahead: int) -> int:
        """See `OtherPart.ahead_bytes`: a file alone is inflated straight into the blocks."""
        return 0

    @property
    def element_dtype(self) -> np.dtype[Any]:
        """The dtype of what a reader gives, to be decoded."""
        return self.dtype if self.factors is None else self.effective_dtype

    def decode(self, block: Array) -> Array:
        """Return the values of stored elements; `block` itself when nothing is to be done."""
        if self.factors is not None:
            return block
        values: Array
        with np.errstate(all="ignore"):
            # A copy where it is scaled in place below: the block belongs to the caller.
            values = block.astype(self.effective_dtype, copy=self.scaled)
            # Two steps, in the order of nibabel, so that the last bit agrees.
            if self.slope != 1.0:
                values *= self.slope
            if self.inter != 0.0:
                values += self.inter
        return values

    def check(self, affine: FloatArray) -> None:
        """Check what the header says of the voxels and of their place.

        Parameters
        ----------
        affine : numpy.ndarray
            Shape (4, 4), from voxels to mm.

        Raises
        ------
        ImageFileError
            No numbers, a shape without voxels or with too many axes, or a place that is none.
        """
        if self.dtype.kind not in "iufc":
            kind = "RGB colours" if self.dtype.names else f"{self.dtype} elements"
            raise self.error(f"stores {kind}, not one number per voxel", "Convert it first")
        if not self.shape or min(self.shape) < 1 or len(self.shape) > _MAX_AXES:
            raise self.error(
                f"the shape {self.shape} in its header holds no image",
                "An image has one to seven axes, each at least 1 long; create it again",
            )
        if self.offset < 0:
            raise self.error(f"negative data offset {self.offset}", "Create the file again")
        if not np.isfinite(affine).all():
            raise self.error("its affine holds NaN or infinity", "Give it a valid header first")

    def check_unchanged(self) -> None:
        """Raise an ImageFileError unless every file is as it was when the header was read."""
        for file in (self.file, *self.others):
            file.check_unchanged()

    def error(self, problem: str, remedy: str) -> ImageFileError:
        """Return the error for this file."""
        return self.file.error(problem, remedy)

    def ends_early(self, found: int) -> ImageFileError:
        """Return the error for a file that lacks voxels."""
        return self.error(
            f"the file is truncated: its header describes {self.end} bytes, it has {found}",
            "Copy or create the file again",
        )

    def ends_late(self, found: str) -> ImageFileError:
        """Return the error for a file with more data than its header describes."""
        return self.error(
            f"the file is longer than its header says: {found} bytes instead of {self.end}",
            "Header and data do not belong together; create the file again",
        )


Part = StoredArray | OtherPart
"""The elements of one file of an image, in the order in which its first axis varies fastest."""
