"""The command ``mathimg``: formulas and headers from a terminal."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial, wraps

import click

from nipype_mathimg.calc.given import number_in
from nipype_mathimg.calc.headers import compare_headers, copy_header
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import explain, math_img, math_value
from nipype_mathimg.errors import HeaderWarning, MathImgError
from nipype_mathimg.formula.plan.plan import Plan

__all__ = ["main"]

MIB = 1 << 20


def _shown(command: Callable[..., None]) -> Callable[..., None]:
    """Show errors of this package as messages, without a traceback."""

    @wraps(command)
    def shown(**arguments: object) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", HeaderWarning)  # the same text is a note
                command(**arguments)
        except MathImgError as error:
            raise click.ClickException(str(error)) from None

    return shown


def _inputs(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, InputValue]:
    """Read NAME=FILE, NAME=NUMBER, and the same name again for a list."""
    found: dict[str, list[str]] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            raise click.BadParameter(f"{item!r} is not NAME=FILE or NAME=NUMBER")
        found.setdefault(name, []).append(value)
    return {name: _value(values) for name, values in found.items()}


def _value(texts: list[str]) -> InputValue:
    numbers = [number for number in map(number_in, texts) if number is not None]
    # One name among numbers: files all of them, one may be called 2.
    values = numbers if len(numbers) == len(texts) else texts
    return values if len(values) > 1 else values[0]


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
    callback=_inputs,
    metavar="NAME=FILE",
    help="An input of the formula: a file or a number; the same name again makes a list.",
)
_memory_option = click.option(
    "--memory",
    type=int,
    callback=lambda context, parameter, mib: mib and mib * MIB,
    help="Memory budget in MiB (256).",
)
_threads_option = click.option("--num-threads", type=int, help="Threads that compute.")
_tolerance_option = click.option(
    "--grid-tolerance", type=float, default=0.01, show_default=True, help="In mm."
)


@main.command()
@click.argument("formula")
@click.argument("out_file")
@_input_option
@click.option("--copy-header-from", metavar="NAME", help="Input whose header the result gets.")
@click.option("--dtype", default="auto", show_default=True, help="dtype of the file.")
@click.option("--plan", is_flag=True, help="Print the plan and stop before reading.")
@_tolerance_option
@_memory_option
@_threads_option
@_shown
def img(
    formula: str,
    out_file: str,
    inputs: dict[str, InputValue],
    copy_header_from: str | None,
    dtype: str,
    grid_tolerance: float,
    memory: int | None,
    num_threads: int | None,
    *,
    plan: bool,
) -> None:
    """Write the image that FORMULA gives to OUT_FILE."""
    run = explain if plan else partial(math_img, out_file=out_file)
    result = run(
        formula,
        inputs,
        copy_header_from=copy_header_from,
        dtype=dtype,
        grid_tolerance=grid_tolerance,
        memory=memory,
        num_threads=num_threads,
    )
    if isinstance(result, Plan):
        click.echo(result)
        return
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(result.out_file)


@main.command()
@click.argument("formula")
@_input_option
@_tolerance_option
@_memory_option
@_threads_option
@_shown
def value(
    formula: str,
    inputs: dict[str, InputValue],
    grid_tolerance: float,
    memory: int | None,
    num_threads: int | None,
) -> None:
    """Print the number, or the list of numbers, that FORMULA gives."""
    found = math_value(
        formula, inputs, grid_tolerance=grid_tolerance, memory=memory, num_threads=num_threads
    ).value
    click.echo("\n".join(map(repr, found)) if isinstance(found, list) else repr(found))


@main.command("copy-header")
@click.argument("in_file")
@click.argument("hdr_file")
@click.argument("out_file")
@click.option("--part", "parts", multiple=True, default=("all",), show_default=True)
@_shown
def copy_header_command(
    in_file: str, hdr_file: str, out_file: str, parts: tuple[str, ...]
) -> None:
    """Write IN_FILE with parts of the header of HDR_FILE to OUT_FILE."""
    result = copy_header(in_file, hdr_file, out_file, parts=parts)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(result.out_file)


@main.command("compare-headers")
@click.argument("reference")
@click.argument("image")
@_shown
def compare_headers_command(reference: str, image: str) -> None:
    """Print the header fields in which IMAGE differs from REFERENCE."""
    click.echo(compare_headers(reference, image))
