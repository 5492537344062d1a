"""What changes the hash of an interface's inputs, and what does not."""

from __future__ import annotations

import copy
import os
import pickle
import shutil

import pytest

from nipype_mathimg.interfaces import MathImg, MathValue, mathimg_class, specs

Doubled = mathimg_class("Doubled", "img * factor", defaults={"factor": 2})


def hashed(*arguments, **inputs) -> str:
    return MathImg(*arguments, **inputs).inputs.get_hashval()[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"formula": "a + 1.000000000001"}, {"formula": "a + 1.000000000002"}),
        ({"formula": "a - b"}, {"formula": "b - a"}),
        ({"formula": "a + b", "b": 1e-11}, {"formula": "a + b", "b": 2e-11}),
        ({"formula": "a + b", "b": 0.1}, {"formula": "a + b", "b": 0.1 + 1e-12}),
        ({"formula": "a + b", "b": 1}, {"formula": "a + b", "b": 1.0}),
        ({"formula": "a + b", "b": 1}, {"formula": "a + b", "b": True}),
        ({"formula": "a + b", "b": [1, 2]}, {"formula": "a + b", "b": [2, 1]}),
        ({"formula": "a + b", "b": [1]}, {"formula": "a + b", "b": 1}),
        ({"formula": "a"}, {"formula": "a", "dtype": "float32"}),
        ({"formula": "a"}, {"formula": "a", "copy_header_from": "a"}),
        ({"formula": "a"}, {"formula": "a", "grid_tolerance": 0.02}),
        ({"formula": "a"}, {"formula": "a", "out_file": "b.nii"}),
    ],
)
def test_what_can_change_the_result_changes_the_hash(one, other):
    assert hashed(**one) != hashed(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"formula": "a+b"}, {"formula": "  a +\n (b)"}),
        ({"formula": "a"}, {"formula": "a", "num_threads": 4}),
        ({"formula": "a"}, {"formula": "a", "memory": "4G"}),
    ],
)
def test_what_cannot_change_the_result_does_not_change_the_hash(one, other):
    assert hashed(**one) == hashed(**other)


def test_a_changed_file_changes_the_hash(image):
    before = hashed("img", img=image)
    os.utime(image, (1, 1))
    assert hashed("img", img=image) != before


def test_the_order_of_files_counts(runs):
    assert hashed("img", img=runs) != hashed("img", img=runs[::-1])


def test_the_name_of_a_file_counts_but_not_its_folder(tmp_path, image):
    same_state = {}
    for name in ("other/img.nii.gz", "renamed.nii.gz"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        same_state[name] = hashed("img", img=shutil.copy2(image, path))
    assert same_state["other/img.nii.gz"] == hashed("img", img=image)
    assert same_state["renamed.nii.gz"] != hashed("img", img=image)


def test_the_second_file_of_a_pair_counts(tmp_path):
    header, data = tmp_path / "a.hdr", tmp_path / "a.img"
    header.write_bytes(b"h")
    data.write_bytes(b"1")
    before = hashed("img", img=header)
    data.write_bytes(b"22")
    assert hashed("img", img=header) != before


def test_a_formula_is_no_file_even_when_one_has_its_name(tmp_path):
    before = hashed("img1")
    (tmp_path / "img1").write_text("a file")
    assert hashed("img1") == before


def test_content_method_ignores_the_time(image):
    spec = MathImg("img", img=image).inputs
    before = spec.get_hashval("content")[1]
    os.utime(image, (1, 1))
    assert spec.get_hashval("content")[1] == before


def test_the_record_names_files_with_their_folder(image):
    record = dict(MathImg("img", img=image).inputs.get_hashval()[0])
    assert record["img"][0] == image
    assert record["language"] >= 1


@pytest.mark.parametrize("formula", ["a +", 3, ["a", "b"]])
def test_a_wrong_formula_does_not_stop_the_hash(formula):
    interface = MathImg(names=["a"])
    interface.inputs.formula = formula
    assert len(interface.inputs.get_hashval()[1]) == 32


@pytest.mark.parametrize(
    "interface",
    [
        MathImg("a - b", a="/a.nii", b=0.1),
        MathValue("np.mean(a)", a="/a.nii"),
        Doubled(img="/a.nii"),
    ],
)
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_a_copy_has_the_same_type_values_and_hash(interface, duplicate):
    other = duplicate(interface)
    assert type(other.inputs) is type(interface.inputs)
    assert other.inputs.get() == interface.inputs.get()
    assert other.inputs.get_hashval() == interface.inputs.get_hashval()
    with pytest.raises(Exception, match="img_typo"):
        other.inputs.img_typo = 1


def test_a_new_version_of_the_language_changes_the_hash(monkeypatch):
    before = hashed("a")
    monkeypatch.setattr(specs, "LANGUAGE_VERSION", specs.LANGUAGE_VERSION + 1)
    assert hashed("a") != before
