"""The commands behind ``mathimg``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from nipype_mathimg.calc.headers import compare_headers, copy_header
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import explain, math_img, math_value
from nipype_mathimg.calc.table_call import math_table
from nipype_mathimg.cli.command import (
    FormulaCommand,
    echo_file,
    echo_notes,
    in_words_of_a_terminal,
)
from nipype_mathimg.cli.options import (
    each_value,
    formula_text,
    input_values,
    label_files,
    memory_amount,
    output_files,
    refuse_existing,
    refuse_existing_files,
)
from nipype_mathimg.errors import HeaderWarning

__all__ = ["main"]


def _shown(command: Callable[..., None]) -> Callable[..., None]:
    """Show errors and what a header lost as messages."""

    @wraps(command)
    def shown(**arguments: object) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HeaderWarning)  # the same text is a note
            command(**arguments)

    return in_words_of_a_terminal(shown)


class _Commands(click.Group):
    """The commands, with a word to who begins with the formula."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See `click.Group.resolve_command`."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(
                f"{args[0]!r} is no command, those are {', '.join(self.list_commands(ctx))}. "
                "A formula comes after one: mathimg img FORMULA OUT_FILE -i NAME=FILE, or "
                "mathimg value FORMULA -i NAME=FILE"
            )
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nipype_mathimg")
def main() -> None:
    """Compute with images by formulas in NumPy's notation, and copy their headers."""


_input_option = click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    callback=input_values,
    metavar="NAME=FILE",
    help="An input of the formula: a file or a number; the same name again makes a list.",
)
_memory_option = click.option(
    "--memory",
    metavar="AMOUNT",
    callback=memory_amount,
    help="Memory budget with its unit, such as 512M or 4G.  [default: 256M]",
)
_threads_option = click.option("--num-threads", type=int, help="Threads that compute.")
_tolerance_option = click.option(
    "--grid-tolerance", type=float, default=0.01, show_default=True, help="In mm."
)


_labels_option = click.option(
    "--labels",
    multiple=True,
    callback=label_files,
    metavar="NAME=FILE",
    help="Label table of an input: a .tsv with the columns index and name, or a .json.",
)


_plan_option = click.option("--plan", is_flag=True, help="Print the plan and stop before reading.")
_formula_argument = click.argument("formula", callback=formula_text)
_overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace files that exist, also an input."
)


@main.command(cls=FormulaCommand)
@_formula_argument
@click.argument("out_file", required=False)
@_input_option
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=output_files,
    metavar="NAME=FILE",
    help="A result of a program by its name, in place of OUT_FILE; NAME alone prints a number.",
)
@click.option(
    "--copy-header-from",
    multiple=True,
    callback=each_value,
    metavar="NAME",
    help="Input whose header the results get; OUTPUT=NAME for one of them.",
)
@click.option(
    "--dtype",
    multiple=True,
    callback=each_value,
    metavar="DTYPE",
    help="dtype of the files (auto); OUTPUT=DTYPE for one of them.",
)
@click.option(
    "--grid",
    multiple=True,
    callback=each_value,
    metavar="GRID",
    help="follow: voxels keep their place (default); header: the grid of --copy-header-from, as "
    "for a mirror image. OUTPUT=GRID for one of them.",
)
@click.option("--tr", type=float, metavar="SECONDS", help="TR of results with a fourth axis.")
@_overwrite_option
@_plan_option
@_labels_option
@_tolerance_option
@_memory_option
@_threads_option
@_shown
def img(
    formula: str,
    out_file: str | None,
    inputs: dict[str, InputValue],
    outputs: dict[str, str | None],
    dtype: str | dict[str, str] | None,
    grid: str | dict[str, str] | None,
    *,
    overwrite: bool,
    plan: bool,
    **options: Any,  # noqa: ANN401 - as `math_img` takes them
) -> None:
    """Write the image that FORMULA gives to OUT_FILE.

    FORMULA may be a program, lines of the form NAME = EXPRESSION, of which -o names the results;
    @FILE reads it from a file.
    """
    options |= {"dtype": dtype or "auto", "grid": grid or "follow"}
    if plan:
        click.echo(explain(formula, inputs, outputs=outputs, **options))
        return
    if bool(out_file) is bool(outputs):
        raise click.UsageError(
            "Say where the result goes: to OUT_FILE, or with -o NAME=FILE for each result of a "
            "program."
        )
    # The library replaces files, because a node that runs again has to; at a terminal the name may
    # be a slip.
    refuse_existing([out_file, *outputs.values()], overwrite=overwrite)
    result = math_img(
        formula, inputs, out_file, outputs=outputs or None, overwrite=overwrite, **options
    )
    echo_notes(result.notes)
    for name in outputs:
        echo_file(str(result[name]), f"{name}: ")
    if out_file:
        echo_file(result.out_file)


