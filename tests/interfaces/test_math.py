"""`MathImg` and `MathValue` by themselves."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError, MathImgError
from nipype_mathimg.interfaces import MathImg, MathValue
from tests.interfaces.helpers import voxels


def test_an_image_and_a_number(image):
    result = MathImg("img * 2 + offset", img=image, offset=0.5).run()
    np.testing.assert_array_equal(voxels(result.outputs.out_file), voxels(image) * 2 + 0.5)


def test_a_list_of_images_is_one_image_with_one_more_axis(volumes):
    result = MathImg("np.mean(imgs, axis=-1)", imgs=volumes).run()
    expected = np.mean([voxels(volume).astype(float) for volume in volumes], axis=0)
    np.testing.assert_allclose(voxels(result.outputs.out_file), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("out_file", "expected"),
    [
        (None, "img_math.nii.gz"),
        ("result.nii", "result.nii"),
    ],
)
def test_the_result_lies_in_the_working_folder(tmp_path, image, out_file, expected):
    given = {} if out_file is None else {"out_file": out_file}
    (tmp_path / "cwd").mkdir()
    result = MathImg("1 - img", img=image, **given).run(cwd=str(tmp_path / "cwd"))
    assert result.outputs.out_file == str(tmp_path / "cwd" / expected)


def test_an_absolute_out_file_is_taken_as_it_is(tmp_path, image):
    target = str(tmp_path / "elsewhere.nii.gz")
    assert MathImg("img", img=image, out_file=target).run().outputs.out_file == target


def test_the_default_name_is_that_of_the_first_image_in_the_formula(save):
    data = np.ones((2, 2, 2), np.float32)
    inputs = {"a": save("one.nii", data), "b": [save("two.nii", data)], "k": 2}
    name = MathImg("k * b[..., 0] - a", **inputs).run().outputs.out_file
    assert os.path.basename(name) == "two_math.nii.gz"


@pytest.mark.parametrize(
    ("formula", "kind", "expected"),
    [
        ("np.max(img)", int, 23),
        ("np.mean(img)", float, 11.5),
        ("np.any(img > 22)", bool, True),
        ("np.sum(img, axis=(0, 1, 2)) * 1j", complex, 276j),
    ],
)
def test_math_value_gives_numbers_of_their_kind(image, formula, kind, expected):
    value = MathValue(formula, img=image).run().outputs.out
    assert type(value) is kind
    assert value == expected


def test_math_value_gives_a_list_for_one_axis(runs):
    value = MathValue("np.mean(bold, axis=(0, 1, 2))", bold=runs[0]).run().outputs.out
    np.testing.assert_allclose(value, voxels(runs[0]).mean(axis=(0, 1, 2)), rtol=1e-6)


@pytest.mark.parametrize("cls", [MathImg, MathValue])
def test_unset_input_is_named_under_the_formula(cls, image):
    with pytest.raises(FormulaError, match="Input `img2` is not set: connect") as raised:
        cls("np.sum(img1) - np.sum(img2)", img1=image).run()
    assert "^^^^" in str(raised.value)


def test_an_input_that_this_formula_does_not_use_may_stay_unset(image):
    result = MathImg(names=["a", "b"], formula="a + 1", a=image).run()
    np.testing.assert_array_equal(voxels(result.outputs.out_file), voxels(image) + 1)


def test_no_formula_is_an_error_with_a_remedy():
    with pytest.raises(FormulaError, match="Input `formula` is not set"):
        MathImg(names=["a"], a=1).run()


def test_a_later_formula_with_other_names_is_an_error_with_a_remedy(image):
    interface = MathImg("a + 1", a=image)
    interface.inputs.formula = "a + b"
    with pytest.raises(FormulaError, match=r"uses `b`.*names=\['a', 'b'\]"):
        interface.run()


def test_a_missing_file_is_named_with_its_input():
    with pytest.raises(MathImgError, match=r"`?mask`?.*/nowhere/mask\.nii"):
        MathImg("mask > 0", mask="/nowhere/mask.nii").run()


def test_values_from_a_json_file(tmp_path, image):
    saved = str(tmp_path / "inputs.json")
    MathImg("img + k", img=image, k=3).save_inputs_to_json(saved)
    again = MathImg("img + k", from_file=saved)
    assert (again.inputs.img, again.inputs.k) == (image, 3)


def test_a_mirror_image_with_a_tr_of_its_own(save):
    bold = save("bold.nii.gz", np.arange(48, dtype=np.float32).reshape(4, 3, 2, 2))
    options = {"copy_header_from": "bold", "grid": "header", "tr": 0.75}
    mirror = nib.load(MathImg("bold[::-1]", bold=bold, **options).run().outputs.out_file)
    np.testing.assert_array_equal(mirror.get_fdata(), voxels(bold)[::-1])
    np.testing.assert_array_equal(mirror.affine, nib.load(bold).affine)
    assert mirror.header["pixdim"][4] == 0.75


def test_the_donor_need_not_occur_in_the_formula(save):
    data = np.ones((4, 3, 2), np.float32)
    files = {"img": save("img.nii", data), "ref": save("ref.nii", data)}
    header = nib.load(files["ref"]).header
    header["descrip"] = b"the donor"
    nib.save(nib.Nifti1Image(data, nib.load(files["img"]).affine, header), files["ref"])
    interface = MathImg("img + 1", names=["img", "ref"], copy_header_from="ref", **files)
    image = nib.load(interface.run().outputs.out_file)
    assert image.header["descrip"] == b"the donor"
    with pytest.raises(FormulaError, match="`ref` is not set"):
        MathImg("img", names=["img", "ref"], copy_header_from="ref", img=files["img"]).run()
