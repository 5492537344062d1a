"""The commands behind ``mathimg`` that take a formula: `img`, `value`, `table`, `explain`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import explain, math_img, math_value
from nipype_mathimg.calc.table_call import math_table
from nipype_mathimg.cli.command import FormulaCommand
from nipype_mathimg.cli.ending import EXIT_STATUS
from nipype_mathimg.cli.options import refuse_existing, refuse_existing_files
from nipype_mathimg.cli.output import (
    echo_file,
    echo_json,
    echo_notes,
    echo_plan,
    number_text,
    result_as_dict,
    shown_notes,
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
    shown,
)
from nipype_mathimg.errors import nearest
from nipype_mathimg.lazy import attribute

if TYPE_CHECKING:
    from nipype_mathimg.calc.result import Result

__all__ = ["main"]


_LATER = {
    "batch": "batch",
    "compare-headers": "headers",
    "copy-header": "headers",
    "functions": "information",
    "guide": "information",
    "translate": "translation",
}
"""Commands without one formula, and the modules that have them."""


class _Commands(click.Group):
    """The commands, with a word to who begins with the formula.

    Some are loaded when they are asked for: what they need takes longer than a small image.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        return sorted([*super().list_commands(ctx), *_LATER])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """See `click.Group.get_command`."""
        if name not in _LATER:
            return super().get_command(ctx, name)
        function = name.replace("-", "_")
        found = attribute("nipype_mathimg.cli", {function: _LATER[name]}, function)
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See `click.Group.resolve_command`."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(
                f"{args[0]!r} is no command, those are {', '.join(self.list_commands(ctx))}."
                f"{nearest(args[0], self.list_commands(ctx))} "
                "A formula comes after one: mathimg img FORMULA OUT_FILE -i NAME=FILE, or "
                "mathimg value FORMULA -i NAME=FILE"
            )
        return super().resolve_command(ctx, args)


_EPILOG = f"""{EXIT_STATUS}

Names of options and files are completed with the key Tab after
eval "$(_MATHIMG_COMPLETE=bash_source mathimg)" (or zsh_source, fish_source)."""


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG
)
@click.version_option(package_name="nipype_mathimg")
def main() -> None:
    """Compute with images by formulas in NumPy's notation, and copy their headers."""


def _explained(
    formula: str,
    inputs: dict[str, InputValue],
    *,
    as_json: bool,
    to_end: bool,
    **options: Any,  # noqa: ANN401 - as `explain` takes them
) -> None:
    """Print the plan of a formula; beside its result unless the command ends there."""
    echo_plan(explain(formula, inputs, **options), as_json=as_json, to_end=to_end)


_plan_option = click.option("--plan", is_flag=True, help="Print the plan and stop before reading.")


@main.command(cls=FormulaCommand)
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
@_plan_option
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
        _explained(formula, inputs, outputs=outputs, as_json=as_json, to_end=plan, **options)
    if plan:
        return
    if bool(out_file) is bool(outputs):
        raise click.UsageError(
            "Say where the result goes: to OUT_FILE, or with -o NAME=FILE for each result of a "
            "program."
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


@main.command(cls=FormulaCommand)
@formula_argument
@input_option
@_plan_option
@json_option
@loudness_options
@computing_options
@shown
def value(
    formula: str,
    inputs: dict[str, InputValue],
    *,
    plan: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,  # noqa: ANN401 - as `math_value` takes them
) -> None:
    """Print the number, or the list of numbers, that FORMULA gives."""
    if plan or verbose:
        _explained(formula, inputs, as_json=as_json, to_end=plan, **options)
    if plan:
        return
    with Bar(hidden=quiet) as bar:
        result = math_value(formula, inputs, progress=bar, **options)
    if as_json:
        echo_json({"value": result.value, "notes": shown_notes(result)})
        return
    echo_notes(result.notes, quiet=quiet)
    click.echo(number_text(result.value))


@main.command("explain", cls=FormulaCommand)
@formula_argument
@input_option
@output_option
@header_options
@json_option
@computing_options
@shown
def explain_command(
    formula: str,
    inputs: dict[str, InputValue],
    outputs: dict[str, str | None],
    dtype: str | dict[str, str] | None,
    grid: str | dict[str, str] | None,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - as `explain` takes them
) -> None:
    """Print how FORMULA would be computed: steps, memory, disk, time. Only headers are read.

    For a scheduler: --json has memory.peak_mib, as in
    sbatch --mem=$(mathimg explain ... --json | jq .memory.peak_mib)M
    """
    options |= {"dtype": dtype or "auto", "grid": grid or "follow"}
    _explained(formula, inputs, outputs=outputs, as_json=as_json, to_end=True, **options)


@main.command(cls=FormulaCommand)
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
@_plan_option
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
        _explained(formula, inputs, outputs=outputs, as_json=as_json, to_end=plan, **options)
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
