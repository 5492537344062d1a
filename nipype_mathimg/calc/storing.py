"""The dtype of the file, and the last conversion before a voxel is written."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.domain import VOXELS, Domain
from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.cast import ValueFitError, misfit
from nipype_mathimg.formula.types.numtype import integer_bounds
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.spec import Array, DataRange
from nipype_mathimg.words import option, setting, worded

__all__ = ["STORED_DTYPES", "Piece", "Storing", "asked_dtype", "output_dtype"]

STORED_DTYPES = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""Dtypes that a result can be stored in; 16-bit floats are too coarse for an image."""

# The integers that Analyze had, which every program reads; some refuse those that came with
# NIfTI, above all int64.
_AUTO_INTEGERS = tuple(np.dtype(name) for name in ("uint8", "int16", "int32"))


def output_dtype(policy: str, root: Op, donor: ImageSource | None) -> np.dtype[Any]:
    """Decide the dtype of the file.

    Parameters
    ----------
    policy : str
        ``"auto"``, ``"header"`` (that of the image that gives the header) or a dtype.
    root : Op
        The result.
    donor : ImageSource, optional
        The image that gives the header.

    Returns
    -------
    numpy.dtype
        For ``"auto"``: uint8 for True and False; the smallest of uint8, int16 and int32 that
        holds all possible integers, else float64; for floats float32, or float64 where an image
        that gives values, not only conditions, is stored with more than float32's 24 bits;
        likewise for complex numbers.

    Raises
    ------
    FormulaError
        No such dtype, or complex numbers into a dtype that has none.
    """
    dtype = asked_dtype(policy, donor)
    if dtype is None:
        return _automatic(root)
    if root.spec.dtype.kind == "c" and dtype.kind != "c":
        raise FormulaError(
            worded(
                "The result is complex and cannot be stored as {dtype}; take np.abs(...), .real "
                "or .imag, or choose {remedy}.",
                dtype=dtype,
                remedy=setting("dtype", "complex64"),
            )
        )
    return dtype


def asked_dtype(policy: str, donor: ImageSource | None) -> np.dtype[Any] | None:
    """Return the dtype that a policy stands for whatever the result; None for ``"auto"``.

    Raises
    ------
    FormulaError
        No such dtype, or there is no header to take it from.
    """
    if policy == "auto":
        return None
    if policy != "header":
        return _named(policy)
    if donor is None:
        raise FormulaError(
            worded(
                "{given} takes the dtype of the image that {option} names, and {option} is not "
                "set; name an input there.",
                given=setting("dtype", "header"),
                option=option("copy_header_from"),
            )
        )
    return donor.header.dtype


def _named(name: str) -> np.dtype[Any]:
    if str(name) not in STORED_DTYPES:
        known = ("auto", "header", *STORED_DTYPES)
        raise FormulaError(
            worded(
                "{option} is {name!r}; choose one of {known}.{hint}",
                option=option("dtype"),
                name=name,
                known=", ".join(known),
                hint=nearest(str(name), known),
            )
        )
    return np.dtype(name)


def _automatic(root: Op) -> np.dtype[Any]:
    dtype, bounds = root.spec.dtype, root.spec.bounds
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    if bounds is not None:
        for candidate in _AUTO_INTEGERS:
            limits = integer_bounds(candidate)
            if limits is not None and limits[0] <= bounds[0] and bounds[1] <= limits[1]:
                return candidate
        return np.dtype(np.float64)
    if dtype.kind == "c":
        return np.dtype(np.complex128 if root.spec.wide else np.complex64)
    return np.dtype(np.float64 if root.spec.wide else np.float32)


class Piece(Frozen):
    """A piece of the result: its stored values and their range."""

    values: Array
    range: DataRange


