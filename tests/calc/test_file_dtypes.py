"""The dtype of the file: ids survive, no value is rounded in silence, `auto` never fails."""

from __future__ import annotations

import gzip
import warnings

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import explain, math_img, math_value
from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.formula.program import input_names
from nipype_mathimg.images.files import source
from nipype_mathimg.images.files.source import open_source

ATLAS = np.random.default_rng(3).integers(0, 2**31 - 1, (4, 3, 2)).astype("i4")
ATLAS[0, 0, 0] = 576073732  # an id of the Allen atlas, which float32 rounds
ATLAS[0, 0, 1] = 1001
COUNTS = (ATLAS % 30000).astype("i2")
SMALL = (ATLAS % 3).astype("u1")
MASK = (ATLAS % 2).astype("f4")
IMAGES = {"atlas": ATLAS, "counts": COUNTS, "small": SMALL, "mask": MASK}
BOLD = np.random.default_rng(4).integers(-32768, 32767, (4, 3, 2, 40)).astype("i2")


@pytest.fixture
def evaluate(save, tmp_path):
    """Return a function that gives voxels, dtype and notes of a result."""

    def run(formula, images, **more):
        files = {name: save(f"{name}.nii", images[name]) for name in input_names(formula)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = math_img(formula, files, tmp_path / "out.nii", **more)
        image = nib.load(result.out_file)
        notes = [note.message for note in result.notes if note.topic == "values"]
        return np.asanyarray(image.dataobj), image.get_data_dtype(), notes

    return run


@pytest.mark.parametrize(
    ("formula", "stored"),
    [
        ("atlas * mask", "float64"),
        ("np.where(mask > 0, atlas, np.nan)", "float64"),
        ("atlas * 1.0", "float64"),
        ("np.mean(np.stack([atlas, atlas], axis=-1), axis=-1)", "float64"),
        ("np.nan_to_num(np.where(mask, atlas, np.nan))", "float64"),
        ("atlas + small", "int32"),
        ("np.clip(atlas, 0, 10**6) * 0.5", "float32"),
        ("(atlas > 5) * mask", "float32"),
        ("np.where(atlas, counts / 3, 0)", "float32"),
        ("mask[..., None] + np.isin(atlas, [3])[..., None]", "float32"),
        ("atlas.astype('float32') * mask", "float32"),
        ("counts / 3", "float32"),
        ("np.clip(atlas, 0, 200)", "uint8"),
        ("counts * counts", "int32"),
        ("counts * counts * counts", "float64"),
        ("counts ** 5", "float64"),
        ("np.prod(np.stack([counts, counts, counts, counts, counts]), axis=0)", "float64"),
    ],
)
def test_auto_keeps_every_whole_number(formula, stored, evaluate):
    got, dtype, _ = evaluate(formula, IMAGES)
    assert dtype == stored
    wide = {name: image.astype(float) for name, image in IMAGES.items()}
    wide |= {"counts": COUNTS.astype(object)} if "/" not in formula else {}
    want = np.asarray(eval(formula, {"np": np, **wide}), float)
    np.testing.assert_allclose(got, want, rtol=1e-15 if stored == "float64" else 1e-7)


def test_products_of_int32_have_all_digits(evaluate):
    image = np.full((2, 2, 2), 1001, "i4")
    got, dtype, _ = evaluate("a * a * a", {"a": image})
    assert dtype == np.int32
    assert (got == 1003003001).all()
    got, dtype, _ = evaluate("a * a * a * a", {"a": image})
    assert dtype == np.float64
    assert (got == 1001**4).all()


def test_auto_never_fails_on_data(evaluate):
    got, dtype, _ = evaluate("np.sum(bold**2, axis=-1)", {"bold": BOLD})
    assert dtype == np.float64
    np.testing.assert_array_equal(got, (BOLD.astype(object) ** 2).sum(axis=-1).astype(float))


def test_integers_that_the_file_rounds_are_noted(evaluate):
    ids = np.array([2**53 + 1, 2**53, 7, 2**63 - 1]).reshape(2, 2, 1)
    got, dtype, notes = evaluate("ids * 1", {"ids": ids})
    assert dtype == np.float64
    assert ["2 voxels hold integers that float64 rounds" in note for note in notes] == [True]
    got, _, notes = evaluate("ids * 1", {"ids": ids}, dtype="int64")
    np.testing.assert_array_equal(got, ids)
    assert not notes
    _, _, notes = evaluate(
        "ids * 1", {"ids": np.array([[[2**24 + 1, 2**24]]], "i4")}, dtype="float32"
    )
    assert ["1 voxel holds integers that float32 rounds" in note for note in notes] == [True]


@pytest.mark.parametrize(
    ("dtype", "largest"),
    [
        ("auto", np.finfo("f4").max),
        ("float32", np.finfo("f4").max),
        ("float64", np.finfo("f8").max),
        ("int16", 32767),
        ("int64", 2**63 - 1024),
    ],
)
def test_infinities_become_the_largest_number_of_the_file(dtype, largest, evaluate):
    images = {"counts": COUNTS + 1, "zero": (COUNTS * 0)}
    for formula, want in (("counts", largest), ("-counts", -largest)):
        got, stored, _ = evaluate(f"np.nan_to_num(({formula}) / zero)", images, dtype=dtype)
        assert stored == ("float32" if dtype == "auto" else dtype)
        assert (got == want).all()


@pytest.mark.parametrize("dtype", ["auto", "float64"])
def test_infinities_of_a_wide_image_become_the_largest_float64(dtype, evaluate):
    image = np.array([1.0, np.inf, -np.inf, np.nan]).reshape(2, 2, 1)
    got, _, _ = evaluate("np.nan_to_num(a)", {"a": image}, dtype=dtype)
    np.testing.assert_array_equal(got, np.nan_to_num(image))
    narrow, stored, _ = evaluate("np.nan_to_num(a)", {"a": image.astype("f4")}, dtype=dtype)
    assert stored == ("float32" if dtype == "auto" else "float64")
    np.testing.assert_array_equal(narrow, np.nan_to_num(image.astype("f4")))


@pytest.mark.parametrize("formula", ["a * 1e300", "np.sinh(a)", "np.sin(a * 1j)", "a * 1e300j"])
def test_what_complex64_cannot_hold_is_refused(formula, evaluate):
    with pytest.raises(ValueError, match="does not fit into complex64"):
        evaluate(formula, {"a": np.full((2, 2, 2), 500, "i2")}, dtype="complex64")


def test_a_finite_complex_number_is_no_infinite_one(evaluate):
    image = np.full((2, 2, 2), 3e38 + 3e38j, "c8")
    _, _, notes = evaluate("a", {"a": image})
    assert not notes


@pytest.mark.parametrize(
    ("formula", "want"),
    [
        ("np.max(a)", 2**64 - 1),
        ("np.min(a) + 1", 2**63 + 2),
        ("np.sum(a[..., 0])", 2**64 - 1),
        ("np.sum(a, axis=(0, 1))", [2**64 - 1, 2**63 + 1]),
        ("np.nan_to_num(np.max(a) / 0)", np.finfo(float).max),
    ],
)
def test_a_value_of_64_bits_is_an_integer(formula, want, save):
    image = np.array([2**64 - 1, 2**63 + 1], np.uint64).reshape(1, 1, 2)
    value = math_value(formula, {"a": save("a.nii", image)}).value
    assert value == want
    assert type(value) is type(want) or isinstance(want, float)


# formula, images, dtype of the file
LOOKED_AT = [
    ("m * n", {"m": np.ones((3, 3, 3), "u1"), "n": np.ones((3, 3, 3), "u1")}, "uint8"),
    ("b * m", {"b": np.full((3, 3, 3, 4), 30000, "i2"), "m": np.ones((3, 3, 3), "u1")}, "int16"),
    ("a * m", {"a": np.full((3, 3, 3), 1030, "i8"), "m": np.ones((3, 3, 3), "u1")}, "int16"),
    ("a + 1", {"a": np.full((3, 3, 3), 255, "u1")}, "int16"),
    ("a + 1", {"a": np.full((3, 3, 3), 254, "u1")}, "uint8"),
    ("-a", {"a": np.zeros((3, 3, 3), "i2")}, "uint8"),
    ("~m", {"m": np.ones((3, 3, 3), "u1")}, "uint8"),
    ("a + 1", {"a": np.zeros((3, 3, 3, 2), "i2")}, "int32"),
]


@pytest.mark.parametrize(("formula", "images", "stored"), LOOKED_AT)
def test_small_volumes_of_integers_have_the_range_of_their_voxels(
    formula, images, stored, evaluate
):
    got, dtype, _ = evaluate(formula, images)
    assert dtype == stored
    wide = {name: image.astype(np.int64) for name, image in images.items()}
    if "m" in wide and "b" in wide:
        wide["m"] = wide["m"][..., None]
    names = images if formula.startswith("~") else wide
    np.testing.assert_array_equal(got, eval(formula, {**names}))


RUN = np.random.default_rng(5).integers(0, 200, (3, 4, 5, 6))
SIGNED = RUN - 100

# formula, run of 64-bit integers, dtype of the file
RUNS = [
    ("a * 1", RUN, "uint8"),
    ("a * 1", SIGNED, "int16"),
    ("a * 1", SIGNED * 400, "int32"),
    ("a * 1", SIGNED * 2**25, "float64"),
    ("np.cumsum(a, axis=-1)", RUN, "int16"),
    ("np.cumsum(a, axis=-1)", SIGNED, "int32"),
    ("np.cumsum(a, axis=2)", SIGNED * 400, "float64"),
    ("np.cumprod(a[..., :2], axis=-1)", RUN, "int32"),
    ("np.sum(a, axis=-1)", RUN, "int16"),
    ("np.sum(a, axis=3, keepdims=True)", SIGNED, "int32"),
    ("np.prod(a[..., :3], axis=-1)", RUN, "int32"),
    ("np.prod(a, axis=-1)", RUN // 20, "float64"),
    ("a * a", SIGNED, "int32"),
    ("np.ptp(a, axis=-1)", RUN, "uint8"),
    ("np.ptp(a, axis=-1)", SIGNED, "int32"),
    ("np.clip(a, -3, 100)", SIGNED * 2**25, "int16"),
]


@pytest.mark.parametrize(("formula", "image", "stored"), RUNS)
def test_runs_of_64_bit_integers_are_as_if_stored_in_the_smallest_dtype(
    formula, image, stored, evaluate
):
    codes = ("i8",) if image.min() < 0 else ("i8", "u8")
    for code in codes:
        got, dtype, notes = evaluate(formula, {"a": image.astype(code)})
        want = eval(formula, {"np": np, "a": image.astype(object)})
        assert dtype == stored
        assert [int(v) for v in got.ravel()] == [int(v) for v in want.ravel()]
        assert not notes


@pytest.mark.parametrize("code", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
@pytest.mark.parametrize(
    "formula", ["np.sum(a[0], axis=1)", "np.sum(a)", "np.nansum(a[:, 0], axis=0)"]
)
def test_sums_of_labels_of_any_dtype(formula, code, save):
    labels = RUN[..., 0] % 100
    value = math_value(formula, {"a": save("a.nii", labels.astype(code))}).value
    assert value == eval(formula.replace("nan", ""), {"np": np, "a": labels}).tolist()


@pytest.mark.parametrize("code", ["u8", "i8"])
def test_the_widest_range_is_an_integer(code, save):
    ends = [int(np.iinfo(code).min), int(np.iinfo(code).max)]
    image = np.array([*ends, 0, 1], code).reshape(2, 2, 1)
    assert math_value("np.ptp(a)", {"a": save("a.nii", image)}).value == ends[1] - ends[0]
    columns = math_value("np.ptp(a, axis=(1, 2))", {"a": save("a.nii", image)}).value
    assert columns == [ends[1] - ends[0], 1]


@pytest.mark.parametrize("once", [1, 7, 359, 360])
def test_an_image_is_looked_at_piece_by_piece(once, save, monkeypatch):
    monkeypatch.setattr(source, "_LOOKED_AT_ONCE", once)
    image = np.arange(-180, 180).reshape(3, 4, 30)
    for found in (image, -image):
        looked_at = open_source("a", save("a.nii", found)).looked_at()
        assert looked_at.spec.bounds == (found.min(), found.max())


@pytest.mark.parametrize("shape", [(3, 4, 30), (3, 4, 30, 1, 2)])
@pytest.mark.parametrize("behind", [b"", gzip.compress(b"")], ids=["alone", "two members"])
def test_damaged_voxels_decide_nothing(shape, behind, tmp_path):
    path = tmp_path / "a.nii.gz"
    nib.save(nib.Nifti1Image(np.ones(shape, "i8"), np.eye(4), dtype="i8"), path)
    content = bytearray(path.read_bytes() + behind)
    content[-6] ^= 1  # of the checksum
    path.write_bytes(content)
    with pytest.raises(ImageFileError, match="damaged or truncated"):
        explain("a * 2", a=str(path))


def test_a_large_run_of_64_bits_is_not_looked_at(save):
    image = open_source("a", save("a.nii", RUN.astype("i8")))
    assert image.looked_at(most_64_bits=360 * 8).spec.bounds == (0, 255)
    assert image.looked_at(most_64_bits=360 * 8 - 1) is image


def test_a_large_volume_is_not_looked_at(tmp_path):
    path = tmp_path / "m.nii.gz"
    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), "u1"), np.eye(4)), path)
    image = open_source("m", path)
    assert image.looked_at(26).spec.bounds == (0, 255)
    assert image.looked_at(27).spec.bounds == (1, 1)
