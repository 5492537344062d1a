"""``mathimg batch``: one formula for every row of a table."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import click

from nipype_mathimg.calc.job import available_threads
from nipype_mathimg.cli.command import LISTS, WORDS, FormulaCommand
from nipype_mathimg.cli.ending import shown_error
from nipype_mathimg.cli.options import Whole, output_files
from nipype_mathimg.cli.rows import Row, Work, read_rows
from nipype_mathimg.cli.shared import (
    computing_options,
    formula_argument,
    header_options,
    overwrite_option,
    shown,
)
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.words import printable

__all__ = ["batch"]


class _Outcome(NamedTuple):
    """What came of a row: what is printed, or what went wrong."""

    row: Row
    text: str = ""
    error: str = ""


@click.command(cls=FormulaCommand)
@click.argument("table", type=click.Path())
@formula_argument
@click.argument("out_file", required=False, type=click.Path())
@click.option("-i", "--input", "inputs", multiple=True, metavar="NAME=FILE", help="An input.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=output_files,
    metavar="NAME=FILE",
    help="A result of a program; NAME alone prints a number.",
)
@header_options
@overwrite_option
@click.option("--jobs", type=Whole(least=1), default=1, help="Rows at once.  [default: 1]")
@click.option("--row", "only", type=Whole(least=1), help="Compute this row alone.")
@click.option(
    "--log",
    type=click.Path(),
    metavar="FILE",
    help="Where the rows that failed are written, as a table.  [default: of subjects.tsv "
    "subjects.failed.tsv]",
)
@computing_options
@shown
def batch(
    table: str,
    formula: str,
    out_file: str | None,
    inputs: tuple[str, ...],
    outputs: dict[str, str | None],
    jobs: int,
    only: int | None,
    log: str | None,
    *,
    overwrite: bool,
    **options: Any,  # noqa: ANN401 - as `math_img` takes them
) -> None:
    r"""Compute FORMULA for every row of TABLE, a .tsv with the names of its columns in line 1.

    {column} in the name of a file, or in place of a number, stands for the field of the row:

    \b
        mathimg batch participants.tsv 'bold * mask' 'out/{participant_id}.nii.gz' \
            -i 'bold={participant_id}/bold.nii.gz' -i 'mask={mask_file}'

    Rows whose files are all there are left out, so that the same command again does what is
    missing. Without OUT_FILE the number of each row is printed. A row that fails does not end the
    others: its fields and the message go to the log, and the exit status is 1.

    On a cluster, and on several machines, a row is computed by its number:

    \b
        sbatch --array=1-500 --wrap 'mathimg batch ... --row $SLURM_ARRAY_TASK_ID'
        seq 500 | xargs -P 8 -I% mathimg batch ... --row %
    """
    if os.path.isfile(formula) and not os.path.isfile(table):
        raise click.UsageError(
            f"batch takes TABLE, FORMULA, OUT_FILE in this order; write mathimg batch {formula} "
            f"'{table}' ..."
        )
    rows = _chosen(table, only)
    log = log or f"{os.path.expanduser(table).removesuffix('.tsv')}.failed.tsv"
    _check_log(log)
    options |= {"dtype": options["dtype"] or "auto", "grid": options["grid"] or "follow"}
    files = outputs or ({"": out_file} if out_file else {})
    meta = click.get_current_context().meta
    work = Work(formula, inputs, meta.get(LISTS, ()), files, options, overwrite)
    work.check(rows)
    missing = [row for row in rows if not work.is_done(row)]
    _print_head(rows, files, only)
    if jobs > 1 and only is None:
        outcomes = _Processes(meta[WORDS], jobs).outcomes(missing)
    else:
        outcomes = _one_by_one(work, missing)
    count = 0 if _numbers(files) else len(missing)
    with _counted(outcomes, count) as counted:
        failed = [one for one in counted if not _told(one, None if only else len(rows))]
    if only is None:
        _write_log(log, failed)
        _say_summary(rows, missing, failed, log)
    if failed:
        raise SystemExit(1)


@contextmanager
def _counted(outcomes: Iterable[_Outcome], count: int) -> Iterator[Iterable[_Outcome]]:
    """Show on a terminal how many of some rows are done."""
    if count < 2 or not sys.stderr.isatty():
        yield outcomes
        return
    with click.progressbar(outcomes, length=count, file=sys.stderr, show_pos=True) as bar:
        yield bar


def _told(outcome: _Outcome, count: int | None) -> bool:
    """Print what came of a row; tell whether it is done."""
    if outcome.text:
        click.echo(outcome.text)
    if outcome.error:
        where = f" in row {outcome.row.number} of {count}" if count else ""
        # On the line of the bar, which is drawn again below.
        clear = "\r\x1b[K" if sys.stderr.isatty() else ""
        head = clear + click.style(f"Error{where}:", fg="red", bold=True)
        click.echo(f"{head} {printable(outcome.error)}", err=True)
    return not outcome.error


def _say_summary(
    rows: Sequence[Row], missing: Sequence[Row], failed: Sequence[_Outcome], log: str
) -> None:
    said = [f"{len(missing) - len(failed)} of {len(rows)} rows done"]
    if len(missing) < len(rows):
        said.append(f"{len(rows) - len(missing)} left out, whose files are there (--overwrite)")
    if failed:
        said.append(f"{len(failed)} failed, see {log}; run the same command again for them")
    click.echo(printable("; ".join(said) + "."), err=True)


def _one_by_one(work: Work, rows: Iterable[Row]) -> Iterator[_Outcome]:
    for row in rows:
        yield _outcome_of(work, row)


def _outcome_of(work: Work, row: Row) -> _Outcome:
    try:
        found = work.do(row)
    except MathImgError as error:
        return _Outcome(row, error=click.unstyle(shown_error(error)))
    except click.ClickException as error:
        return _Outcome(row, error=error.format_message())
    except OSError as error:
        return _Outcome(row, error=str(error))
    return _Outcome(row, "\t".join([*row.fields.values(), found]) if found else "")


class _Processes:
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
        self._words = ["--num-threads", str(threads), *words]
        self._jobs = jobs
        self._running: set[subprocess.Popen[str]] = set()
        self._stopping = False

    def outcomes(self, rows: Iterable[Row]) -> Iterator[_Outcome]:
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

    def _run(self, row: Row) -> _Outcome:
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
            return _Outcome(row, printed.rstrip("\n"))
        killed = process.returncode == -9
        why = "killed by the system, perhaps for want of memory (--jobs, --memory)"
        return _Outcome(row, error=why if killed else said.strip().removeprefix("Error: "))


def _print_head(rows: Sequence[Row], files: Mapping[str, str | None], only: int | None) -> None:
    """Print the names of the columns where numbers are printed."""
    numbers = _numbers(files)
    if numbers and only is None:
        click.echo("\t".join([*rows[0].fields, *numbers]))


def _numbers(files: Mapping[str, str | None]) -> list[str]:
    """Return the names of the numbers that are printed for each row."""
    return [name for name, file in files.items() if file is None] if files else ["value"]


def _chosen(table: str, only: int | None) -> list[Row]:
    rows = read_rows(table)
    if only is None:
        return rows
    if only > len(rows):
        raise click.UsageError(
            f"There is no row {only}; choose one of 1 to {len(rows)} in {table}."
        )
    return [rows[only - 1]]


def _check_log(file: str) -> None:
    """Refuse to replace what is no log, which a slip in a name could be."""
    if not os.path.exists(file):
        return
    with open(file, "rb") as stream:
        if not stream.readline().startswith(_LOG_HEAD):
            raise click.UsageError(
                f"{file} is there and is no log of rows that failed; name another file with --log."
            )


_LOG_HEAD = b"row\t"
"""How a log begins."""


def _write_log(file: str, failed: Sequence[_Outcome]) -> None:
    """Write the rows that failed with what is wrong; without one an older log goes."""
    if not failed:
        if os.path.exists(file):
            os.unlink(file)
        return
    with open(file, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(["row", *failed[0].row.fields, "message"])
        for one in failed:
            message = " ".join(printable(one.error).split())
            writer.writerow([one.row.number, *one.row.fields.values(), message])
