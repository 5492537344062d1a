"""The image calculator for Nipype workflows: formulas in NumPy's notation over images.

`formula` is the language and its engine, and knows no file; `images` has files and headers, and
knows no formula; `calc` is where they meet. In front of it stand `interfaces` (Nipype),
`workflows` and `cli`; `report` shows a result on a page, and `translate` makes formulas of
commands of other programs. Below all of them `spec` and `axis` are the values that travel between
them, `errors` and `words` what is said to users, `domain` what the elements of an image are called
there, `display` what objects look like at a prompt, `frozen` the base of values, and `lazy`
imports by name. `guide` has the pages for users.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nipype_mathimg.lazy import attribute, listed

if TYPE_CHECKING:
    from nipype_mathimg.calc.headers import compare_headers, copy_header
    from nipype_mathimg.calc.result import Result, TableResult
    from nipype_mathimg.calc.run import explain, math_img, math_value
    from nipype_mathimg.calc.table_call import math_table
    from nipype_mathimg.calc.value import Value
    from nipype_mathimg.errors import (
        FormulaError,
        GridError,
        HeaderError,
        HeaderWarning,
        ImageFileError,
        MathImgError,
    )
    from nipype_mathimg.report.writing import write_report

__all__ = [
    "FormulaError",
    "GridError",
    "HeaderError",
    "HeaderWarning",
    "ImageFileError",
    "MathImgError",
    "Result",
    "TableResult",
    "Value",
    "compare_headers",
    "copy_header",
    "explain",
    "math_img",
    "math_table",
    "math_value",
    "write_report",
]

__version__ = "0.1.0"

_HOMES = dict.fromkeys(__all__, "errors") | {
    "Result": "calc.result",
    "TableResult": "calc.result",
    "Value": "calc.value",
    "compare_headers": "calc.headers",
    "copy_header": "calc.headers",
    "explain": "calc.run",
    "math_img": "calc.run",
    "math_table": "calc.table_call",
    "math_value": "calc.run",
    "write_report": "report.writing",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, and nothing before: a worker that only unpickles starts fast."""
    globals()[name] = value = attribute(__name__, _HOMES, name)
    return value


def __dir__() -> list[str]:
    return listed(globals(), __all__)
