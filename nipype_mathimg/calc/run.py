"""The public functions: a formula over images becomes an image, a number, or a plan."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nipype_mathimg.calc.inputs import Inputs, InputValue
from nipype_mathimg.calc.job import Job, job_of, plan_of
from nipype_mathimg.calc.storing import output_dtype
from nipype_mathimg.calc.writing import Result, run_plan, write_image
from nipype_mathimg.errors import FormulaError, HeaderError, HeaderWarning, nearest
from nipype_mathimg.formula.infer import check_images
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.images.files.containers import layout_of
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.images.headers.derive import derive_header, fresh_header
from nipype_mathimg.images.headers.lost import lost_fields
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import ArraySpec, Note

__all__ = ["Value", "explain", "math_img", "math_value"]


LOST = "header"
"""Topic of the note that names what a new header does not keep."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number that a formula gave.

    Parameters
    ----------
    value : int, float, complex, bool, or list of these
        A list for a result with one axis.
    plan : Plan
        How it was computed.
    notes : tuple of Note
        What a user should know.
    """

    value: Any
    plan: Plan
    notes: tuple[Note, ...]


def math_img(
    formula: str,
    inputs: Mapping[str, InputValue],
    out_file: str | os.PathLike[str],
    *,
    copy_header_from: str | None = None,
    dtype: str = "auto",
    grid_tolerance: float = 0.01,
    memory: int | None = None,
    num_threads: int | None = None,
) -> Result:
    """Evaluate a formula over images and write the result with the right header.

    Parameters
    ----------
    formula : str
        In NumPy's notation, e.g. ``"np.mean(bold, axis=-1) * mask"``; its free names are the
        inputs.
    inputs : mapping
        For each name a file, a list of files (3D: stacked along t, 4D: joined along t), a
        number, or a list of numbers.
    out_file : path
        ``.nii``, ``.nii.gz``, ``.hdr`` or ``.img``, ``.mgh``, ``.mgz``. It appears when it is
        complete, or not at all.
    copy_header_from : str, optional
        Name of the input whose header the result gets, adapted to the axes that it has.
        Otherwise the header is new and has the grid only.
    dtype : str
        ``"auto"``, ``"header"``, or the name of a dtype; see `output_dtype`.
    grid_tolerance : float
        Largest distance between equal corners of two images, in mm.
    memory : int, optional
        Budget in bytes above what the process has at the start; 256 MiB when absent.
    num_threads : int, optional
        Threads that compute; those that the process may use when absent. The result does not
        depend on it.

    Returns
    -------
    Result
        File, plan, notes and data range.

    Raises
    ------
    FormulaError
        The formula is wrong, cannot be computed on these inputs or not within the budget.
    GridError
        The images do not share one grid.
    HeaderError
        There is no right header for the result.
    ImageFileError
        A file is missing or damaged, or the result cannot be written.
    """
    job = job_of(formula, inputs, grid_tolerance)
    check_images(job.inferred)
    donor = _donor(copy_header_from, job.inputs)
    layout_of(os.path.expanduser(os.fspath(out_file)))
    spec = _stored_spec(job, dtype, donor)
    header, notes = _header(job, spec, donor)
    for note in notes:
        if note.topic == LOST:
            warnings.warn(note.message, HeaderWarning, stacklevel=2)
    plan = plan_of(job, memory, num_threads)
    notes = [*job.inputs.notes, *notes]
    images = job.inputs.images.values()
    return write_image(plan, images, spec, header, out_file, notes, with_range=donor is not None)


def math_value(
    formula: str,
    inputs: Mapping[str, InputValue],
    *,
    grid_tolerance: float = 0.01,
    memory: int | None = None,
    num_threads: int | None = None,
) -> Value:
    """Evaluate a formula whose result is a number, or a list of numbers.

    Parameters
    ----------
    formula : str
        In NumPy's notation, e.g. ``"np.mean(bold[mask > 0])"``.
    inputs, grid_tolerance, memory, num_threads
        As for `math_img`.

    Returns
    -------
    Value
        The number as a plain number of Python; a list for a result with one axis.

    Raises
    ------
    FormulaError
        As for `math_img`; or the result has more than one axis.
    GridError, ImageFileError
        As for `math_img`.
    """
    job = job_of(formula, inputs, grid_tolerance)
    shape = job.inferred.root.shape
    if len(shape) > 1:
        raise FormulaError(
            f"The result has the shape {shape}, not one number or a list of numbers; reduce it, "
            "as in `np.mean(...)`, or use MathImg (math_img) for an image.",
            formula,
        )
    plan = plan_of(job, memory, num_threads, written=())
    (value,) = run_plan(plan, job.inputs.images.values()).values()
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    return Value(plain, plan, job.inputs.notes)


def explain(
    formula: str,
    inputs: Mapping[str, InputValue],
    *,
    copy_header_from: str | None = None,
    dtype: str = "auto",
    grid_tolerance: float = 0.01,
    memory: int | None = None,
    num_threads: int | None = None,
) -> Plan:
    """Return the plan of a computation; only headers are read.

    Parameters
    ----------
    formula, inputs, copy_header_from, dtype, grid_tolerance, memory, num_threads
        As for `math_img`; the result may be a number too.

    Returns
    -------
    Plan
        Printable: stages, how each is cut, how each image is read, the memory.

    Raises
    ------
    MathImgError
        Everything that `math_img` or `math_value` would refuse before reading.
    """
    job = job_of(formula, inputs, grid_tolerance)
    donor = _donor(copy_header_from, job.inputs)
    writes = bool(job.inferred.root.shape)
    if writes and (donor is not None or job.inferred.root.ndim > 1):
        _header(job, _stored_spec(job, dtype, donor), donor)
    return plan_of(job, memory, num_threads, written=None if writes else ())


def _donor(name: str | None, inputs: Inputs) -> ImageSource | None:
    if not name:
        return None
    if name not in inputs.images:
        what = "is a number" if name in inputs.values else "is not an input"
        hint = nearest(name, inputs.images) or f" Images are: {', '.join(inputs.images)}."
        raise HeaderError(f"copy_header_from is {name!r}, which {what}.{hint}")
    return inputs.images[name]


def _stored_spec(job: Job, dtype: str, donor: ImageSource | None) -> ArraySpec:
    root = job.inferred.root
    return replace(root.spec, dtype=output_dtype(dtype, root, job.inputs.images, donor))


def _header(
    job: Job, spec: ArraySpec, donor: ImageSource | None
) -> tuple[NiftiHeader, list[Note]]:
    try:
        if donor is not None:
            changed = not job.inferred.root.shows_input
            return derive_header(donor.header, spec, values_changed=changed)
        return _fresh(job, spec)
    except HeaderError as error:
        raise HeaderError(
            f"{error}\nFormula: {job.inferred.formula}\nInputs:\n{job.inputs.described()}"
        ) from None


def _fresh(job: Job, spec: ArraySpec) -> tuple[NiftiHeader, list[Note]]:
    first = next(iter(job.inputs.images.values()))
    nifti2 = any(image.header.version == 2 for image in job.inputs.images.values())
    header, notes = fresh_header(
        first.affine, spec, nifti2=nifti2, donor_ndim=min(first.spec.ndim, 3)
    )
    lost = lost_fields(first.header, header)
    if lost:
        message = (
            f"the header is new and does not have what {first.name!r} carries: "
            f"{', '.join(lost)}; copy_header_from={first.name!r} keeps it"
        )
        notes = [*notes, Note(LOST, message)]
    return header, notes
