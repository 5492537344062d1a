"""What is computed for each row of a table."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click

from nipype_mathimg.calc.given import named_donors
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.job import check_words, job_of
from nipype_mathimg.calc.run import explain, math_img, math_value
from nipype_mathimg.cli.options import read_inputs
from nipype_mathimg.cli.row_checks import (
    check_files,
    check_formula_columns,
    check_inputs,
    check_options,
    check_rows_differ,
)
from nipype_mathimg.cli.rows import Row
from nipype_mathimg.errors import MathImgError

__all__ = ["Work"]


class Work(NamedTuple):
    """What is done for each row.

    Parameters
    ----------
    formula : str
        The formula.
    inputs : sequence of str
        NAME=FILE, with columns in braces.
    lists : collection of str
        Inputs that are a list, also of one file.
    files : mapping
        For the name of a result its file, with columns in braces; an empty name for the only one.
    options : dict
        Of `math_img`.
    overwrite : bool
        Compute what is there already.
    """

    formula: str
    inputs: Sequence[str]
    lists: Collection[str]
    files: Mapping[str, str | None]
    options: dict[str, Any]
    overwrite: bool

    def paths(self, row: Row) -> dict[str, str | None]:
        """Return the files of a row."""
        return {name: file and row.filled(file) for name, file in self.files.items()}

    @property
    def numbers(self) -> list[str]:
        """The names of the numbers that are printed for each row."""
        named = [name for name, file in self.files.items() if file is None]
        return named if self.files else ["value"]

    def has_files(self, row: Row) -> bool:
        """Tell whether all files of a row are there, and are to stay."""
        paths = [path for path in self.paths(row).values() if path]
        there = (os.path.exists(os.path.expanduser(path)) for path in paths)
        return bool(paths) and all(there) and not self.overwrite

    def is_done(self, row: Row) -> bool:
        """Tell whether nothing of a row is missing; numbers, which no file keeps, always are."""
        return not self.numbers and self.has_files(row)

    def check(self, rows: Sequence[Row], count: int) -> None:
        """Refuse what is wrong in every row, and two rows with one file: said once.

        Parameters
        ----------
        rows : sequence of Row
            The rows to compute.
        count : int
            How many rows the table has.

        Raises
        ------
        click.UsageError
            The message names the column, the option, or the rows.
        FormulaError
            The formula is wrong, or its names are not those of the inputs.
        """
        named = [item.partition("=")[0] for item in self.inputs]
        names = [name for name in self.files if name]
        check_formula_columns(self.formula, rows[0])
        check_inputs(self.inputs, rows[0])
        for row in rows:
            for one in self.inputs:
                row.filled(one)
        check_options(self.options, self.inputs, self.files)
        donors = named_donors(self.options["copy_header_from"])
        check_words(self.formula, dict.fromkeys(named, ""), names, donors)
        written = ((row, path) for row in rows for path in self.paths(row).values() if path)
        # A row without a value where its file is named fails by itself.
        check_files(((row, path) for row, path in written if not self._gap(row)), rows)
        check_rows_differ(self.inputs, rows[0], count)
        self._check_no_image(rows)

    def _check_no_image(self, rows: Sequence[Row]) -> None:
        """Refuse a formula without OUT_FILE that gives an image."""
        if self.files:
            return
        for row in rows[:_TRIED]:
            try:
                job = job_of(self.formula, self._inputs(row), self.options["grid_tolerance"])
            except (MathImgError, click.ClickException):
                # The row will tell: a file may be missing.
                continue
            if job.inferred.root.ndim > 1:
                column = next(iter(row.fields))
                raise click.UsageError(
                    "OUT_FILE is missing: the formula gives an image for each row. Name its file "
                    f"behind FORMULA, as in 'out/{{{column}}}.nii.gz', or reduce it to a number, "
                    "as in np.mean(...)."
                )
            return

    def _gap(self, row: Row) -> str:
        """Return the first column that is used and has no value in a row, "" where all have."""
        texts = [*self.inputs, *filter(None, self.files.values())]
        return next((name for text in texts for name in row.gaps_in(text)), "")

    def _inputs(self, row: Row) -> dict[str, InputValue]:
        return read_inputs([row.filled(one) for one in self.inputs], self.lists)

    def do(self, row: Row) -> str:
        """Compute a row; return its numbers as fields separated by tabs."""
        gap = self._gap(row)
        if gap:
            raise click.ClickException(
                f"The column {gap!r} has no value in this row ({row.fields[gap] or 'empty'}); "
                "fill it in, or leave the row out of the table"
            )
        inputs = self._inputs(row)
        if not self.files:
            options = {k: v for k, v in self.options.items() if k in _OF_VALUES}
            return _field(math_value(self.formula, inputs, **options).value)
        paths = self.paths(row)
        if not self.has_files(row):
            self._make_folders(inputs, paths)
            return self._computed(inputs, paths)
        # Only the numbers are missing, which no file keeps. The files stay as they are.
        with TemporaryDirectory() as folder:
            aside = {
                name: path and os.path.join(folder, f"{k}{os.path.basename(path)}")
                for k, (name, path) in enumerate(paths.items())
            }
            return self._computed(inputs, aside)

    def _computed(self, inputs: dict[str, InputValue], paths: dict[str, str | None]) -> str:
        options = {**self.options, "overwrite": self.overwrite}
        if "" in paths:
            math_img(self.formula, inputs, paths[""], **options)
            return ""
        result = math_img(self.formula, inputs, outputs=paths, **options)
        return "\t".join(_field(result[name]) for name in self.numbers)

    def _make_folders(
        self, inputs: dict[str, InputValue], paths: Mapping[str, str | None]
    ) -> None:
        """Make the folders of the results that are missing.

        Raises
        ------
        click.ClickException
            One cannot be made.
        """
        folders = {Path(path).expanduser().parent for path in paths.values() if path}
        missing = [folder for folder in folders if not folder.is_dir()]
        if missing:
            # What the headers say is wrong leaves no empty folder. To take it away afterwards
            # could hit another row, which counts on it.
            outputs = [name for name in paths if name]
            explain(self.formula, inputs, outputs=outputs, **self.options)
        try:
            for folder in missing:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.ClickException(
                f"{error.filename}: the folder of the result cannot be made ({error.strerror}). "
                "Name another one, or see to it that you may write there"
            ) from None


_TRIED = 3
"""Rows that are opened to see whether the formula gives an image: files of some may be missing."""

_OF_VALUES = ("label_tables", "grid_tolerance", "memory", "num_threads")
"""The options of `math_img` that `math_value` has too."""


def _field(value: object) -> str:
    return " ".join(map(repr, value)) if isinstance(value, list) else repr(value)
