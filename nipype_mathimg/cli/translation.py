"""``mathimg translate``: commands of other calculators as formulas."""

from __future__ import annotations

import click

import nipype_mathimg.translate as translation
from nipype_mathimg.cli.ending import in_words_of_a_terminal

__all__ = ["translate"]


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--command", "whole", is_flag=True, help="Print the command line that computes it.")
@click.argument("command", nargs=-1, required=True)
@in_words_of_a_terminal
def translate(command: tuple[str, ...], *, whole: bool) -> None:
    """Print COMMAND, of fslmaths, niimath, mrcalc, 3dcalc or c3d, as a formula: the same numbers.

    Notes say where the formula that looks natural gives others; what cannot be said exactly is
    refused. COMMAND may stand in quotes.
    """
    found = translation.translate(command[0] if len(command) == 1 else command)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(found.command() if whole else found.text())
