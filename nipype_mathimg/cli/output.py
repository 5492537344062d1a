"""What a command prints: names of files to the byte, numbers to the last digit, JSON."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import explain
from nipype_mathimg.spec import Note
from nipype_mathimg.words import Place, printable

if TYPE_CHECKING:
    from nipype_mathimg.calc.result import Result, TableResult
    from nipype_mathimg.calc.value import Value
    from nipype_mathimg.formula.plan.plan import Plan

__all__ = [
    "echo_explained",
    "echo_file",
    "echo_json",
    "echo_notes",
    "echo_plan",
    "number_text",
    "result_as_dict",
    "shown_notes",
]


def echo_notes(notes: Sequence[Note], *, quiet: bool = False) -> None:
    """Print notes beside the results."""
    for note in () if quiet else notes:
        click.echo(f"note: {note.shown(Place.TERMINAL)}", err=True)


def echo_file(path: str, label: str = "") -> None:
    """Print the name of a file to the byte, so that the next command finds it."""
    click.echo(os.fsencode(label + path))


def number_text(found: object) -> str:
    """Return a number, or a list of them a line each, with all digits for the next command."""
    return "\n".join(map(repr, found)) if isinstance(found, list) else repr(found)


def echo_json(found: Mapping[str, Any]) -> None:
    """Print JSON that every reader takes: NaN and infinity, which it does not know, are null."""
    import json  # numbers and files are printed without it

    click.echo(printable(json.dumps(_plain(found), indent=2, allow_nan=False)))


def result_as_dict(result: Result) -> dict[str, Any]:
    """Return files, numbers, ranges and notes of a result by their names."""
    return {
        "files": dict(result.files),
        "values": dict(result.values),
        "data_ranges": {
            name: {
                "minimum": one.minimum,
                "maximum": one.maximum,
                "non_finite": one.non_finite,
            }
            for name, one in result.data_ranges.items()
        },
        "notes": shown_notes(result),
    }


def shown_notes(result: Result | TableResult | Value) -> list[str]:
    """Return the notes of a result in the words of a terminal."""
    return [note.shown(Place.TERMINAL) for note in result.notes]


def echo_explained(
    formula: str,
    inputs: dict[str, InputValue],
    *,
    as_json: bool,
    to_end: bool,
    **options: Any,  # noqa: ANN401 - as `explain` takes them
) -> None:
    """Print the plan of a formula; beside its result unless the command ends there."""
    echo_plan(explain(formula, inputs, **options), as_json=as_json, to_end=to_end)


def echo_plan(plan: Plan, *, as_json: bool, to_end: bool) -> None:
    """Print a plan; beside the result where that follows."""
    if to_end and as_json:
        echo_json(plan.as_dict())
    else:
        click.echo(printable(str(plan)), err=not to_end)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    return None if isinstance(value, float) and not math.isfinite(value) else value
