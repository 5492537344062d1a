"""``mathimg table``: values of regions, as a table."""

from __future__ import annotations

from typing import Any

import click

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.table_call import math_table
from nipype_mathimg.cli.command import FormulaCommand
from nipype_mathimg.cli.options import refuse_existing_files
from nipype_mathimg.cli.output import (
    echo_explained,
    echo_file,
    echo_json,
    echo_notes,
    shown_notes,
)
from nipype_mathimg.cli.progress import Bar
from nipype_mathimg.cli.shared import (
    computing_options,
    formula_argument,
    input_option,
    json_option,
    loudness_options,
    overwrite_option,
    plan_option,
    shown,
)

__all__ = ["table"]


@click.command(cls=FormulaCommand)
@formula_argument
@click.argument("out_file", required=False, type=click.Path(allow_dash=True))
@input_option
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="NAME",
    help="A result of a program that becomes a column; several stand side by side.",
)
@overwrite_option
@plan_option
@json_option
@loudness_options
@computing_options
@shown
def table(
    formula: str,
    out_file: str | None,
    inputs: dict[str, InputValue],
    outputs: tuple[str, ...],
    *,
    overwrite: bool,
    plan: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,  # noqa: ANN401 - as `math_table` takes them
) -> None:
    """Write the table that FORMULA gives to OUT_FILE (.tsv), or print it.

    np.mean(bold, by=atlas) gives a row for each volume and a column for each region, or, of one
    volume, a row for each region. OUT_FILE may be left out, or be -: the table is printed.
    """
    if plan or verbose:
        echo_explained(formula, inputs, outputs=outputs, as_json=as_json, to_end=plan, **options)
    if plan:
        return
    where = None if out_file == "-" else out_file
    refuse_existing_files([where], overwrite=overwrite)
    with Bar(hidden=quiet) as bar:
        result = math_table(formula, inputs, where, outputs=outputs, progress=bar, **options)
    if as_json:
        echo_json({"file": result.file, "columns": result.columns, "notes": shown_notes(result)})
        return
    echo_notes(result.notes, quiet=quiet)
    if result.file is None:
        click.echo(result.text, nl=False)
    else:
        echo_file(result.file)
