"""The header and the dtype of each result: which image gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nipype_mathimg.calc.inputs import Inputs
from nipype_mathimg.calc.job import Job
from nipype_mathimg.calc.storing import asked_dtype, output_dtype
from nipype_mathimg.errors import FormulaError, HeaderError, nearest
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.images.headers.derive import derive_header, fresh_header
from nipype_mathimg.images.headers.lost import lost_fields
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import ArraySpec, Note
from nipype_mathimg.words import option, setting, worded

__all__ = ["LOST", "asked_for_all", "donor_of", "for_each", "header_of", "stored_spec"]

LOST = "header"
"""Topic of the note that names what a new header does not keep."""


def for_each(
    which: str, given: str | Mapping[str, str] | None, names: Iterable[str]
) -> dict[str, str | None]:
    """Return an option for each result: one value for all, or a mapping.

    Parameters
    ----------
    which : str
        The name of the option, for messages.
    given : str, mapping or None
        What the caller gave.
    names : iterable of str
        The results.

    Raises
    ------
    FormulaError
        The mapping names something that is no result that is written.
    """
    results = list(names)
    if given is None or isinstance(given, str):
        return dict.fromkeys(results, given)
    for name in given:
        if name not in results:
            raise FormulaError(
                worded(
                    "{option} names {name!r}, which is no result that is written; those are: "
                    "{results}.{hint}",
                    option=option(which),
                    name=name,
                    results=", ".join(filter(None, results)) or "none with a name",
                    hint=nearest(name, results),
                )
            )
    return {name: given.get(name) for name in results}


def donor_of(name: str | None, inputs: Inputs) -> ImageSource | None:
    """Return the image whose header a result gets, None for a new header.

    Raises
    ------
    HeaderError
        The name is none of an image.
    """
    if not name:
        return None
    if name not in inputs.images:
        what = "is a number" if name in inputs.values else "is not an input"
        hint = nearest(name, inputs.images) or f" Images are: {', '.join(inputs.images)}."
        owner = next((one for one, image in inputs.images.items() if name in image.files), "")
        if owner:
            hint = f" Give the name of the input, {owner}."
        raise HeaderError(
            worded(
                "{option} is {name!r}, which {what}.{hint}",
                option=option("copy_header_from"),
                name=name,
                what=what,
                hint=hint,
            )
        )
    return inputs.images[name]


def asked_for_all(
    dtype: str | Mapping[str, str],
    copy_header_from: str | Mapping[str, str] | None,
    inputs: Inputs,
) -> np.dtype[Any] | None:
    """Return the dtype that is asked for every result, None where each has its own."""
    if not isinstance(dtype, str):
        return None
    if dtype != "header":
        return asked_dtype(dtype, None)
    if isinstance(copy_header_from, Mapping):
        return None
    return asked_dtype(dtype, donor_of(copy_header_from, inputs))


def stored_spec(job: Job, name: str, dtype: str, donor: ImageSource | None) -> ArraySpec:
    """Return shape, axes and dtype of the file of a result."""
    op = job.inferred.results[name]
    return replace(op.spec, dtype=output_dtype(dtype, op, donor))


def header_of(
    job: Job, name: str, spec: ArraySpec, donor: ImageSource | None
) -> tuple[NiftiHeader, list[Note]]:
    """Return the header of a result, and a note for every field that a rule changed.

    Raises
    ------
    HeaderError
        There is no right header for the result; the message shows formula and inputs.
    """
    with job.explaining():
        if donor is not None:
            changed = not job.inferred.results[name].shows_input
            header, notes = derive_header(donor.header, spec, values_changed=changed)
        else:
            header, notes = _fresh(job, spec)
    return header, [replace(note, result=name) for note in notes]


def _fresh(job: Job, spec: ArraySpec) -> tuple[NiftiHeader, list[Note]]:
    first = next(iter(job.inputs.images.values()))
    nifti2 = any(image.header.version == 2 for image in job.inputs.images.values())
    header, notes = fresh_header(
        first.affine, spec, nifti2=nifti2, donor_ndim=min(first.spec.ndim, 3)
    )
    lost = lost_fields(first.header, header)
    if lost:
        message = worded(
            "the header is new and does not have what {first!r} carries: {lost}; {remedy} keeps "
            "it",
            first=first.name,
            lost=", ".join(lost),
            remedy=setting("copy_header_from", first.name),
        )
        notes = [*notes, Note(LOST, message)]
    return header, notes
