"""Every argument of every public function is refused in words of ours where it is of no use."""

from __future__ import annotations

import inspect
import pickle

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import (
    FormulaError,
    MathImgError,
    compare_headers,
    copy_header,
    explain,
    math_img,
    math_table,
    math_value,
    write_report,
)
from nipype_mathimg.calc.calls import _OF_NILEARN
from nipype_mathimg.interfaces import MathImg, MathTable, MathValue, mathimg_class, node


class Odd:
    """What no argument is."""

    def __repr__(self):
        return "<Odd>"


WRONG = {
    "object": Odd(),
    "list": [Odd()],
    "dict": {3: Odd()},
    "bytes": b"x",
    "complex": 1 + 2j,
    "array": np.array([1, 2]),
}


CALLS = {
    math_img: {"formula": "bold * 1", "inputs": {"bold": "bold.nii"}, "out_file": "o.nii"},
    math_value: {"formula": "np.mean(bold)", "inputs": {"bold": "bold.nii"}},
    math_table: {"formula": "np.mean(bold, axis=(0, 1, 2))", "inputs": {"bold": "bold.nii"}},
    explain: {"formula": "bold * 1", "inputs": {"bold": "bold.nii"}},
    copy_header: {"in_file": "bold.nii", "hdr_file": "bold.nii", "out_file": "o.nii"},
    compare_headers: {"reference": "bold.nii", "image": "bold.nii"},
    write_report: {"result": None, "file": "o.svg"},
    node: {"interface": MathImg("bold * 1"), "name": "double"},
    mathimg_class: {"name": "Double", "formula": "bold * 2"},
}


def arguments():
    """Yield a function and one of its arguments."""
    for function in CALLS:
        for one in inspect.signature(function).parameters.values():
            if one.kind is not one.VAR_KEYWORD and one.name != "place":
                name = f"{function.__name__}-{one.name}"
                yield pytest.param(function, one.name, id=name)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nib.save(nib.Nifti1Image(np.ones((2, 3, 4, 5), np.float32), np.eye(4)), "bold.nii")
    return tmp_path


@pytest.mark.parametrize(("function", "argument"), list(arguments()))
def test_a_wrong_argument_is_named(folder, function, argument):
    for kind, value in WRONG.items():
        with pytest.raises(MathImgError) as caught:
            function(**{**CALLS[function], argument: value})
        said = str(caught.value).splitlines()[0]
        # Who has mixed up the first arguments is shown the right call, which has all of them.
        assert argument in said, f"{kind}: {said}"
    assert [path.name for path in folder.iterdir()] == ["bold.nii"]


@pytest.mark.parametrize("kind", [MathImg, MathValue, MathTable])
@pytest.mark.parametrize("argument", ["names", "optional"])
@pytest.mark.parametrize("value", [3, [Odd()], {3: 4}], ids=repr)
def test_names_of_inputs_are_texts(kind, argument, value):
    with pytest.raises(FormulaError, match=rf"^{argument} is "):
        kind("bold * 1", **{argument: value})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: node("x"), "interface is 'x'; it has to be an interface"),
        (lambda: node(MathImg("a")), "name is missing; write node(interface, name)."),
        (lambda: node(MathImg("a"), "my node"), "name is 'my node'; it has to be a name of"),
        (
            lambda: copy_header("a.nii", "b.nii"),
            "out_file is missing; write copy_header(in_file, hdr_file, out_file).",
        ),
        (lambda: copy_header("a", "b", "c", "time"), "those behind out_file by their names"),
        (lambda: compare_headers("a", "b", part=1), "There is no argument 'part'"),
        (lambda: mathimg_class("A", "b", defaults={"dtpye": 1}), "Did you mean dtype?"),
        (lambda: explain("a", a="b.nii", grid_tolerance=-1), "grid_tolerance is -1"),
        (lambda: explain("a", a="b.nii", copy_header_from=""), "copy_header_from is ''"),
        (lambda: explain("b", b="a", outputs="mean"), "The output 'mean' is not bound"),
    ],
)
def test_wrong_calls_are_told_the_right_one(call, said):
    with pytest.raises(FormulaError) as caught:
        call()
    assert said in str(caught.value)


def test_a_number_of_threads_may_be_one_of_numpy(folder):
    found = math_value("np.mean(bold)", bold="bold.nii", num_threads=np.int64(2))
    assert found == 1


def test_what_a_result_has_not_is_said(folder):
    result = math_img("m = bold - 1", bold="bold.nii", outputs=["m"])
    with pytest.raises(KeyError, match="no result 'n' here; those are: m"):
        result["n"]
    with pytest.raises(FormulaError, match=r"no image \[1\] here"):
        result.load([1])
    with pytest.raises(AttributeError, match=r"take it by its name: result\['m'\]"):
        _ = result.m
    with pytest.raises(AttributeError, match=r"result.load\(\).get_fdata"):
        _ = result.get_fdata


def test_what_a_table_and_a_value_have_not_is_said(folder):
    table = math_table("mean = np.mean(bold, axis=(0, 1, 2))", bold="bold.nii", outputs="mean")
    with pytest.raises(KeyError, match=r"no column 'men' here.*Did you mean mean"):
        table["men"]
    with pytest.raises(AttributeError, match=r"pandas.DataFrame\(table.columns\)"):
        _ = table.to_csv
    value = math_value("np.mean(bold)", bold="bold.nii")
    with pytest.raises(AttributeError, match=r"plain number is value.value"):
        _ = value.real_part
    # Nothing of this stands in the way of a worker that sends them.
    assert pickle.loads(pickle.dumps(table)).columns == table.columns
    assert pickle.loads(pickle.dumps(value)).value == 1


@pytest.mark.parametrize("said", [one for one in _OF_NILEARN.values() if "img" in one])
def test_what_is_proposed_for_an_argument_of_nilearn_is_a_formula(said):
    run = nib.Nifti1Image(np.zeros((4, 4, 4, 40), np.float32), np.diag([2.0, 2, 2, 1]))
    run.header.set_zooms((2, 2, 2, 2))
    run.header.set_xyzt_units("mm", "sec")
    explain(said.split("`")[1], img=run)
