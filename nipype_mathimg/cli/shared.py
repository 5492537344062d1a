"""Arguments and options that several commands have."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from nipype_mathimg.cli.ending import in_words_of_a_terminal
from nipype_mathimg.cli.options import (
    Number,
    Whole,
    dtypes_like,
    each_value,
    formula_text,
    grids_like,
    input_values,
    label_files,
    memory_amount,
    output_files,
)
from nipype_mathimg.errors import HeaderWarning

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = [
    "Command",
    "computing_options",
    "formula_argument",
    "header_options",
    "input_option",
    "json_option",
    "loudness_options",
    "output_option",
    "overwrite_option",
    "plan_option",
    "shown",
]

Command = Callable[..., Any]
"""What click makes a command of, with its options so far."""


def shown(command: Callable[..., None]) -> Callable[..., None]:
    """Show errors and what a header lost as messages."""

    @wraps(command)
    def run(**arguments: object) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HeaderWarning)  # the same text is a note
            command(**arguments)

    return in_words_of_a_terminal(run)


def _files(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete names of files, also behind ``NAME=``."""
    from click.shell_completion import CompletionItem

    # The shell itself does; bash cuts words at "=", and other shells show what is in front.
    return [CompletionItem(incomplete, type="file")]


formula_argument = click.argument("formula", callback=formula_text)
"""The formula, or @FILE."""

input_option = click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    callback=input_values,
    shell_complete=_files,
    metavar="NAME=FILE",
    help="An input of the formula: a file or a number. Many files are a list: the same name "
    "again; NAME=@LIST.txt, a file with a name in each line; or NAME and the files behind it, "
    "as in -i runs sub-*.nii.gz (up to the next option, so put FORMULA in front).",
)

output_option = click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=output_files,
    shell_complete=_files,
    metavar="NAME=FILE",
    help="A result of a program by its name, in place of OUT_FILE; NAME alone prints a number.",
)

overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace files that exist, also an input."
)

plan_option = click.option("--plan", is_flag=True, help="Print the plan and stop before reading.")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def _all_of(*options: Command) -> Command:
    def decorated(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


header_options = _all_of(
    click.option(
        "--copy-header-from",
        multiple=True,
        callback=each_value,
        metavar="NAME",
        help="Input whose header the results get; OUTPUT=NAME for one of them.",
    ),
    click.option(
        "--dtype",
        multiple=True,
        callback=each_value,
        metavar="DTYPE",
        shell_complete=dtypes_like,
        help="dtype of the files (auto); OUTPUT=DTYPE for one of them.",
    ),
    click.option(
        "--grid",
        multiple=True,
        callback=each_value,
        metavar="GRID",
        shell_complete=grids_like,
        help="follow: voxels keep their place (default); header: the grid of --copy-header-from, "
        "as for a mirror image. OUTPUT=GRID for one of them.",
    ),
    click.option(
        "--tr", type=Number(), metavar="SECONDS", help="TR of results with a fourth axis."
    ),
)
"""What becomes of the header."""

computing_options = _all_of(
    click.option(
        "--label-tables",
        multiple=True,
        callback=label_files,
        metavar="NAME=FILE",
        help="Label table of an input: a .tsv with the columns index and name, or a .json.",
    ),
    click.option(
        "--grid-tolerance", type=Number(), default=0.01, show_default=True, help="In mm."
    ),
    click.option(
        "--memory",
        metavar="AMOUNT",
        callback=memory_amount,
        help="Memory budget with its unit, such as 512M or 4G.  [default: 256M]",
    ),
    click.option("--num-threads", type=Whole(), help="Threads that compute."),
)
"""How it is computed."""

loudness_options = _all_of(
    click.option("-q", "--quiet", is_flag=True, help="Print no notes, and no progress."),
    click.option("-v", "--verbose", is_flag=True, help="Print the plan too, before it is run."),
)
"""How much is said beside the result."""
