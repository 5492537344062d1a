"""The rows of a table, computed one by one or several at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import click

from nipype_mathimg.calc.job import available_threads
from nipype_mathimg.cli.ending import shown_error
from nipype_mathimg.cli.rows import Row
from nipype_mathimg.cli.work import Work
from nipype_mathimg.errors import MathImgError

__all__ = ["Outcome", "RowProcesses", "one_by_one"]


class Outcome(NamedTuple):
    """What came of a row: what is printed, or what went wrong.

    Parameters
    ----------
    row : Row
        The row.
    text : str
        Its fields and numbers.
    error : str
        What went wrong, "" for a row that is done.
    """

    row: Row
    text: str = ""
    error: str = ""


def one_by_one(work: Work, rows: Iterable[Row]) -> Iterator[Outcome]:
    """Yield what comes of each row, in order."""
    for row in rows:
        yield _outcome_of(work, row)


def _outcome_of(work: Work, row: Row) -> Outcome:
    try:
        found = work.do(row)
    except MathImgError as error:
        return Outcome(row, error=click.unstyle(shown_error(error)))
    except click.ClickException as error:
        return Outcome(row, error=error.format_message())
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return Outcome(
            row, error=f"{named}{error.strerror or error}. Check that it may be read and written"
        )
    return Outcome(row, "\t".join([*row.fields.values(), found]) if found else "")


class RowProcesses:
    """Runs the command for several rows at once, each in a process of its own.

    What the system kills, for want of memory, is one row then.

    Parameters
    ----------
    words : sequence of str
        The command line behind ``mathimg batch``.
    jobs : int
        Rows at once.
    """

    def __init__(self, words: Sequence[str], jobs: int) -> None:
        # In front, so that what the user gave counts.
        threads = max(available_threads() // jobs, 1)
        self._command = [sys.executable, "-m", "nipype_mathimg", "batch"]
        self._words = ["--num-threads", str(threads), *_without_log(words)]
        self._jobs = jobs
        self._running: set[subprocess.Popen[str]] = set()
        self._stopping = False

    def outcomes(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """Yield what comes of each row, in order."""
        with ThreadPoolExecutor(self._jobs) as pool:
            try:
                yield from pool.map(self._run, rows)
            except BaseException:
                self._stopping = True
                pool.shutdown(wait=False, cancel_futures=True)
                for process in list(self._running):
                    process.terminate()
                raise

    def _run(self, row: Row) -> Outcome:
        process = subprocess.Popen(
            [*self._command, "--row", str(row.number), *self._words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
        )
        self._running.add(process)
        if self._stopping:
            process.terminate()
        printed, said = process.communicate()
        self._running.discard(process)
        if process.returncode == 0:
            return Outcome(row, printed.rstrip("\n"))
        killed = process.returncode == -9
        why = "killed by the system, perhaps for want of memory (--jobs, --memory)"
        return Outcome(row, error=why if killed else said.strip().removeprefix("Error: "))


def _without_log(words: Sequence[str]) -> list[str]:
    """Return the words of a command without --log: the rows of one process have one log."""
    kept: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*kept, word, *left]
        if word == "--log":
            next(left, None)
        elif not word.startswith("--log="):
            kept.append(word)
    return kept
