"""Inputs that may be missing, and outputs of other nodes that were not set."""

from __future__ import annotations

import copy
import pickle
from functools import partial

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import pytest
from nipype.interfaces.base import Undefined, isdefined

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import MathImg, MathValue, mathimg_class, node
from tests.interfaces.helpers import run

FORMULA = "np.max(img) if scale is None else np.max(img * scale)"


def source(value: object) -> niu.Function:
    """Return an interface whose output is Undefined, None or a number."""
    interface = niu.Function(input_names=["given"], output_names=["out"], function=_same)
    interface.inputs.given = [value]
    return interface


def _same(given):
    return given[0]


@pytest.mark.parametrize("make", [pe.Node, node])
@pytest.mark.parametrize("kind", ["function", "identity"])
@pytest.mark.parametrize(
    ("value", "optional", "with_default"), [(None, 1, 5), (Undefined, 1, 5), (3, 3, 3)]
)
def test_nothing_over_a_connection_overrides_nothing(
    image, tmp_path, make, kind, value, optional, with_default
):
    interface = source(value) if kind == "function" else niu.IdentityInterface(["out"])
    if kind == "identity" and value is not Undefined:
        interface.inputs.out = value
    start = pe.Node(interface, name="start")
    maybe = make(MathValue(FORMULA, img=image), name="maybe")
    factor = make(MathValue("np.max(img) * scale", img=image, scale=5), name="factor")
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.connect(start, "out", maybe, "scale")
    workflow.connect(start, "out", factor, "scale")
    nodes = run(workflow)
    assert nodes["maybe"].result.outputs.out == 23 * optional
    assert nodes["factor"].result.outputs.out == 23 * with_default


def test_an_input_is_taken_back_by_none():
    inputs = MathImg("img * scale", scale=5, dtype="float32").inputs
    inputs.scale = inputs.dtype = None
    assert not isdefined(inputs.scale)
    assert inputs.dtype == "auto"


@pytest.mark.parametrize("carry", [lambda one: one, copy.deepcopy, partial(pickle.dumps)])
def test_optional_inputs_survive_copies(image, carry):
    interface = carry(MathValue(FORMULA, img=image))
    if isinstance(interface, bytes):
        interface = pickle.loads(interface)
    assert not interface.inputs.trait("scale").mandatory
    assert interface.run().outputs.out == 23


def test_a_formula_that_comes_later_may_ask_or_not(image):
    interface = MathValue(names=["img", "scale"], optional=["scale"], img=image)
    interface.inputs.formula = FORMULA
    assert interface.run().outputs.out == 23
    interface.inputs.formula = "np.max(img) * scale"
    with pytest.raises(FormulaError, match="`scale` is not set") as raised:
        interface.run()
    assert str(raised.value).splitlines()[-1].strip() == "^^^^^"


@pytest.mark.parametrize(
    ("formula", "optional", "words"),
    [
        ("img * scale", ["scale"], "`a if scale is None else a * scale`"),
        ("img * scale", ["scalf"], "is no input of the formula"),
    ],
)
def test_what_cannot_be_optional_is_refused(formula, optional, words):
    with pytest.raises(FormulaError) as raised:
        MathImg(formula, optional=optional)
    assert words in str(raised.value)


def test_the_class_of_a_formula_has_its_optional_inputs():
    made = mathimg_class("Made", FORMULA, base=MathValue)
    assert not made().inputs.trait("scale").mandatory
    assert made().inputs.trait("img").mandatory
