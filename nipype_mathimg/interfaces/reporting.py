"""The report of a node: whether there is one, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.interfaces.targets import report_name
from nipype_mathimg.words import Place

if TYPE_CHECKING:
    from nipype_mathimg.calc.result import Result

__all__ = ["OUT_REPORT", "REPORT_TEXT", "Reporting"]

OUT_REPORT = "out_report"

REPORT_TEXT = "with `report`: a page with pictures of the result, histogram and notes"


class Reporting(Frozen):
    """What a node does about a report.

    Parameters
    ----------
    file : str
        Its name, empty for no report.
    """

    file: str = ""

    @classmethod
    def of(cls, arguments: dict[str, Any], outputs: Sequence[str]) -> Reporting:
        """Take the option out of the arguments of an interface, and check it.

        Raises
        ------
        FormulaError
            A result of the program has the report's name.
        MathImgError
            matplotlib is not installed, or the file has another suffix.
        """
        asked: bool | str = arguments.pop("report", False)
        if asked is False:
            return cls()
        # Without a report nothing of it is loaded.
        from nipype_mathimg.report import check_report

        if OUT_REPORT in outputs:
            raise FormulaError(
                f"Output `{OUT_REPORT}` is the report; call the result of the program by another "
                "name, or leave `report` out."
            )
        file = report_name(arguments["inputs"]) if asked is True else asked
        check_report(file)
        return cls(file)

    def __call__(self, result: Result, arguments: dict[str, Any], folder: str) -> dict[str, str]:
        """Return the output that a node has more, after writing the report."""
        if not self.file:
            return {}
        from nipype_mathimg.report import write_report

        return {
            OUT_REPORT: write_report(
                result,
                os.path.join(folder, self.file),
                inputs=arguments["inputs"],
                copy_header_from=arguments.get("copy_header_from"),
                num_threads=arguments.get("num_threads"),
                place=Place.NODE,
            )
        }
