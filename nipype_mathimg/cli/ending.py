"""How a command ends: its exit status, and its errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps

import click

from nipype_mathimg.cli.stopping import Stopped, stoppable
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.words import Place

__all__ = ["EXIT_STATUS", "in_words_of_a_terminal", "shown_error"]

EXIT_STATUS = """Exit status: 0 done; 1 refused or failed, nothing was written (batch: rows
failed); 2 the command line is wrong; 130 stopped by Ctrl-C; 143 stopped by SIGTERM."""


def in_words_of_a_terminal(command: Callable[..., None]) -> Callable[..., None]:
    """Show errors of this package, and that it was stopped, in the words of the terminal."""

    @wraps(command)
    def shown(**arguments: object) -> None:
        try:
            with stoppable():
                command(**arguments)
        except Stopped as stopped:
            # What hangs on its frames goes now, half-written files too.
            stopped.with_traceback(None)
            # Below the ^C of the terminal, and below a progress bar.
            click.echo(
                f"\nError: {stopped}" if sys.stderr.isatty() else f"Error: {stopped}", err=True
            )
            raise SystemExit(stopped.exit_code) from None
        except MathImgError as error:
            raise _Failure(shown_error(error)) from None

    return shown


class _Failure(click.ClickException):
    """An error whose text is in colours already."""

    def show(self, file: object = None) -> None:
        """See `click.ClickException.show`."""
        # Without a terminal click takes the colours out.
        color = False if "NO_COLOR" in os.environ else None
        head = click.style("Error:", fg="red", bold=True)
        click.echo(f"{head} {self.message}", err=True, color=color)


def shown_error(error: MathImgError) -> str:
    """Return the text of an error in the words of a terminal, as wide as it is, in colours."""
    from shutil import get_terminal_size  # it loads bzip2 and LZMA

    lines = error.at(Place.TERMINAL).shown(get_terminal_size().columns).split("\n")
    return "\n".join(
        click.style(line, fg="red", bold=True) if line.strip(" ^") == "" and "^" in line else line
        for line in lines
    )
