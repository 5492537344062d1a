"""Iterables over formulas either give every result, or are refused."""

from __future__ import annotations

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import MathImg, node
from tests.interfaces.helpers import PLUGINS, voxels

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


def collide(tmp_path, plugin, formulas, **execution):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.config["execution"] = execution
    inner = pe.Workflow("inner")
    math = pe.Node(MathImg(names=["img"], img=str(tmp_path / "img.nii.gz")), "math")
    math.iterables = ("formula", formulas)
    inner.add_nodes([math])
    workflow.add_nodes([inner])
    name, arguments = PLUGINS[plugin]
    return workflow.run(name, plugin_args=arguments)


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("execution", [{}, {"parameterize_dirs": "false"}])
@pytest.mark.parametrize("formulas", [SHARED, [f"{one} + 0.{'1' * 40}" for one in SHARED]])
def test_a_plain_node_does_not_overwrite_the_result_of_another(
    tmp_path, image, plugin, execution, formulas
):
    with pytest.raises(FormulaError, match="would run in one folder"):
        collide(tmp_path, plugin, formulas, **execution)
    assert not list(tmp_path.rglob("result_*.pklz"))


def test_other_inputs_that_share_a_folder_are_found_when_the_node_runs(tmp_path, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    source = pe.Node(niu.IdentityInterface(["k"]), "source", iterables=("k", ["(1", "1"]))
    math = pe.Node(MathImg("img * k", img=image), "math")
    workflow.connect(source, ("k", as_number), math, "k")
    with pytest.raises(RuntimeError) as raised:
        workflow.run()
    told = f"{raised.value}\n{raised.value.__cause__}"
    assert "Two nodes of this workflow run in one folder" in told


def as_number(text):
    return float(text.strip("("))


def test_a_second_formula_is_refused_when_the_first_is_cached(tmp_path, image):
    collide(tmp_path, "Linear", SHARED[:1])
    with pytest.raises(FormulaError, match="would run in one folder"):
        collide(tmp_path, "Linear", SHARED)


def test_another_formula_in_a_second_run_is_no_collision(tmp_path, image):
    collide(tmp_path, "Linear", SHARED[:1])
    (only,) = collide(tmp_path, "Linear", SHARED[1:]).nodes()
    np.testing.assert_array_equal(voxels(only.result.outputs.out_file), voxels(image) < 0)


def test_the_way_round_in_the_message(tmp_path, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    math = pe.Node(MathImg(names=["img"], img=image), "math", synchronize=True)
    math.iterables = [("formula", "dtype"), [("img > 0", "uint8"), ("img < 0", "int16")]]
    workflow.add_nodes([math])
    done = {one.inputs.formula: one.result.outputs.out_file for one in workflow.run().nodes()}
    np.testing.assert_array_equal(voxels(done["img > 0"]), voxels(image) > 0)
    np.testing.assert_array_equal(voxels(done["img < 0"]), voxels(image) < 0)
