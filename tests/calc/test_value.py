"""A value behaves as its number."""

from __future__ import annotations

import math
import operator
import pickle

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import Value, math_value

BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge,
]  # fmt: skip


def value(number):
    return Value(number, None, ())


@pytest.mark.parametrize("number", [3, 2.5, True])
@pytest.mark.parametrize("do", BINARY)
def test_arithmetic_and_comparison(number, do):
    for pair in ((value(number), 2), (2, value(number)), (value(number), value(2))):
        plain = [one.value if isinstance(one, Value) else one for one in pair]
        found = do(*pair)
        assert found == do(*plain)
        assert not isinstance(found, np.generic | Value)


@pytest.mark.parametrize("other", ["102", None, ""])
def test_what_is_no_number_is_unequal_and_has_no_order(other):
    for pair in ((value(102), other), (other, value(102))):
        assert (operator.eq(*pair), operator.ne(*pair)) == (False, True)
        with pytest.raises(TypeError, match=r"a Value is a number, and (less|greater) of"):
            operator.lt(*pair)
    assert value([1, 2]) != "1"


def test_conversions():
    number = value(2.75)
    assert (float(number), int(number), complex(number), bool(value(0))) == (2.75, 2, 2.75, False)
    assert (f"{number:.1f}", f"{number}", str(number), repr(number)) == ("2.8", *["2.75"] * 3)
    assert (-number, abs(value(-3)), round(number, 1), math.floor(number)) == (-2.75, 3, 2.8, 2)
    assert [10, 20, 30][value(1)] == 20
    assert {number: 1}[2.75] == 1
    assert pickle.loads(pickle.dumps(number)) == 2.75
    assert np.sqrt(value(16)) == 4
    assert (np.arange(3) * number).tolist() == [0, 2.75, 5.5]
    assert sum([value(1), value(2)]) == 3


def test_a_list_is_a_list_and_an_array():
    numbers = value([1.0, 2.0, 4.0])
    assert (len(numbers), numbers[-1], list(numbers), sum(numbers)) == (3, 4.0, [1, 2, 4], 7)
    assert (numbers * 2).tolist() == [2, 4, 8]
    assert np.mean(numbers) == pytest.approx(7 / 3)


def test_it_is_short_at_a_prompt():
    many = value([0.1] * 100_000)
    assert len(repr(many)) < 300
    assert len(many._repr_html_()) < 1000


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("np.mean(v[v > 9])", "the number is NaN"),
        ("np.mean(v, axis=(0, 1, 2))", "1 of 3 numbers is NaN"),
        ("np.nanmax(1 / v)", "the number is NaN"),
        ("np.nansum(v)", None),
        ("np.mean(v > 0)", None),
    ],
)
def test_a_number_that_is_none_is_told(formula, said):
    values = np.zeros((2, 2, 2, 3))
    values[0, 0, 0, 1] = np.nan
    notes = math_value(formula, v=nib.Nifti1Image(values, np.eye(4))).notes
    assert [note.message.startswith(said) for note in notes] == ([True] if said else [])
