"""The option ``--report``: nothing of a report is loaded without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nipype_mathimg.cli.options import refuse_existing_files
from nipype_mathimg.words import Place

if TYPE_CHECKING:
    from nipype_mathimg.calc.inputs import InputValue
    from nipype_mathimg.calc.result import Result

__all__ = ["check_report_file", "report_on"]


def check_report_file(file: str | None, *, overwrite: bool) -> None:
    """Refuse a report that could not be made, before anything is computed.

    Raises
    ------
    MathImgError
        matplotlib is not installed, or the file has another suffix.
    click.ClickException
        The file exists.
    """
    if file is None:
        return
    from nipype_mathimg.report import check_report

    check_report(file)
    refuse_existing_files([file], overwrite=overwrite)


def report_on(
    result: Result, file: str | None, inputs: Mapping[str, InputValue], options: Mapping[str, Any]
) -> None:
    """Write the report of a result, where one is asked for."""
    if file is None:
        return
    from nipype_mathimg.report import write_report

    write_report(
        result,
        file,
        inputs=inputs,
        copy_header_from=options["copy_header_from"],
        num_threads=options["num_threads"],
        place=Place.TERMINAL,
    )
