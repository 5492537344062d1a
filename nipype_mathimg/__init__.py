"""The image calculator for Nipype workflows: formulas in NumPy's notation over NIfTI images."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nipype_mathimg.calc.headers import compare_headers, copy_header
    from nipype_mathimg.calc.run import Value, explain, math_img, math_value
    from nipype_mathimg.calc.writing import Result
    from nipype_mathimg.errors import (
        FormulaError,
        GridError,
        HeaderError,
        HeaderWarning,
        ImageFileError,
        MathImgError,
    )

__all__ = [
    "FormulaError",
    "GridError",
    "HeaderError",
    "HeaderWarning",
    "ImageFileError",
    "MathImgError",
    "Result",
    "Value",
    "compare_headers",
    "copy_header",
    "explain",
    "math_img",
    "math_value",
]

__version__ = "0.1.0"

_CALC = {
    "Result": "writing",
    "Value": "run",
    "compare_headers": "headers",
    "copy_header": "headers",
    "explain": "run",
    "math_img": "run",
    "math_value": "run",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, and nothing before: a worker that only unpickles starts fast."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = f"calc.{_CALC[name]}" if name in _CALC else "errors"
    module = import_module(f"{__name__}.{home}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value
