"""Iterables over formulas either give every result, or are refused."""

from __future__ import annotations

import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import MathImg, node
from tests.interfaces.helpers import voxels

SHARED = ["img > 0", "img < 0"]


@pytest.mark.parametrize(
    "iterables",
    [
        ("formula", SHARED),
        [("formula", SHARED)],
        [("k", [1, 2]), ("formula", SHARED)],
    ],
)
def test_formulas_that_would_share_a_folder_are_refused(iterables):
    made = node(MathImg(names=["img", "k"]), "math")
    with pytest.raises(FormulaError, match=r"`img > 0` and `img < 0`.*iterfield='formula'"):
        made.iterables = iterables


@pytest.mark.parametrize(
    "iterables",
    [
        None,
        ("formula", ["img + 1", "img - 1"]),
        ("k", ["<", ">"]),
        [("formula", "k"), [("img > 0", 1), ("img < 0", 2)]],
        ("formula", lambda: SHARED),
    ],
)
def test_other_iterables_are_accepted(iterables):
    assert node(MathImg(names=["img", "k"]), "math", iterables=iterables).iterables is iterables


def test_every_formula_gives_its_own_result(tmp_path, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    formulas = ["img + 1", "img / 2", "img - 1"]
    interface = MathImg(names=["img"], img=image)
    workflow.add_nodes([node(interface, "math", iterables=("formula", formulas))])
    done = {one.inputs.formula: one.result.outputs.out_file for one in workflow.run().nodes()}
    for formula in formulas:
        expected = eval(formula, {"img": voxels(image)})
        np.testing.assert_array_equal(voxels(done[formula]), expected)