class Storing(Frozen):
    """Converts pieces of the result to the dtype of the file.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the file. Fractions are rounded to the nearest integer.
    name : str
        What to name in a message: the output file.
    domain : Domain
        What its elements are called.
    """

    dtype: np.dtype[Any]
    name: str
    domain: Domain = VOXELS

    def __call__(self, values: Array, region: Region) -> Piece:
        """Convert a piece.

        Raises
        ------
        ValueFitError
            A value does not fit into the dtype.
        """
        if self.dtype.kind in "iu" and values.dtype.kind in "fiu":
            # Rounded before it is judged: 255.4 fits into uint8.
            if values.dtype.kind == "f":
                values = np.rint(values)
            wrong = misfit(values, self.dtype)
            if wrong is not None:
                raise self._misfit(wrong, values, region)
        with np.errstate(over="ignore"):
            # Fortran order is that of the file: one copy here spares one in the encoder.
            stored = values.astype(self.dtype, order="F", copy=False)
        found = _range(stored)
        if found.non_finite and values.dtype.kind in "fc" and values.dtype != self.dtype:
            lost = np.isfinite(values) & ~np.isfinite(stored)
            if lost.any():
                raise self._misfit(values[lost].flat[0], values, region)
        if found.non_finite:
            # What owns its memory was computed for this piece: inputs and blocks come as views.
            own = stored is not values or (stored.flags.owndata and stored.flags.writeable)
            stored = _with_one_nan(stored, own=own)
        if values.dtype.kind in "iu" and stored.dtype.kind in "fc":
            found = found.changed(rounded=_rounded(values, stored, found))
        return Piece(stored, found)

    def _misfit(self, wrong: np.generic, values: Array, region: Region) -> ValueFitError:
        same = np.isnan(values) if np.isnan(wrong) else values == wrong
        found = np.unravel_index(int(np.argmax(same.ravel(order="F"))), values.shape, order="F")
        place = tuple(int(k) + low for k, (low, _) in zip(found, region, strict=True))
        remedy = (
            f"replace such {self.domain.many} with np.where or np.nan_to_num"
            if not np.isfinite(wrong)
            else "choose a wider dtype, or limit the values with np.clip"
        )
        return ValueFitError(
            f"The value {wrong} at {self.domain.one} {place} does not fit into {self.dtype}, the "
            f"dtype of {self.name}; {remedy}."
        )


def _with_one_nan(stored: Array, *, own: bool) -> Array:
    """Return floats whose every NaN has the same bits; `own` where they may be changed in place.

    Sign and payload of a NaN say nothing, and depend on the processor and on which of two operands
    a loop of NumPy takes first, which is another one at the end of a piece.
    """
    if not own:
        stored = stored.copy(order="F")
    parts = (stored.real, stored.imag) if stored.dtype.kind == "c" else (stored,)
    for part in parts:
        np.copyto(part, np.nan, where=np.isnan(part))
    return stored


def _rounded(values: Array, stored: Array, found: DataRange) -> int:
    """Return how many integers a float could not hold."""
    # Up to 2**24 in float32, and 2**53 in float64, every integer is exact.
    whole = 2.0 ** (np.finfo(stored.dtype).nmant + 1)
    if max(-found.minimum, found.maximum) < whole:
        return 0
    # Back in integers; what was rounded up to the end of their range has none.
    end = 2.0 ** (8 * values.dtype.itemsize - (values.dtype.kind == "i"))
    inside = stored.real < end
    kept = np.where(inside, stored.real, 0).astype(values.dtype)
    return int(np.count_nonzero(~inside | (kept != values)))


def _range(values: Array) -> DataRange:
    if values.dtype.kind == "c":
        # In its own precision the size of a finite number may be infinite.
        values = np.abs(values.astype(np.complex128))
    low, high = values.min(), values.max()
    if np.isfinite(low) and np.isfinite(high):
        return DataRange(float(low), float(high), 0)
    # NaN alone is left out by fmin and fmax, many times faster than by an index.
    finite = np.isfinite(values)
    low, high = _without_nan(values)
    if np.isinf(low) or np.isinf(high):
        low, high = _without_nan(np.where(finite, values, np.nan))
    return DataRange(float(low), float(high), values.size - np.count_nonzero(finite))


def _without_nan(values: Array) -> tuple[np.generic, np.generic]:
    """Return the least and the greatest value, NaN when there is no other."""
    flat = values.ravel(order="K")
    return np.fmin.reduce(flat), np.fmax.reduce(flat)
