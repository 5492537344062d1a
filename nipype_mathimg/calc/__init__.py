"""Where formula, images and headers meet: the public functions."""

from nipype_mathimg.calc.headers import compare_headers, copy_header
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.run import Value, explain, math_img, math_value
from nipype_mathimg.calc.writing import Result

__all__ = [
    "InputValue",
    "Result",
    "Value",
    "compare_headers",
    "copy_header",
    "explain",
    "math_img",
    "math_value",
]
