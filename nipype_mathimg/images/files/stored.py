"""Where the voxels of one image file lie, and how they become values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.codecs import Codec, codec_of
from nipype_mathimg.spec import Array

__all__ = ["StoredArray", "damage_error", "file_error"]

_COMPUTED_AS: dict[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.float16): np.dtype(np.float32),
    np.dtype(np.longdouble): np.dtype(np.float64),
    np.dtype(np.clongdouble): np.dtype(np.complex128),
}


def file_error(name: str, path: str, problem: str, remedy: str) -> ImageFileError:
    """Return the error for a file: whose input, which file, what is wrong, what to do."""
    return ImageFileError(f"Input {name!r}: {path}: {problem}. {remedy}")


def damage_error(name: str, path: str, codec: Codec, error: Exception) -> ImageFileError:
    """Return the error for a compressed file that cannot be inflated."""
    problem = f"the {codec.name} data are damaged or truncated ({error})"
    return file_error(name, path, problem, "Copy or create the file again")


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """The voxels of one image file: where they lie and how they become values.

    Parameters
    ----------
    name : str
        Name of the input in the formula.
    path : str
        File that holds the voxels (the ``.img`` of a pair).
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
    """

    name: str
    path: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int = 0
    slope: float = 1.0
    inter: float = 0.0
    ends_with_data: bool = True
    factors: tuple[float, ...] | None = None
    proxy: Any = None

    @property
    def size(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def end(self) -> int:
        """Bytes of the (inflated) file up to the end of the last voxel."""
        return self.offset + self.size * self.dtype.itemsize

    @property
    def codec(self) -> Codec | None:
        """How the file is compressed, or None."""
        return codec_of(self.path)

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
    def element_dtype(self) -> np.dtype[Any]:
        """The dtype of what a reader gives, to be decoded."""
        return self.dtype if self.factors is None else self.effective_dtype

    def decode(self, block: Array) -> Array:
        """Return the values of stored elements; `block` itself when nothing is to be done."""
        if self.factors is not None:
            return block
        values: Array
        with np.errstate(all="ignore"):
            values = block.astype(self.effective_dtype, copy=self.scaled)
            # Two steps, in the order of nibabel, so that the last bit agrees.
            if self.slope != 1.0:
                values *= self.slope
            if self.inter != 0.0:
                values += self.inter
        return values

    def error(self, problem: str, remedy: str) -> ImageFileError:
        """Return the error for this file."""
        return file_error(self.name, self.path, problem, remedy)

    def ends_early(self, found: int) -> ImageFileError:
        """Return the error for a file that lacks voxels."""
        return self.error(
            f"the file is truncated: its header describes {self.end} bytes, it has {found}",
            "Copy or create the file again",
        )

    def ends_late(self, found: int) -> ImageFileError:
        """Return the error for a file with more data than its header describes."""
        return self.error(
            f"the file is longer than its header says: {found} bytes instead of {self.end}",
            "Header and voxels do not belong together; create the file again",
        )
