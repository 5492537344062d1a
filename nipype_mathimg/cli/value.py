"""``mathimg value``: numbers, printed."""

from __future__ import annotations

from typing import Any

import click

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import math_value
from nipype_mathimg.cli.command import FormulaCommand
from nipype_mathimg.cli.output import (
    echo_explained,
    echo_json,
    echo_notes,
    number_text,
    shown_notes,
)
from nipype_mathimg.cli.progress import Bar
from nipype_mathimg.cli.shared import (
    computing_options,
    formula_argument,
    input_option,
    json_option,
    loudness_options,
    plan_option,
    shown,
)

__all__ = ["value"]


@click.command(cls=FormulaCommand)
@formula_argument
@input_option
@plan_option
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
        echo_explained(formula, inputs, as_json=as_json, to_end=plan, **options)
    if plan:
        return
    with Bar(hidden=quiet) as bar:
        result = math_value(formula, inputs, progress=bar, **options)
    if as_json:
        echo_json({"value": result.value, "notes": shown_notes(result)})
        return
    echo_notes(result.notes, quiet=quiet)
    click.echo(number_text(result.value))
