"""``mathimg img``: an image, or the results of a program, into files."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import math_img
from nipype_mathimg.cli.command import FormulaCommand
from nipype_mathimg.cli.options import refuse_existing
from nipype_mathimg.cli.output import (
    echo_explained,
    echo_file,
    echo_json,
    echo_notes,
    result_as_dict,
)
from nipype_mathimg.cli.progress import Bar
from nipype_mathimg.cli.report import check_report_file, report_on
from nipype_mathimg.cli.shared import (
    computing_options,
    formula_argument,
    header_options,
    input_option,
    json_option,
    loudness_options,
    output_option,
    overwrite_option,
    plan_option,
    shown,
)

if TYPE_CHECKING:
    from nipype_mathimg.calc.result import Result

__all__ = ["img"]


@click.command(cls=FormulaCommand)
@formula_argument
@click.argument("out_file", required=False, type=click.Path())
@input_option
@output_option
@header_options
@click.option(
    "--report",
    type=click.Path(),
    metavar="FILE",
    help="Also write a page with pictures of the results, histograms and notes: .svg or .html.",
)
@overwrite_option
@plan_option
@json_option
@loudness_options
@computing_options
@shown
def img(
    formula: str,
    out_file: str | None,
    inputs: dict[str, InputValue],
    outputs: dict[str, str | None],
    dtype: str | dict[str, str] | None,
    grid: str | dict[str, str] | None,
    *,
    report: str | None,
    overwrite: bool,
    plan: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,  # noqa: ANN401 - as `math_img` takes them
) -> None:
    """Write the image that FORMULA gives to OUT_FILE.

    FORMULA may be a program, lines of the form NAME = EXPRESSION, of which -o names the results;
    @FILE reads it from a file.
    """
    options |= {"dtype": dtype or "auto", "grid": grid or "follow"}
    if plan or verbose:
        echo_explained(formula, inputs, outputs=outputs, as_json=as_json, to_end=plan, **options)
    if plan:
        return
    if bool(out_file) is bool(outputs):
        raise click.UsageError(
            "OUT_FILE is missing: say where the result goes, to OUT_FILE, or with -o NAME=FILE "
            "for each result of a program."
        )
    # The library replaces files, because a node that runs again has to; at a terminal the name may
    # be a slip.
    refuse_existing([out_file, *outputs.values()], overwrite=overwrite)
    check_report_file(report, overwrite=overwrite)
    options |= {"outputs": outputs or None, "overwrite": overwrite}
    with Bar(hidden=quiet) as bar:
        result = math_img(formula, inputs, out_file, progress=bar, **options)
    report_on(result, report, inputs, options)
    _echo_result(result, outputs, as_json=as_json, quiet=quiet)


def _echo_result(result: Result, outputs: Collection[str], *, as_json: bool, quiet: bool) -> None:
    """Print what was written: the files of a program by name, or the only one."""
    if as_json:
        echo_json(result_as_dict(result))
        return
    echo_notes(result.notes, quiet=quiet)
    for name in outputs:
        echo_file(str(result[name]), f"{name}: ")
    if not outputs:
        echo_file(result.out_file)
