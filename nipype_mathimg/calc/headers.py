"""Copying and comparing headers of files, without a formula."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nipype_mathimg.calc.job import Job, job_of, plan_of
from nipype_mathimg.calc.options import OPTIONS, checked_options
from nipype_mathimg.calc.result import Result
from nipype_mathimg.calc.storing import output_dtype
from nipype_mathimg.calc.writing import FileResult, write_results
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.files.containers import check_suffix
from nipype_mathimg.images.files.source import ImageSource, open_source
from nipype_mathimg.images.headers.kinds import kind_of

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.compare import HeaderComparison

__all__ = ["compare_headers", "copy_header"]

_Path = str | os.PathLike[str]


@checked_options(OPTIONS)
def copy_header(
    in_file: _Path,
    hdr_file: _Path,
    out_file: _Path,
    *,
    parts: Sequence[str] = ("all",),
    memory: int | str | None = None,
    num_threads: int | None = None,
) -> Result:
    """Write an image again with parts of another image's header.

    Parameters
    ----------
    in_file : path
        Gives the voxels, which stay as they are.
    hdr_file : path
        Gives the header.
    out_file : path
        The result; see `math_img`.
    parts : sequence of str
        Any of all, xform, time, intent, descrip, extensions.
    memory, num_threads
        See `math_img`.

    Returns
    -------
    Result
        File, plan, notes and data range.

    Raises
    ------
    HeaderError
        Not the path of a file, no such part, or the images differ in the length of x, y or z.
    ImageFileError
        A file is missing or damaged, or the result cannot be written.
    """
    given = {"in_file": in_file, "hdr_file": hdr_file, "out_file": out_file}
    in_file, hdr_file, out_file = (_path_of(name, file) for name, file in given.items())
    formula = "in_file"
    # There is one image: no grid to compare it with, and so no tolerance.
    job = job_of(formula, {formula: in_file}, np.inf)
    kind = kind_of(job.inferred.root.spec.axes)
    if kind is not None:
        check_suffix(out_file, kind)
    donor = open_source("hdr_file", hdr_file)
    image = job.inputs.images[formula]
    spec = job.inferred.filed[""].spec.changed(dtype=_kept_dtype(job, image))
    try:
        header, notes = image.header.with_parts(donor.header, spec, parts)
    except HeaderError as error:
        raise HeaderError(f"{error}\nin_file: {in_file}\nhdr_file: {hdr_file}") from None
    plan = plan_of(job, memory, num_threads, {"": spec.dtype})
    # Else the image keeps its own cal_min and cal_max, perhaps a window that somebody chose.
    with_range = "all" in parts
    result = FileResult("", out_file, spec, header, with_range)
    return write_results(plan, job, [result], notes, [donor])


def _path_of(option: str, given: object) -> str:
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    raise HeaderError(
        f"{option} is of the type {type(given).__name__}, and has to be the path of a file. For "
        "an image in memory: math_img('img', img=..., hdr=..., copy_header_from='hdr')."
    )


def _kept_dtype(job: Job, image: ImageSource) -> np.dtype[np.generic]:
    """Return the dtype of the file; scaled integers become floats, as they are read."""
    if image.spec.bounds is not None:
        return image.spec.dtype
    return output_dtype("auto", job.inferred.root, None)


@checked_options(OPTIONS)
def compare_headers(reference: _Path, image: _Path) -> HeaderComparison:
    """Compare the headers of two files field by field, and their grids in mm.

    Parameters
    ----------
    reference, image : path
        The files; only their headers are read.

    Returns
    -------
    HeaderComparison
        The fields that differ (NaN equals NaN) and the displacement; prints as a table.

    Raises
    ------
    ImageFileError
        A file is missing or no image.
    HeaderError
        Not the path of a file, or the files are of two kinds.
    """
    first = open_source("reference", _path_of("reference", reference))
    second = open_source("image", _path_of("image", image))
    return first.header.compared(second.header)