@main.command(cls=FormulaCommand)
@_formula_argument
@_input_option
@_plan_option
@_labels_option
@_tolerance_option
@_memory_option
@_threads_option
@_shown
def value(
    formula: str,
    inputs: dict[str, InputValue],
    *,
    plan: bool,
    **options: Any,  # noqa: ANN401 - as `math_value` takes them
) -> None:
    """Print the number, or the list of numbers, that FORMULA gives."""
    if plan:
        click.echo(explain(formula, inputs, **options))
        return
    result = math_value(formula, inputs, **options)
    echo_notes(result.notes)
    found = result.value
    # All digits, so that what is printed can be given to the next command.
    click.echo("\n".join(map(repr, found)) if isinstance(found, list) else repr(found))


@main.command(cls=FormulaCommand)
@_formula_argument
@click.argument("out_file", required=False)
@_input_option
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="NAME",
    help="A result of a program that becomes a column; several stand side by side.",
)
@_overwrite_option
@_plan_option
@_labels_option
@_tolerance_option
@_memory_option
@_threads_option
@_shown
def table(
    formula: str,
    out_file: str | None,
    inputs: dict[str, InputValue],
    outputs: tuple[str, ...],
    *,
    overwrite: bool,
    plan: bool,
    **options: Any,  # noqa: ANN401 - as `math_table` takes them
) -> None:
    """Write the table that FORMULA gives to OUT_FILE (.tsv), or print it.

    np.mean(bold, by=atlas) gives a row for each volume and a column for each region, or, of one
    volume, a row for each region. OUT_FILE may be left out, or be -: the table is printed.
    """
    if plan:
        click.echo(explain(formula, inputs, outputs=outputs, **options))
        return
    where = None if out_file == "-" else out_file
    refuse_existing_files([where], overwrite=overwrite)
    result = math_table(formula, inputs, where, outputs=outputs, **options)
    echo_notes(result.notes)
    if result.file is None:
        click.echo(result.text, nl=False)
    else:
        echo_file(result.file)


@main.command("copy-header")
@click.argument("in_file")
@click.argument("hdr_file")
@click.argument("out_file")
@click.option("--part", "parts", multiple=True, default=("all",), show_default=True)
@_overwrite_option
@_shown
def copy_header_command(
    in_file: str, hdr_file: str, out_file: str, parts: tuple[str, ...], *, overwrite: bool
) -> None:
    """Write IN_FILE with parts of the header of HDR_FILE to OUT_FILE."""
    refuse_existing([out_file], overwrite=overwrite)
    result = copy_header(in_file, hdr_file, out_file, parts=parts)
    echo_notes(result.notes)
    echo_file(result.out_file)


@main.command("compare-headers")
@click.argument("reference")
@click.argument("image")
@_shown
def compare_headers_command(reference: str, image: str) -> None:
    """Print the header fields in which IMAGE differs from REFERENCE."""
    click.echo(compare_headers(reference, image))


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--command", "whole", is_flag=True, help="Print the command line that computes it.")
@click.argument("command", nargs=-1, required=True)
@in_words_of_a_terminal
def translate(command: tuple[str, ...], *, whole: bool) -> None:
    """Print COMMAND, of fslmaths, niimath, mrcalc, 3dcalc or c3d, as a formula: the same numbers.

    Notes say where the formula that looks natural gives others; what cannot be said exactly is
    refused. COMMAND may stand in quotes.
    """
    from nipype_mathimg.translate import translate as translated

    found = translated(command[0] if len(command) == 1 else command)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(found.command() if whole else found.text())
