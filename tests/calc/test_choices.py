"""`x if m0 is None else y`: which of two expressions counts, by whether an input is given."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import FormulaError, math_img, math_value
from nipype_mathimg.formula.program import input_names, needed_names, optional_names

A = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
B = A[::-1] % 5
IMAGE, OTHER = (nib.Nifti1Image(values, np.eye(4)) for values in (A, B))


@pytest.mark.parametrize(
    ("formula", "given", "expected"),
    [
        ("a * b if m0 is None else a * b * m0", {"b": OTHER}, A * B),
        ("a * b if m0 is None else a * b * m0", {"b": OTHER, "m0": None}, A * B),
        ("a * b if m0 is None else a * b * m0", {"b": OTHER, "m0": OTHER}, A * B * B),
        ("a - m0 if m0 is not None else -a", {}, -A),
        ("a - m0 if m0 is not None else -a", {"m0": 3}, A - 3),
        # Zero is a number, not the absence of one.
        ("a - m0 if m0 is not None else -a", {"m0": 0}, A),
        ("1 + (a if m0 is None else m0)", {"m0": OTHER}, 1 + B),
        ("a + (m0 if m0 is not None else m1 if m1 is not None else 7)", {"m1": 2}, A + 2),
        ("a + (m0 if m0 is not None else m1 if m1 is not None else 7)", {}, A + 7),
        ("np.where(a > 3, a, 0 if low is None else low)", {"low": -2}, np.where(A > 3, A, -2)),
        ("sum([a, a] if m0 is None else [a, m0, m0])", {"m0": OTHER}, A + 2 * B),
        # What only the other side needs is neither computed nor asked for.
        ("k = 2 * m0; top = np.max(b); a if m0 is None else a * k + top", {}, A),
        (
            "k = 2 * m0; top = np.max(b); a if m0 is None else a * k + top",
            {"m0": 3, "b": OTHER},
            A * 6 + B.max(),
        ),
        ("a if m0 is None else b", {"b": "/no/such/file.nii"}, A),
    ],
)
def test_what_is_given_decides(formula, given, expected):
    result = math_img(formula, a=IMAGE, **given).load()
    np.testing.assert_array_equal(np.asanyarray(result.dataobj), expected)


def test_names():
    formula = "a * b if m0 is None else a * m0"
    assert input_names(formula) == ("a", "b", "m0")
    assert optional_names(formula) == ("m0",)
    assert needed_names(formula, ["m0"]) == ("a", "b")
    assert needed_names(formula, []) == ("a", "m0")


def test_an_input_that_is_needed_is_missed_in_either_case():
    with pytest.raises(FormulaError, match=r"input 'b' .* not set"):
        math_value("np.max(a * b) if m0 is None else np.max(a * m0)", a=IMAGE)


def test_a_bound_value_is_always_there():
    with pytest.raises(FormulaError, match="always there") as raised:
        math_value("c = np.max(a); 1 if c is None else c", a=IMAGE)
    assert str(raised.value).splitlines()[-1].index("^") == len("    c = np.max(a); 1 if ")


def test_of_several_results_each_has_its_own_choice():
    program = "mean = np.mean(a) if m0 is None else np.mean(a * m0)\ntop = np.max(a)"
    result = math_img(program, a=IMAGE, outputs=["mean", "top"])
    assert (result["mean"], result["top"]) == (A.mean(), 23)


def test_a_sum_of_thousands_of_terms():
    formula = "(a if m0 is None else m0)" + " + a" * 2000
    assert math_value(f"np.max({formula})", a=IMAGE) == 23 * 2001
