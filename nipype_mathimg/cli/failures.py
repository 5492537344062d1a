"""The log of a table's rows that failed, itself a table."""

from __future__ import annotations

import csv
import os
from tempfile import TemporaryFile

import click

from nipype_mathimg.cli.rows import Row
from nipype_mathimg.words import printable

__all__ = ["FailureLog"]

_HEAD = b"row\t"
"""How a log begins."""


class FailureLog:
    """Where rows that failed are written with what is wrong, each as soon as it fails.

    Parameters
    ----------
    file : str
        Its name. An older log is there until the first row fails, or all are done.

    Raises
    ------
    click.ClickException
        It cannot be written, or the file is no log, which a slip in a name could be.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._path = os.path.expanduser(file)
        self._begun = False
        try:
            # What may be written is seen by doing so: a disk that is read-only tells it to nobody.
            with TemporaryFile(dir=os.path.dirname(self._path) or os.curdir):
                pass
            is_log = not os.path.exists(self._path) or self._is_log()
        except OSError as error:
            raise click.ClickException(
                f"{file}: the log of rows that fail cannot be written there ({error.strerror}); "
                "name another file with --log"
            ) from None
        if not is_log:
            raise click.UsageError(
                f"{file} is there and is no log of rows that failed; name another file with --log."
            )

    def _is_log(self) -> bool:
        with open(self._path, "r+b") as stream:
            return stream.readline().startswith(_HEAD)

    def add(self, row: Row, error: str) -> None:
        """Write a row, and what is wrong with it."""
        with open(self._path, "a" if self._begun else "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
            if not self._begun:
                writer.writerow(["row", *row.fields, "message"])
            message = " ".join(printable(error).split())
            writer.writerow([row.number, *row.fields.values(), message])
        self._begun = True

    def close(self) -> None:
        """Remove an older log where no row failed."""
        if not self._begun and os.path.exists(self._path):
            os.unlink(self._path)
