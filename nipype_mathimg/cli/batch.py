"""``mathimg batch``: one formula for every row of a table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from nipype_mathimg.cli.command import LISTS, WORDS, FormulaCommand
from nipype_mathimg.cli.ending import refusing
from nipype_mathimg.cli.failures import FailureLog
from nipype_mathimg.cli.options import Whole, output_files
from nipype_mathimg.cli.row_processes import Outcome, RowProcesses, one_by_one
from nipype_mathimg.cli.rows import Row, read_rows
from nipype_mathimg.cli.shared import (
    computing_options,
    formula_argument,
    header_options,
    overwrite_option,
    shown,
)
from nipype_mathimg.cli.work import Work
from nipype_mathimg.words import printable

__all__ = ["batch"]

# Not the docstring: click wants the sign for backspace above lines that it shall not fill.
_HELP = """Compute FORMULA for every row of TABLE, a .tsv with the names of its columns in line 1.

{column} in the name of a file, or in place of a number, stands for the field of the row:

\b
    mathimg batch participants.tsv 'bold * mask' 'out/{participant_id}.nii.gz' \\
        -i 'bold={participant_id}/bold.nii.gz' -i 'mask={mask_file}'

Rows whose files are all there are left out, so that the same command again does what is
missing; files of another formula are not recognised, --overwrite computes them again. Numbers, as
without OUT_FILE, are computed and printed for every row. A row that fails does not end the
others: its fields and the message go to the log at once, and the exit status is 1. What is wrong
in every row is said before the first, and the exit status is 2.

On a cluster, and on several machines, a row is computed by its number; its message goes to the
standard error of the job, and to a log only where --log names one for this row:

\b
    sbatch --array=1-500 --wrap 'mathimg batch ... --row $SLURM_ARRAY_TASK_ID'
    seq 500 | xargs -P 8 -I% mathimg batch ... --row %
"""


@click.command(cls=FormulaCommand, help=_HELP)
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
    "subjects.failed.tsv; with --row none]",
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
    """Compute a formula for every row of a table."""
    if os.path.isfile(formula) and not os.path.isfile(table):
        raise click.UsageError(
            f"batch takes TABLE, FORMULA, OUT_FILE in this order; write mathimg batch {formula} "
            f"'{table}' ..."
        )
    if outputs and out_file:
        raise click.UsageError(
            f"Give either OUT_FILE, here {out_file}, or -o for each result, not both."
        )
    options |= {"dtype": options["dtype"] or "auto", "grid": options["grid"] or "follow"}
    files = outputs or ({"": out_file} if out_file else {})
    meta = click.get_current_context().meta
    work = Work(formula, inputs, meta.get(LISTS, ()), files, options, overwrite)
    with refusing():
        every = read_rows(table)
        rows = _chosen(table, every, only)
        work.check(rows, len(every))
        failures = _log_of(table, log, only)
    missing = [row for row in rows if not work.is_done(row)]
    if work.numbers and only is None:
        click.echo("\t".join([*rows[0].fields, *work.numbers]))
    if jobs > 1 and only is None:
        outcomes = RowProcesses(meta[WORDS], jobs).outcomes(missing)
    else:
        outcomes = one_by_one(work, missing)
    kept = sum(work.has_files(row) for row in rows)
    failed = 0
    with _counted(outcomes, 0 if work.numbers else len(missing)) as counted:
        for one in counted:
            failed += not _told(one, None if only else len(rows), failures)
    if failures is not None:
        failures.close()
    if only is None:
        _say_summary(work, len(rows), kept, failed, failures)
    elif not failed:
        left_out = not missing
        what = f"left out, whose files are there ({_AGAIN})" if left_out else "done"
        click.echo(f"Row {only} of {len(every)} {what}.", err=True)
    if failed:
        raise SystemExit(1)


_AGAIN = "of whatever formula; --overwrite computes them again"


@contextmanager
def _counted(outcomes: Iterable[Outcome], count: int) -> Iterator[Iterable[Outcome]]:
    """Show on a terminal how many of some rows are done."""
    if count < 2 or not sys.stderr.isatty():
        yield outcomes
        return
    with click.progressbar(outcomes, length=count, file=sys.stderr, show_pos=True) as bar:
        yield bar


def _told(outcome: Outcome, count: int | None, failures: FailureLog | None) -> bool:
    """Print what came of a row, and log it when it failed; tell whether it is done."""
    if outcome.text:
        click.echo(outcome.text)
    if outcome.error:
        where = f" in row {outcome.row.number} of {count}" if count else ""
        # On the line of the bar, which is drawn again below.
        clear = "\r\x1b[K" if sys.stderr.isatty() else ""
        head = clear + click.style(f"Error{where}:", fg="red", bold=True)
        click.echo(f"{head} {printable(outcome.error)}", err=True)
        if failures is not None:
            failures.add(outcome.row, outcome.error)
    return not outcome.error


def _say_summary(
    work: Work, count: int, kept: int, failed: int, failures: FailureLog | None
) -> None:
    computed = count if work.numbers else count - kept
    said = [f"{computed - failed} of {count} rows done"]
    if kept and work.numbers:
        said.append(f"files of {kept} kept, which are there ({_AGAIN})")
    elif kept:
        said.append(f"{kept} left out, whose files are there ({_AGAIN})")
    if failed and failures is not None:
        said.append(f"{failed} failed, see {failures.file}; run the same command again for them")
    click.echo(printable("; ".join(said) + "."), err=True)


def _chosen(table: str, rows: Sequence[Row], only: int | None) -> Sequence[Row]:
    if only is None:
        return rows
    if only > len(rows):
        raise click.UsageError(
            f"There is no row {only}; choose one of 1 to {len(rows)} in {table}."
        )
    return [rows[only - 1]]


def _log_of(table: str, log: str | None, only: int | None) -> FailureLog | None:
    """Return the log; a row by its number has one only by name: many could write it at once."""
    if only is not None and log is None:
        return None
    return FailureLog(log or f"{os.path.expanduser(table).removesuffix('.tsv')}.failed.tsv")
