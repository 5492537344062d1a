"""Interface classes made from a formula behave like classes written by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import nipype.pipeline.engine as pe
import numpy as np
import pytest
from nipype.caching import Memory
from nipype.interfaces.base import traits

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import MathImg, MathValue, mathimg_class
from tests.interfaces.helpers import run, voxels

Scaled = mathimg_class(
    "Scaled",
    "img * factor",
    doc="Multiply an image.",
    inputs={"img": "any image", "factor": "by how much"},
    defaults={"factor": 2.5, "dtype": "float64"},
)
Highest = mathimg_class("Highest", "np.max(img)", base=MathValue)

ELSEWHERE = """
from nipype_mathimg.interfaces import mathimg_class

Plus = mathimg_class("Plus", "img + 1", inputs={"img": "any image"})
"""


def test_it_belongs_to_the_module_that_made_it():
    assert (Scaled.__module__, Scaled.__name__) == (__name__, "Scaled")
    assert issubclass(Scaled, MathImg)


def test_help_shows_the_inputs():
    text = Scaled.help(returnhelp=True)
    assert "Multiply an image." in text
    assert "any image" in text
    assert "nipype default value: 2.5" in text


def test_every_input_is_described_and_typed():
    # What Nipype's own automatic tests look at.
    for name, trait in Scaled.input_spec().items():
        assert trait.desc or name in ("img", "factor")
        assert isinstance(trait.trait_type, traits.TraitType)


@pytest.mark.parametrize(("given", "factor"), [({}, 2.5), ({"factor": 3}, 3)])
def test_defaults(image, given, factor):
    out_file = Scaled(img=image, **given).run().outputs.out_file
    np.testing.assert_array_equal(voxels(out_file), voxels(image) * factor)


def test_a_number_from_a_formula(image):
    assert Highest(img=image).run().outputs.out == 23


@pytest.mark.parametrize("kind", [{"inputs": {"imgg": "a"}}, {"defaults": {"imgg": 1}}])
def test_what_the_formula_does_not_use_is_refused(kind):
    with pytest.raises(ValueError, match="no input `imgg`"):
        mathimg_class("Wrong", "img + 1", **kind)


def test_a_wrong_formula_is_refused():
    with pytest.raises(FormulaError):
        mathimg_class("Wrong", "img +")


def test_caching_memory_runs_once(tmp_path, image):
    cached = Memory(str(tmp_path)).cache(Scaled)
    first, second = (cached(img=image).outputs.out_file for _ in range(2))
    assert first == second
    other = cached(img=image, factor=7).outputs.out_file
    assert other != first
    np.testing.assert_array_equal(voxels(other), voxels(image) * 7)


def test_multiproc_and_export(tmp_path, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(Scaled(img=image), "math")])
    done = run(workflow, "MultiProc")
    np.testing.assert_array_equal(
        voxels(done["math"].result.outputs.out_file), voxels(image) * 2.5
    )
    assert any("Scaled()" in line for line in workflow.export(str(tmp_path / "wf.py")))


def test_another_package_can_pickle_its_class(tmp_path):
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    code = (
        "import pickle, elsewhere; "
        "again = pickle.loads(pickle.dumps(elsewhere.Plus(img='/a.nii'))); "
        "print(again.inputs.img, type(again) is elsewhere.Plus)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["/a.nii", "True"]


def test_nipypecli_runs_it(tmp_path, image):
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    command = "from nipype.scripts.cli import cli; cli()"
    subprocess.run(
        [sys.executable, "-c", command, "run", "elsewhere", "Plus", image],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        check=True,
        capture_output=True,
    )
    np.testing.assert_array_equal(voxels(tmp_path / "img_math.nii.gz"), voxels(image) + 1)


@pytest.mark.parametrize("name", ["bold * 2", "two words", "class", ""])
def test_a_name_that_no_class_can_have_is_refused(name):
    with pytest.raises(FormulaError, match=r"name, formula in this order"):
        mathimg_class(name, "bold * 2")
