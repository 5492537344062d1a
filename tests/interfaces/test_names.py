"""The names of the inputs come from the formula, or are given."""

from __future__ import annotations

import pytest
from nipype.interfaces.base import TraitError

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import MathImg

STATIC = set(MathImg().inputs.copyable_trait_names())


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"formula": "np.mean(bold, axis=-1) * mask"}, {"bold", "mask"}),
        ({"names": ["a", "b"]}, {"a", "b"}),
        ({"names": "a"}, {"a"}),
        ({"formula": "a + 1", "names": ["a", "b"]}, {"a", "b"}),
        ({}, set()),
    ],
)
def test_inputs(arguments, names):
    assert set(MathImg(**arguments).inputs.copyable_trait_names()) - STATIC == names


@pytest.mark.parametrize(
    "name", ["get", "items", "traits", "trait_get", "get_hashval", "out_file", "names", "dtype"]
)
def test_names_that_nipype_uses_are_refused_with_a_caret(name):
    with pytest.raises(FormulaError, match=f"`{name}` cannot be the name") as raised:
        MathImg(f"1 + {name}")
    assert str(raised.value).splitlines()[-1].index("^") == len("    1 + ")


@pytest.mark.parametrize("name", ["img-1", "a b", "1x", "lambda", "_a", "np", ""])
def test_names_that_no_formula_can_use_are_refused(name):
    with pytest.raises(FormulaError, match="cannot be the name of an input"):
        MathImg(names=[name])


def test_names_must_cover_the_formula():
    with pytest.raises(FormulaError, match="uses `b`, which is not among"):
        MathImg("a + b", names=["a"])


def test_a_wrong_formula_is_refused_at_once():
    with pytest.raises(FormulaError):
        MathImg("a +")


def test_a_typo_in_an_input_is_refused_at_once():
    with pytest.raises(TraitError, match="msk"):
        MathImg("img * mask", msk="/m.nii")
