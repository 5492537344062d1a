"""How a command ends: its exit status, and its errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import click

from nipype_mathimg.cli.stopping import Stopped, stoppable
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.words import Place

__all__ = ["EXIT_STATUS", "in_whole_words", "in_words_of_a_terminal", "refusing", "shown_error"]

EXIT_STATUS = """Exit status: 0 done; 1 refused or failed, nothing was written (batch: rows
failed); 2 the command line is wrong (batch: or its table); 130 stopped by Ctrl-C; 143 stopped by
SIGTERM."""


_HEAD = "Error:"


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
        head = click.style(_HEAD, fg="red", bold=True)
        click.echo(f"{head} {self.message}", err=True, color=color)


class _Refusal(_Failure):
    """An error before anything was begun."""

    exit_code = click.UsageError.exit_code


@contextmanager
def in_whole_words() -> Iterator[None]:
    """Let messages of click go on in the next line behind a whole word, not in one."""
    try:
        yield
    except click.UsageError as error:
        # Those of options have a part of their message in their class.
        raise click.UsageError(_in_lines(error.format_message()), error.ctx) from None
    except _Failure:
        raise
    except click.ClickException as error:
        raise _Failure(_in_lines(error.message)) from None


@contextmanager
def refusing() -> Iterator[None]:
    """Let every error within end with exit status 2: nothing of the command was begun."""
    try:
        yield
    except MathImgError as error:
        raise _Refusal(shown_error(error)) from None
    except click.UsageError:
        raise
    except click.ClickException as error:
        raise _Refusal(_in_lines(error.message)) from None


def _in_lines(text: str) -> str:
    """Return a text in lines as wide as the terminal; as it is where there is none."""
    if not sys.stderr.isatty():
        return text
    from textwrap import fill

    width = _columns()
    # Formulas and inputs are indented, and cut already; names and options stay in one piece.
    return "\n".join(
        line
        if line.startswith(" ")
        else fill(line, width, break_on_hyphens=False, break_long_words=False)
        for line in f"{_HEAD} {text}".split("\n")
    ).removeprefix(f"{_HEAD} ")


def _columns() -> int:
    from shutil import get_terminal_size  # it loads bzip2 and LZMA

    return get_terminal_size().columns


def shown_error(error: MathImgError) -> str:
    """Return the text of an error in the words of a terminal, as wide as it is, in colours."""
    text = error.at(Place.TERMINAL).shown(_columns())
    lines = _in_lines(text).split("\n")
    return "\n".join(
        click.style(line, fg="red", bold=True) if line.strip(" ^") == "" and "^" in line else line
        for line in lines
    )
