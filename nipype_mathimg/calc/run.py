"""The public functions: a formula over images becomes an image, a number, or a plan."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.calc.calls import checked_call, joined
from nipype_mathimg.calc.donors import (
    LOST,
    HeaderOptions,
    asked_for_all,
    donor_of,
    for_each,
    header_of,
    stored_spec,
)
from nipype_mathimg.calc.given import DTypeName, dtype_names, named_donors
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.job import Job, job_of, plan_of
from nipype_mathimg.calc.options import names_in
from nipype_mathimg.calc.outcomes import has_regions
from nipype_mathimg.calc.outputs import OutputPath, Target, check_files, is_image, targets_of
from nipype_mathimg.calc.result import Result
from nipype_mathimg.calc.value_notes import number_notes
from nipype_mathimg.calc.writing import FileResult, as_plain, run_plan, write_results
from nipype_mathimg.errors import FormulaError, HeaderWarning
from nipype_mathimg.formula.engine.progress import Progress
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.images.headers.kinds import kind_named
from nipype_mathimg.images.headers.volume import VolumeHeader
from nipype_mathimg.spec import Note
from nipype_mathimg.words import CALL_FOR_IMAGE, worded

if TYPE_CHECKING:
    from nipype_mathimg.calc.label_tables import LabelTable
    from nipype_mathimg.calc.value import Value

__all__ = ["explain", "math_img", "math_value"]


@checked_call
def math_img(
    formula: str,
    inputs: Mapping[str, InputValue] | None = None,
    out_file: OutputPath | None = None,
    *,
    outputs: Mapping[str, Target] | Sequence[str] | None = None,
    copy_header_from: str | Mapping[str, str] | None = None,
    dtype: DTypeName | Mapping[str, DTypeName] = "auto",
    grid: str | Mapping[str, str] = "follow",
    tr: float | None = None,
    overwrite: bool = False,
    label_tables: Mapping[str, LabelTable] | None = None,
    grid_tolerance: float = 0.01,
    memory: int | str | None = None,
    num_threads: int | None = None,
    progress: Progress | None = None,
    **images: InputValue,
) -> Result:
    """Evaluate a formula over images; the results have the right headers.

    Parameters
    ----------
    formula : str
        In NumPy's notation, e.g. ``"np.mean(bold, axis=-1) * mask"``, or a program: lines of
        the form ``name = expression``. Its free names are the inputs.
    inputs : mapping, optional
        For each name a file, a list of files (3D: stacked along t, 4D: joined along t), an image
        of nibabel or a list of them, an array of three axes or more (on the grid of the other
        images), a number, a list of numbers, a matrix (rows, or an array of NumPy), a dict of
        such numbers, or a file of them: a table (.tsv), a sidecar (.json), .bval, .bvec, .txt,
        .par, .1D.
    out_file : path, optional
        The file of the result, which is the last line of a program: ``.nii``, ``.nii.gz``,
        ``.nii.zst``, ``.hdr`` or ``.img``, ``.mgh``, ``.mgz``; ``.tsv`` for values of regions. It
        appears when it is complete, or not at all. Without it the image stays in memory, see
        `Result.load`.
    outputs : mapping or sequence of str, optional
        In place of `out_file`, for the names of a program that become results: the file of
        each (``.tsv`` for values of regions), or None for a number or a list of numbers
        (`IfImage` leaves it to the result). All files appear, or none. The names alone bring
        images in memory, numbers and lists.
    copy_header_from : str or mapping, optional
        Name of the input whose header the result gets, adapted to the axes that it has; for all
        results, or for each by its name. The formula need not use it. Otherwise the header is new
        and has the grid only.
    dtype : str, dtype of NumPy, or mapping
        ``"auto"``, ``"header"``, or the name of a dtype; see `output_dtype`. For all results, or
        for each by its name.
    grid : str or mapping
        ``"follow"``: voxels keep their place in the world, whatever the formula cuts or flips.
        ``"header"``: a result whose x, y and z are as long as those of the image that gives the
        header lies on its grid, so that ``img[::-1]`` is the mirror image. For all results, or
        for each by its name.
    tr : float, optional
        TR in seconds of the results that have a fourth axis; when absent, that which the rules
        leave.
    overwrite : bool
        A result may replace an input. (Other files are replaced in any case.)
    label_tables : mapping, optional
        For the name of a label image its table, for names and order of its regions: a .tsv with
        the columns ``index`` and ``name``, a .json, or a dict from labels to names.
    grid_tolerance : float
        Largest distance between equal corners of two images, in mm.
    memory : str or int, optional
        Budget above what the process has at the start, with its unit: ``"4G"``, ``"512M"``; or a
        number of bytes. ``"256M"`` when absent.
    num_threads : int, optional
        Threads that compute; those that the process may use when absent. The result does not
        depend on it.
    progress : callable, optional
        Called now and then with a `Done`, of which ``share`` is the part of the work that is
        done, from 0 to 1.
    **images
        Inputs by name, beside `inputs` or in its place: ``bold="bold.nii.gz"``. One that is
        named like an option (``tr``, ``dtype``) has to stand in `inputs`.

    Returns
    -------
    Result
        Files, images and numbers by name, plan, notes and data ranges; ``result.load()`` is the
        image.

    Raises
    ------
    FormulaError
        The formula is wrong, cannot be computed on these inputs or not within the budget; or an
        output is none of its names.
    GridError
        The images do not share one grid.
    HeaderError
        There is no right header for the result.
    ImageFileError
        A file is missing or damaged, a result would replace an input, or cannot be written.

    Examples
    --------
    >>> import nibabel as nib, numpy as np
    >>> bold = nib.Nifti1Image(np.ones((4, 4, 4, 10), np.int16), np.eye(4))
    >>> result = math_img("np.sum(bold, axis=-1)", bold=bold, copy_header_from="bold")
    >>> print(result.load().get_fdata().max())
    10.0
    """
    stored_in = dtype_names(dtype)
    names, targets = targets_of(out_file, outputs)
    job = job_of(
        formula,
        joined(inputs, images),
        grid_tolerance,
        names,
        lambda opened: asked_for_all(stored_in, copy_header_from, opened),
        named_donors(copy_header_from),
        label_tables,
    )
    # Files and headers come before the plan: what can be refused costs no reading.
    files = check_files(job.inferred, targets, job.inputs.files, overwrite=overwrite)
    results, notes = _file_results(job, files.images, copy_header_from, stored_in, grid, tr)
    _check_in_memory(results, formula)
    for note in notes:
        if note.topic == LOST:
            warnings.warn(note.message, HeaderWarning, stacklevel=3)  # behind `checked_call`
    plan = plan_of(job, memory, num_threads, _dtypes(results))
    said = [*job.notes, *notes]
    return write_results(plan, job, results, said, tables=files.tables, progress=progress)


def _file_results(
    job: Job,
    files: Mapping[str, OutputPath | None],
    copy_header_from: str | Mapping[str, str] | None,
    dtype: str | Mapping[str, str],
    grid: str | Mapping[str, str],
    tr: float | None,
) -> tuple[list[FileResult], list[Note]]:
    """Return what is written, with the header of each, and what to say about it."""
    donors = for_each("copy_header_from", copy_header_from, files)
    dtypes = for_each("dtype", dtype, files)
    grids = for_each("grid", grid, files)
    results: list[FileResult] = []
    notes: list[Note] = []
    for name, file in files.items():
        donor = donor_of(donors[name], job.inputs)
        spec, told = stored_spec(job, name, dtypes[name] or "auto", donor)
        suffix, _ = kind_named(os.fspath(file or "")) or ("", None)
        options = HeaderOptions(donor, grids[name] or "follow", tr, suffix)
        header, found = header_of(job, name, spec, options)
        filed = job.inferred.filed[name].spec.changed(dtype=spec.dtype)
        results.append(FileResult(name, file, filed, header, donor is not None))
        notes += [*told, *found]
    return results, notes


def _check_in_memory(results: Iterable[FileResult], formula: str) -> None:
    for one in results:
        if one.out_file is None and not isinstance(one.header, VolumeHeader):
            raise FormulaError(
                f"The result is {one.header.described}, of which no image in memory is made; give "
                "it a file, with `out_file` or `outputs`.",
                formula,
            )


def _dtypes(results: Iterable[FileResult]) -> dict[str, np.dtype[Any]]:
    return {one.name: one.spec.dtype for one in results}


@checked_call
def math_value(
    formula: str,
    inputs: Mapping[str, InputValue] | None = None,
    *,
    label_tables: Mapping[str, LabelTable] | None = None,
    grid_tolerance: float = 0.01,
    memory: int | str | None = None,
    num_threads: int | None = None,
    progress: Progress | None = None,
    **images: InputValue,
) -> Value:
    """Evaluate a formula whose result is a number, or a list of numbers.

    Parameters
    ----------
    formula : str
        In NumPy's notation, e.g. ``"np.mean(bold[mask > 0])"``.
    inputs, label_tables, grid_tolerance, memory, num_threads, progress, **images
        As for `math_img`.

    Returns
    -------
    Value
        It behaves as its number, or as an array for a result with one axis; ``value.value`` is
        the plain number, or list, of Python.

    Raises
    ------
    FormulaError
        As for `math_img`; or the result has more than one axis.
    GridError, ImageFileError
        As for `math_img`.
    """
    job = job_of(
        formula,
        joined(inputs, images),
        grid_tolerance,
        stored_in=lambda opened: np.dtype(float),
        label_tables=label_tables,
    )
    shape = job.inferred.root.shape
    if len(shape) > 1:
        raise FormulaError(
            worded(
                "The result has the shape {shape}, not one number or a list of numbers; reduce "
                "it, as in `np.mean(...)`, or use {call} for an image.",
                shape=shape,
                call=CALL_FOR_IMAGE,
            ),
            formula,
            job.inferred.root.span,
        )
    plan = plan_of(job, memory, num_threads, {})
    (computed,) = run_plan(plan, job, progress=progress).values()
    value = as_plain(computed)
    from nipype_mathimg.calc.value import Value  # most calls give images

    return Value(value, plan, (*job.notes, *number_notes({"": value})))


@checked_call
def explain(
    formula: str,
    inputs: Mapping[str, InputValue] | None = None,
    *,
    outputs: Iterable[str] = (),
    copy_header_from: str | Mapping[str, str] | None = None,
    dtype: DTypeName | Mapping[str, DTypeName] = "auto",
    grid: str | Mapping[str, str] = "follow",
    tr: float | None = None,
    label_tables: Mapping[str, LabelTable] | None = None,
    grid_tolerance: float = 0.01,
    memory: int | str | None = None,
    num_threads: int | None = None,
    **images: InputValue,
) -> Plan:
    """Return the plan of a computation; only headers are read.

    Parameters
    ----------
    formula, inputs, copy_header_from, dtype, grid, tr, label_tables, grid_tolerance
        As for `math_img`.
    memory, num_threads
        As for `math_img`, also inputs by name; the result may be a number too.
    outputs : iterable of str
        The names of a program that become results; those of more than one axis are written.

    Returns
    -------
    Plan
        Printable: stages, how each is cut, how each image is read, the memory.

    Raises
    ------
    MathImgError
        Everything that `math_img` or `math_value` would refuse before reading.
    """
    outputs, stored_in = names_in(outputs), dtype_names(dtype)
    job = job_of(
        formula,
        joined(inputs, images),
        grid_tolerance,
        outputs,
        lambda opened: asked_for_all(stored_in, copy_header_from, opened),
        named_donors(copy_header_from),
        label_tables,
    )
    results = job.inferred.results
    # A list of numbers is a file only where it gets a header.
    least = 1 if copy_header_from and not outputs else 2
    others = {name: op for name, op in results.items() if not has_regions(op)}
    written = {name: None for name, op in others.items() if op.ndim >= least or is_image(op)}
    files, _ = _file_results(job, written, copy_header_from, stored_in, grid, tr)
    return plan_of(job, memory, num_threads, _dtypes(files))
