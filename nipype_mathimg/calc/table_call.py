"""`math_table`: results of a formula as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from nipype_mathimg.calc.calls import checked_call, joined
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.job import job_of, plan_of
from nipype_mathimg.calc.label_tables import LabelTable
from nipype_mathimg.calc.options import names_in
from nipype_mathimg.calc.outputs import OutputPath, check_no_input
from nipype_mathimg.calc.result import TableResult
from nipype_mathimg.calc.tables import (
    check_columns,
    columns_of,
    table_notes,
    table_path,
    text_of,
)
from nipype_mathimg.calc.writing import run_plan
from nipype_mathimg.formula.engine.progress import Progress
from nipype_mathimg.images.files.atomic_file import write_text
from nipype_mathimg.spec import Note

__all__ = ["math_table"]


@checked_call
def math_table(
    formula: str,
    inputs: Mapping[str, InputValue] | None = None,
    out_file: OutputPath | None = None,
    *,
    outputs: Iterable[str] = (),
    label_tables: Mapping[str, LabelTable] | None = None,
    grid_tolerance: float = 0.01,
    memory: int | str | None = None,
    num_threads: int | None = None,
    progress: Progress | None = None,
    **images: InputValue,
) -> TableResult:
    """Evaluate a formula over images and write its results as a table.

    ``np.mean(bold, by=atlas)`` of a run has a row for each volume and a column for each region;
    of one volume a row for each region, with the columns ``index`` and ``name`` in front. Lists
    (``np.mean(bold, axis=(0, 1, 2))``) and numbers are columns too.

    Parameters
    ----------
    formula : str
        In NumPy's notation, e.g. ``"np.mean(bold, by=atlas)"``, or a program.
    inputs : mapping, optional
        As for `math_img`.
    out_file : path, optional
        The file, ``.tsv``: tabs between columns, ``n/a`` for NaN, all digits of numbers. Without
        it the table is returned only.
    outputs : iterable of str
        The names of a program that become columns, side by side; the last line when empty.
    label_tables : mapping, optional
        For the name of a label image its table: a .tsv with the columns ``index`` and ``name``, a
        .json, or a dict from labels to names. Regions have its names and its order; those that the
        image lacks have no value.
    grid_tolerance, memory, num_threads, progress, **images
        As for `math_img`.

    Returns
    -------
    TableResult
        The columns by name, the file, plan and notes.

    Raises
    ------
    FormulaError
        As for `math_img`; or a result is no column, or they have different rows.
    GridError, ImageFileError
        As for `math_img`; or a label table cannot be read.

    Examples
    --------
    >>> math_table("np.mean(bold, by=atlas)", {"bold": "bold.nii.gz", "atlas": "dseg.nii.gz"},
    ...     "means.tsv", label_tables={"atlas": "dseg.tsv"})  # doctest: +SKIP
    """
    path = None if out_file is None else table_path(out_file)
    names = names_in(outputs)
    job = job_of(
        formula,
        joined(inputs, images),
        grid_tolerance,
        names,
        lambda opened: np.dtype(float),
        label_tables=label_tables,
    )
    with job.explaining():
        check_columns(job.inferred.results)
        if path is not None:
            check_no_input(path, job.inputs.files)
    plan = plan_of(job, memory, num_threads, {})
    columns = columns_of(job.inferred.results, run_plan(plan, job, progress=progress))
    if path is not None:
        write_text(path, text_of(columns))
    notes = [Note("values", text) for text in table_notes(columns)]
    return TableResult(columns, path, plan, (*job.notes, *notes))
