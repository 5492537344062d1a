"""``mathimg explain``: how a formula would be computed."""

from __future__ import annotations

from typing import Any

import click

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.cli.command import FormulaCommand
from nipype_mathimg.cli.output import echo_explained
from nipype_mathimg.cli.shared import (
    computing_options,
    formula_argument,
    header_options,
    input_option,
    json_option,
    output_option,
    shown,
)

__all__ = ["explain"]


@click.command(cls=FormulaCommand)
@formula_argument
@input_option
@output_option
@header_options
@json_option
@computing_options
@shown
def explain(
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
    echo_explained(formula, inputs, outputs=outputs, as_json=as_json, to_end=True, **options)
