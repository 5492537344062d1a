"""Commands that take a formula, which may begin with a minus."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from shutil import get_terminal_size

import click

from nipype_mathimg.cli.stopping import Stopped, stoppable
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.images.files.containers import CONTAINERS
from nipype_mathimg.spec import Note
from nipype_mathimg.words import Place

__all__ = ["FormulaCommand", "echo_file", "echo_notes", "in_words_of_a_terminal"]

_ATTACHED = re.compile(r"(-[a-zA-Z])[^\W\d]\w*=(?!=)")
"""An option with its value in one word: ``-ibold=bold.nii.gz``."""


class FormulaCommand(click.Command):
    """A command whose first argument is a formula: ``-np.log10(p)`` is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command.parse_args`."""
        options, others = self._sorted(ctx, args)
        names = [one.human_readable_name for one in self.get_params(ctx) if _is_argument(one)]
        if others and _is_file(others[0]):
            ctx.fail(_order(self.name or "", others, len(names)))
        if len(others) > len(names) and re.fullmatch(r"-[a-zA-Z]", others[0]):
            ctx.fail(f"There is no option {others[0]}.")
        if len(others) > len(names):
            ctx.fail(
                f"{others[len(names)]!r} is one argument too many: {self.name} takes "
                f"{' and '.join(names)}. An input is given with -i NAME=FILE."
            )
        # Behind -- click looks for no options, so that a formula may begin with a minus.
        return super().parse_args(ctx, [*options, "--", *others])

    def _sorted(self, ctx: click.Context, args: Sequence[str]) -> tuple[list[str], list[str]]:
        """Tell options with their values from all other words."""
        takes_value = {
            name: not (one.is_flag or one.count or one.is_eager)
            for one in self.get_params(ctx)
            if isinstance(one, click.Option)
            for name in (*one.opts, *one.secondary_opts)
        }
        options: list[str] = []
        others: list[str] = []
        rest: Iterator[str] = iter(args)
        for word in rest:
            attached = _ATTACHED.match(word)
            if word == "--":
                others += rest
            elif word in takes_value:
                options += [word, *([next(rest, "")] if takes_value[word] else [])]
            # Unknown ones too: click refuses them and names the nearest option.
            elif word.startswith("--") or (attached and attached[1] in takes_value):
                options.append(word)
            else:
                others.append(word)
        return options, others


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _is_file(word: str) -> bool:
    return word.lower().endswith(tuple(CONTAINERS)) and not word.startswith("@")


def _order(command: str, words: Sequence[str], count: int) -> str:
    formula = next((word for word in words if not _is_file(word)), "FORMULA")
    shown = f"'{formula}' {words[0]}" if count > 1 else f"'{formula}' -i NAME={words[0]}"
    return f"The formula comes first: mathimg {command} {shown}"


def in_words_of_a_terminal(command: Callable[..., None]) -> Callable[..., None]:
    """Show errors of this package, and that it was stopped, in the words of the terminal."""

    @wraps(command)
    def shown(**arguments: object) -> None:
        try:
            with stoppable():
                command(**arguments)
        except Stopped as stopped:
            click.echo(f"Error: {stopped}", err=True)
            raise SystemExit(stopped.exit_code) from None
        except MathImgError as error:
            text = error.at(Place.TERMINAL).shown(get_terminal_size().columns)
            raise click.ClickException(_printable(text)) from None

    return shown


def echo_notes(notes: Sequence[Note]) -> None:
    """Print notes beside the results."""
    for note in notes:
        click.echo(_printable(f"note: {note.shown(Place.TERMINAL)}"), err=True)


def echo_file(path: str, label: str = "") -> None:
    """Print the name of a file to the byte, so that the next command finds it."""
    click.echo(os.fsencode(label + path))


def _printable(text: str) -> str:
    """Return a text with what is not UTF-8, in the name of a file, as an escape."""
    return text.encode(errors="backslashreplace").decode()
