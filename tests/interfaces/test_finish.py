"""What becomes of the file of a result: its name, its volumes, or the input itself."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import MathImg, node
from nipype_mathimg.interfaces.memory import estimated_gb
from tests.interfaces.helpers import voxels


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "img_math.nii.gz"),
        ({"suffix": "_top"}, "img_top.nii.gz"),
        ({"suffix": "2"}, "img2.nii.gz"),
    ],
)
def test_suffix(image, given, name):
    made = MathImg("img + 1", img=image, **given).run().outputs.out_file
    assert os.path.basename(made) == name


def test_volumes_as_files(runs, tmp_path):
    interface = MathImg("bold * 2", bold=runs[0], split="t", copy_header_from="bold")
    done = node(interface, "split", base_dir=str(tmp_path)).run().outputs
    assert not hasattr(done, "out_file")
    images = [nib.load(file) for file in done.out_files]
    series = np.stack([np.asanyarray(one.dataobj) for one in images], axis=-1)
    np.testing.assert_array_equal(series, 2 * voxels(runs[0]))
    names = [os.path.basename(file) for file in done.out_files]
    assert names == [f"run0_math_{k:04}.nii.gz" for k in range(5)]
    assert all(one.shape == (2, 3, 4) for one in images)
    np.testing.assert_array_equal(images[0].affine, nib.load(runs[0]).affine)
    # The series itself does not stay beside its volumes.
    assert sorted(path.name for path in (tmp_path / "split").glob("*.nii*")) == names


def test_one_volume_is_a_list_of_one(image):
    (only,) = MathImg("img + 1", img=image, split="t").run().outputs.out_files
    np.testing.assert_array_equal(voxels(only), voxels(image) + 1)


@pytest.mark.parametrize(
    ("formula", "given", "passed"),
    [
        ("np.clip(img, 0, 99)", {}, True),
        ("np.clip(img, 0, 22)", {}, False),
        # uint8 would hold all values, and was not asked for.
        ("np.clip(img, 0, 99)", {"dtype": "auto"}, True),
        ("np.clip(img, 0, 99)", {"dtype": "header", "copy_header_from": "img"}, True),
        ("np.clip(img, 0, 99)", {"dtype": "float32"}, False),
        ("np.clip(img, 0, 99)[..., None]", {}, False),
        ("np.clip(img, 0, 99)", {"unchanged": "write"}, False),
    ],
)
def test_an_image_in_which_nothing_changes_is_passed_on(image, tmp_path, formula, given, passed):
    interface = MathImg(formula, img=image, **{"unchanged": "pass", **given})
    made = node(interface, "clip", base_dir=str(tmp_path / "work")).run().outputs.out_file
    assert (made == image) is passed
    assert len(list((tmp_path / "work").rglob("*.nii.gz"))) == (0 if passed else 1)


def test_nan_is_no_change(save):
    values = np.full((2, 3, 4), np.nan, np.float32)
    values[0] = 3
    path = save("nan.nii", values)
    passing = MathImg("np.clip(img, 0, 9)", img=path, unchanged="pass")
    assert passing.run().outputs.out_file == path


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"split": "z"}, "'z', not 't'"),
        ({"unchanged": "keep"}, "not 'write' or 'pass'"),
        ({"split": "t", "unchanged": "pass"}, "either its volumes"),
        (
            {"suffix": "_x", "outputs": ["m"], "formula": "m = img + 1"},
            "suffix='_x' is for",
        ),
    ],
)
def test_what_does_not_go_together(image, given, words):
    with pytest.raises(FormulaError, match=words):
        MathImg(**{"formula": "img + 1", "img": image, **given}).run()


def test_the_plan_knows_these_options(image):
    interface = MathImg("img + 1", img=image, suffix="_x", unchanged="pass")
    assert estimated_gb(interface.inputs) == estimated_gb(MathImg("img + 1", img=image).inputs)
