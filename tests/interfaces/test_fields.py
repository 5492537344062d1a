"""Values are never refused when they are set, and described when they are wrong."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.interfaces import CopyHeader, MathImg
from nipype_mathimg.interfaces.specs import problem


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (2, 2),
        (2.5, 2.5),
        (1 + 2j, 1 + 2j),
        (True, True),
        (np.float32(0.5), 0.5),
        (np.int16(3), 3),
        ([1, 2.5], [1, 2.5]),
        ((1, 2), [1, 2]),
        (np.array([1, 2]), [1, 2]),
        ("2", 2),
        ("2.5", 2.5),
        ("1e-3", 0.001),
        ("/data/2", "/data/2"),
        ("/data/a.nii", "/data/a.nii"),
        (Path("/data/a.nii"), "/data/a.nii"),
        (["/a.nii", Path("/b.nii")], ["/a.nii", "/b.nii"]),
        ("/data/run[1].nii", "/data/run[1].nii"),
    ],
)
def test_image_or_number_is_stored_as_plain_python(given, stored):
    value = MathImg("img", img=given).inputs.img
    assert value == stored
    assert type(value) is type(stored)


def test_relative_path_counts_from_where_it_was_assigned(tmp_path, monkeypatch):
    interface = MathImg("img", img="a.nii")
    monkeypatch.chdir("/")
    assert interface.inputs.img == os.path.join(tmp_path, "a.nii")


def test_links_and_dots_in_a_path_are_kept(tmp_path):
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    assert MathImg("img", img="link/../a.nii").inputs.img == f"{tmp_path}/link/../a.nii"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", ["an empty string"]),
        ([], ["an empty list"]),
        (["/a.nii", 3], ["a list of 2 (int, str)"]),
        ([["/a.nii"], ["/b.nii"]], ["flatten", "ravel_inputs=True"]),
        ({}, ["dict"]),
        ({1, 2}, ["set"]),
        (nib.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4)), ["in memory", "save it"]),
    ],
)
def test_wrong_values_are_accepted_first_and_described_later(value, words):
    interface = MathImg("img")
    interface.inputs.img = value
    message = problem(interface.inputs, "img")
    assert message.startswith("Input `img` is ")
    assert all(word in message for word in words)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("formula", "img + 1", ["", 3, ["img"]]),
        ("copy_header_from", "img", ["", 1]),
        ("dtype", "float32", [3]),
        ("out_file", "out.nii", ["", ["a.nii"]]),
        ("grid_tolerance", 0, [-1, "1", True]),
        ("num_threads", 4, [0, 1.5, "2", True]),
        ("memory", "4G", [-0.1, "1", 4, "4 giga", True]),
    ],
)
def test_other_inputs(name, good, bad):
    inputs = MathImg("img").inputs
    setattr(inputs, name, good)
    assert problem(inputs, name) is None
    for value in bad:
        setattr(inputs, name, value)
        assert problem(inputs, name).startswith(f"Input `{name}` is "), value


@pytest.mark.parametrize("given", ["float32", np.float32, np.dtype("float32")])
def test_dtype_takes_numpy_types(given):
    assert MathImg("img", dtype=given).inputs.dtype == "float32"


@pytest.mark.parametrize(("given", "stored"), [("time", ["time"]), (["time", "xform"],) * 2])
def test_parts_take_one_or_several(given, stored):
    assert CopyHeader(parts=given).inputs.parts == stored


@pytest.mark.parametrize("name", ["in_file", "hdr_file"])
def test_unset_input_is_named_with_a_remedy(name):
    assert f"`{name}` is not set: connect" in problem(CopyHeader().inputs, name)
