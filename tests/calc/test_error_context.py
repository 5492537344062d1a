"""The errors: one way to formula, place and inputs, for every class."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from nipype_mathimg import math_img, math_value
from nipype_mathimg.errors import (
    FormulaError,
    GridError,
    HeaderError,
    ImageFileError,
    MathImgError,
)

CLASSES = [MathImgError, FormulaError, GridError, HeaderError, ImageFileError]


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_travels_between_processes_with_all_that_it_shows(kind):
    error = kind("It is wrong.", "a + b", (4, 5), "Inputs:\n    a: 3")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert str(error).splitlines() == [
        "It is wrong.", "", "    a + b", "        ^", "Inputs:", "    a: 3",
    ]  # fmt: skip
    assert isinstance(copy, OSError) == (kind is ImageFileError)


@pytest.mark.parametrize("kind", CLASSES)
def test_context_is_added_once_and_where_it_helps(kind):
    error = kind("it is wrong").explained("a + b", "    a: 3")
    again = error.explained("other", "    other")
    assert str(again) == str(error)
    assert ("Inputs:" in str(error)) == (kind is not ImageFileError)


@pytest.fixture
def labels(save):
    data = np.zeros((5, 4, 3), np.uint8)
    data[1, 2, 0] = 9
    return save("labels.nii.gz", data)


# formula: what is underlined, words
WHILE_READING = {
    "[1, 2, 3][seg]": ("[1, 2, 3][seg]", "The label 9 is outside"),
    "(seg * 100).astype('uint8') + 1": ("(seg * 100).astype('uint8')", "does not fit into uint8"),
    "np.median(seg[seg > 200]) + 1": ("np.median(seg[seg > 200])", "is the mask empty?"),
    "np.max(seg[seg > 200])": ("np.max(seg[seg > 200])", "np.max"),
}


@pytest.mark.parametrize("formula", WHILE_READING)
def test_errors_of_voxels_name_formula_input_and_file(labels, tmp_path, formula):
    culprit, words = WHILE_READING[formula]
    targets = {"out": None if "np." in formula else tmp_path / "out.nii"}
    with pytest.raises(FormulaError) as caught:
        math_img(f"out = {formula}", {"seg": labels}, outputs=targets, copy_header_from="seg")
    error = caught.value
    assert words in error.message
    assert error.message[-1] in ".?"
    assert error.formula[slice(*error.span)] == culprit
    assert f"seg: 5 x 4 x 3 uint8, {labels}" in str(error)
    assert not (tmp_path / "out.nii").exists()


def test_a_plan_that_is_refused_shows_the_inputs(labels):
    with pytest.raises(FormulaError, match="5 x 4 x 3 uint8"):
        math_value("np.median(seg)", {"seg": labels}, memory="10B")


def test_images_on_two_grids_are_named(save, labels):
    other = save("other.nii", np.zeros((4, 4, 3)))
    with pytest.raises(GridError, match=r"labels\.nii\.gz.*other\.nii.*5 x 4 x 3 and 4 x 4 x 3"):
        math_value("np.sum(a * b)", {"a": labels, "b": other})
