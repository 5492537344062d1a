"""The header of a NIfTI image: its fields by the names of the standard, and its extensions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.codes import DATATYPE_CODES, DATATYPES
from nipype_mathimg.spec import SPACE, Array
from nipype_mathimg.words import setting, worded

__all__ = [
    "EOL_CHECK",
    "LAYOUTS",
    "MAGIC",
    "Extension",
    "NiftiHeader",
    "Original",
    "Version",
    "version_for",
]

Version = Literal[1, 2]


def _group(prefix: str, kind: str, *lengths: int, names: Iterable[str] = SPACE) -> list[Any]:
    return [(f"{prefix}_{name}", kind, *lengths) for name in names]


LAYOUTS: dict[Version, np.dtype[np.void]] = {
    1: np.dtype(
        [
            ("sizeof_hdr", "i4"),
            # What NIfTI-1 keeps for programs that read Analyze: up to `regular`, glmax and glmin.
            ("data_type", "S10"),
            ("db_name", "S18"),
            ("extents", "i4"),
            ("session_error", "i2"),
            ("regular", "S1"),
            ("dim_info", "u1"),
            ("dim", "i2", 8),
            ("intent_p1", "f4"),
            ("intent_p2", "f4"),
            ("intent_p3", "f4"),
            ("intent_code", "i2"),
            ("datatype", "i2"),
            ("bitpix", "i2"),
            ("slice_start", "i2"),
            ("pixdim", "f4", 8),
            # A float, as in Analyze; exact up to 16 MiB.
            ("vox_offset", "f4"),
            ("scl_slope", "f4"),
            ("scl_inter", "f4"),
            ("slice_end", "i2"),
            ("slice_code", "u1"),
            ("xyzt_units", "u1"),
            ("cal_max", "f4"),
            ("cal_min", "f4"),
            ("slice_duration", "f4"),
            ("toffset", "f4"),
            ("glmax", "i4"),
            ("glmin", "i4"),
            ("descrip", "S80"),
            ("aux_file", "S24"),
            ("qform_code", "i2"),
            ("sform_code", "i2"),
            *_group("quatern", "f4", names="bcd"),
            *_group("qoffset", "f4"),
            *_group("srow", "f4", 4),
            ("intent_name", "S16"),
            ("magic", "S4"),
        ]
    ),
    2: np.dtype(
        [
            ("sizeof_hdr", "i4"),
            ("magic", "S4"),
            ("eol_check", "i1", 4),
            ("datatype", "i2"),
            ("bitpix", "i2"),
            ("dim", "i8", 8),
            ("intent_p1", "f8"),
            ("intent_p2", "f8"),
            ("intent_p3", "f8"),
            ("pixdim", "f8", 8),
            ("vox_offset", "i8"),
            ("scl_slope", "f8"),
            ("scl_inter", "f8"),
            ("cal_max", "f8"),
            ("cal_min", "f8"),
            ("slice_duration", "f8"),
            ("toffset", "f8"),
            ("slice_start", "i8"),
            ("slice_end", "i8"),
            ("descrip", "S80"),
            ("aux_file", "S24"),
            ("qform_code", "i4"),
            ("sform_code", "i4"),
            *_group("quatern", "f8", names="bcd"),
            *_group("qoffset", "f8"),
            *_group("srow", "f8", 4),
            ("slice_code", "i4"),
            ("xyzt_units", "i4"),
            ("intent_code", "i4"),
            ("intent_name", "S16"),
            ("dim_info", "u1"),
            ("unused_str", "S15"),
        ]
    ),
}
"""Fields of NIfTI-1 (nifti1.h, 348 bytes) and NIfTI-2 (nifti2.h, 540 bytes), native endian."""

MAGIC: dict[tuple[Version, bool], bytes] = {
    (1, True): b"n+1",
    (1, False): b"ni1",
    (2, True): b"n+2",
    (2, False): b"ni2",
}
"""magic by version, and whether header and voxels are in a single file."""

_LONGEST_NIFTI1_AXIS = 32767

EOL_CHECK = (13, 10, 26, 10)
"""eol_check of NIfTI-2: bytes that a conversion of the ends of lines would change."""


_FORMAT_FIELDS = frozenset({"sizeof_hdr", "magic", "eol_check"})


class Extension(NamedTuple):
    """A header extension (nifti1.h, "extended header").

    Parameters
    ----------
    code : int
        Who defined it; 4 is AFNI, 6 a comment.
    content : bytes
        Without the zeros that fill it up to a multiple of 16 bytes.
    """

    code: int
    content: bytes


class Original(Frozen):
    """What the header of a file of another format said, before it became a NIfTI header.

    Parameters
    ----------
    format : str
        Name of the format.
    fields : dict
        Its own fields by name; empty for a format that has no fixed ones.
    """

    format: str
    fields: dict[str, Array]


def version_for(shape: Iterable[int]) -> Version:
    """Return the version that a shape needs: dim is int16 in NIfTI-1."""
    return 2 if any(length > _LONGEST_NIFTI1_AXIS for length in shape) else 1


class NiftiHeader:
    """Header of a NIfTI image: a mutable record of the fields, native endian.

    ``header["pixdim"]`` is a view of a field, and can be assigned to as a whole or in parts. A
    new header has no axes, float32 voxels, steps of 1 and everything else unset.

    Parameters
    ----------
    version : {1, 2}
        NIfTI-1 or NIfTI-2.

    Attributes
    ----------
    extensions : list of Extension
        In the order of the file.
    original : Original or None
        Set where the file is of another format.
    """

    __slots__ = ("_record", "extensions", "original")

    def __init__(self, version: Version = 1) -> None:
        self._record: np.ndarray[Any, np.dtype[np.void]] = np.zeros((), LAYOUTS[version])
        self.extensions: list[Extension] = []
        self.original: Original | None = None
        self["sizeof_hdr"] = LAYOUTS[version].itemsize
        self["dim"] = (0, 1, 1, 1, 1, 1, 1, 1)
        self["pixdim"] = 1
        self["datatype"], self["bitpix"] = 16, 32
        self._mark_as_single_file()

    @classmethod
    def from_record(
        cls, record: np.ndarray[Any, np.dtype[np.void]], extensions: Iterable[Extension] = ()
    ) -> NiftiHeader:
        """Return a header with the fields of `record`.

        Parameters
        ----------
        record : ndarray
            Without axes, of a dtype of `LAYOUTS` in either byte order.
        extensions : iterable of Extension
            In the order of the file.
        """
        header = cls.__new__(cls)
        version: Version = 1 if record.dtype.itemsize == LAYOUTS[1].itemsize else 2
        # By value and not by view: this swaps the bytes of a file of the other order.
        header._record = record.astype(LAYOUTS[version])
        header.extensions = list(extensions)
        header.original = None
        return header

    @property
    def version(self) -> Version:
        """1 for NIfTI-1, 2 for NIfTI-2."""
        return 1 if self._record.dtype == LAYOUTS[1] else 2

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of voxels along each axis."""
        ndim, *lengths = self["dim"].tolist()
        return tuple(lengths[:ndim])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the voxels as they are stored, native endian."""
        return DATATYPES[int(self["datatype"])]

    @property
    def scaling(self) -> tuple[float, float] | None:
        """Slope and intercept of the values, None where they are stored as they are.

        A slope of 0, or one that is not finite, is unset (nifti1.h, "data scaling").
        """
        slope, inter = float(self["scl_slope"]), float(self["scl_inter"])
        # 1 and 0 count as none, so that integers stay integers, as in nibabel.
        if not math.isfinite(slope) or slope == 0 or (slope, inter) == (1, 0):
            return None
        return slope, inter

    def set_shape(self, shape: tuple[int, ...]) -> None:
        """Write dim, with 1 for the axes that there are not."""
        self["dim"] = (len(shape), *shape, *[1] * (7 - len(shape)))

    def set_dtype(self, dtype: np.dtype[Any]) -> None:
        """Write datatype and bitpix.

        Raises
        ------
        HeaderError
            The standard has no code for `dtype`.
        """
        code = DATATYPE_CODES.get(dtype.newbyteorder("="))
        if code is None:
            raise HeaderError(
                worded(
                    "NIfTI cannot store {dtype}; choose another dtype, such as {remedy}",
                    dtype=dtype,
                    remedy=setting("dtype", "float32"),
                )
            )
        # Readers find the length of the voxels by either of the two.
        self["datatype"], self["bitpix"] = code, 8 * dtype.itemsize

    def copy(self) -> NiftiHeader:
        """Return a header that shares nothing with this one."""
        cls = type(self)
        header = cls.__new__(cls)
        header._record = self._record.copy()
        header.extensions = list(self.extensions)
        header.original = self.original
        return header

    def converted(self, version: Version) -> NiftiHeader:
        """Return a copy for a single file of a version, whose data begin where the writer says."""
        if version == self.version:
            header = self.copy()
            header.original = None
        else:
            header = NiftiHeader(version)
            for field in set(self).intersection(header) - _FORMAT_FIELDS:
                header[field] = self[field]
            header.extensions = list(self.extensions)
        header._mark_as_single_file()
        header["vox_offset"] = 0
        return header

    def tobytes(self) -> bytes:
        """Return the fields as they lie in a file, native endian, without the extensions."""
        return self._record.tobytes()

    def _mark_as_single_file(self) -> None:
        self["magic"] = MAGIC[self.version, True]
        if self.version == 2:
            self["eol_check"] = EOL_CHECK

    def __getitem__(self, field: str) -> Array:
        return self._record[field]

    def __setitem__(self, field: str, value: object) -> None:
        self._record[field] = value

    def __contains__(self, field: str) -> bool:
        return field in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    @property
    def _fields(self) -> tuple[str, ...]:
        names = self._record.dtype.names
        return () if names is None else names
