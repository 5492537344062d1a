"""More of each kind of surprise that users met: two cases beside the one that was reported."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import FormulaError, MathImgError, math_img, math_value

RNG = np.random.default_rng(21)
SHAPE = (4, 3, 5)
RUN = RNG.normal(100, 5, (*SHAPE, 5)).astype("f4")


def computed(formula, files, tmp_path, **options):
    options.setdefault("copy_header_from", next(iter(files)))
    result = math_img(formula, files, tmp_path / "out.nii", **options)
    return nib.load(result.out_file), [str(note) for note in result.notes]


@pytest.mark.parametrize(
    "formula", ["img - img[::-1]", "img[:, ::-1] / img", "img * img[::-1, ::-1]"]
)
def test_the_order_of_operands_places_nothing(formula, save, tmp_path):
    img = save("img.nii", RNG.normal(2, 1, SHAPE).astype("f4"))
    op = next(op for op in "-/*" if f" {op} " in formula)
    first, second = formula.split(f" {op} ")
    one, _ = computed(formula, {"img": img}, tmp_path)
    two, _ = computed(f"{second} {op} {first}", {"img": img}, tmp_path)
    np.testing.assert_allclose(one.affine, two.affine)


@pytest.mark.parametrize(
    ("formula", "dtype"),
    [
        ("atlas * mask", "float64"),
        ("np.where(mask > 0, atlas, np.nan)", "float64"),
        ("np.concatenate([atlas[..., None], atlas[..., None]], axis=-1) * 1.0", "float64"),
    ],
)
def test_large_ids_stay_whole(formula, dtype, save, tmp_path):
    ids = RNG.integers(2**24 + 1, 2**30, SHAPE).astype("i4") | 1
    mask = np.ones(SHAPE, "f4")
    mask[0] = 0
    files = {"atlas": save("atlas.nii", ids), "mask": save("mask.nii", mask)}
    files = {name: file for name, file in files.items() if name in formula}
    image, _ = computed(formula, files, tmp_path)
    assert image.get_data_dtype() == dtype
    np.testing.assert_array_equal(
        np.asarray(image.dataobj)[1:].astype("i8").reshape(3, 3, 5, -1)[..., 0], ids[1:]
    )


@pytest.mark.parametrize(
    "formula",
    [
        "bold * w",
        "bold - np.sum(bold * w, axis=-1)[..., None] * w",
        "np.average(bold, axis=-1, weights=w)",
    ],
)
def test_a_list_runs_along_t_where_z_is_as_long(formula, save, tmp_path):
    w = [0.1, 0.2, 0.3, 0.4, 0.5]
    along_t = {"bold": RUN.astype(float), "w": np.array(w), "np": np}
    expected = eval(formula, along_t)
    image, _ = computed(formula, {"bold": save("bold.nii", RUN), "w": w}, tmp_path)
    np.testing.assert_allclose(image.get_fdata(), expected, rtol=1e-5)


@pytest.mark.parametrize("trs", [(2, 3), (2, 2, 2.5), (3, 2, 2)])
def test_another_tr_within_a_list_is_noted(trs, save, tmp_path):
    runs = [save(f"r{k}.nii", RUN, tr=tr) for k, tr in enumerate(trs)]
    _, notes = computed("np.mean(runs, axis=-1)", {"runs": runs}, tmp_path)
    assert any(note.startswith("TR") and f"{trs[0]:g} s" in note for note in notes)


@pytest.mark.parametrize(
    ("formula", "dtype"),
    [
        ("np.sum(bold**2, axis=-1)", "int32"),
        ("bold * mask", "int16"),
        ("mask * mask", "uint8"),
        ("np.cumsum(mask, axis=0)", "uint8"),
    ],
)
def test_integers_get_a_type_that_holds_them(formula, dtype, save, tmp_path):
    bold = RNG.integers(-900, 900, (*SHAPE, 5)).astype("i2")
    mask = (RNG.random(SHAPE) > 0.5).astype("u1")
    files = {"bold": save("bold.nii", bold), "mask": save("mask.nii", mask)}
    files = {name: file for name, file in files.items() if name in formula}
    image, _ = computed(formula, files, tmp_path)
    aligned = {"bold": bold.astype("i8"), "mask": mask.astype("i8"), "np": np}
    if "bold * mask" in formula:
        aligned["mask"] = aligned["mask"][..., None]
    np.testing.assert_array_equal(image.get_fdata(), eval(formula, aligned))
    assert image.get_data_dtype() in (np.dtype(dtype), np.dtype("float64"))
    assert image.get_data_dtype() == dtype or "**2" in formula


@pytest.mark.parametrize("way", ["itself", "another spelling", "a link"])
def test_an_input_is_not_replaced(way, save, tmp_path, monkeypatch):
    img = save("img.nii", RUN)
    before = (tmp_path / "img.nii").read_bytes()
    target = {"itself": img, "another spelling": os.path.join(tmp_path, ".", "img.nii")}.get(
        way, str(tmp_path / "other.nii")
    )
    if way == "a link":
        os.symlink(img, target)
    with pytest.raises(MathImgError, match="overwrite=True"):
        math_img("img * 2", {"img": img}, target, copy_header_from="img")
    assert (tmp_path / "img.nii").read_bytes() == before
    math_img("img * 2", {"img": img}, target, copy_header_from="img", overwrite=True)
    np.testing.assert_allclose(nib.load(target).get_fdata(), RUN * 2, rtol=1e-6)


@pytest.mark.parametrize("mode", [0o664, 0o600, 0o640])
def test_a_replaced_file_keeps_its_mode(mode, save, tmp_path):
    target = tmp_path / "out.nii"
    target.write_bytes(b"old")
    target.chmod(mode)
    math_img("img", {"img": save("img.nii", RUN)}, target, copy_header_from="img")
    assert target.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("units", [("mm", "micron"), ("micron", "mm"), ("meter", "mm")])
def test_two_units_of_space_are_noted(units, save, tmp_path):
    files = {}
    for name, unit in zip("ab", units, strict=True):
        image = nib.load(save(f"{name}.nii", RUN[..., 0]))
        image.header.set_xyzt_units(unit)
        nib.save(
            nib.Nifti1Image(np.asarray(image.dataobj), None, image.header),
            f"{tmp_path}/{name}2.nii",
        )
        files[name] = f"{tmp_path}/{name}2.nii"
    _, notes = computed("a + b", files, tmp_path)
    assert any(note.startswith("units") and units[1] in note for note in notes)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2"])
def test_whole_numbers_are_labels_whatever_they_are_stored_as(dtype, save):
    labels = RNG.integers(0, 3, SHAPE)
    files = {"seg": save("seg.nii", labels.astype(dtype))}
    found = math_value("np.sum([0, 10, 20][seg])", files).value
    assert found == np.sum(np.array([0, 10, 20])[labels])


@pytest.mark.parametrize("extra", [0.5, 1e-3, np.nan])
def test_a_fraction_is_no_label(extra, save):
    labels = RNG.integers(0, 3, SHAPE).astype("f4")
    labels[1, 2, 3] = extra
    with pytest.raises(FormulaError, match="seg"):
        math_value("np.sum([0, 10, 20][seg])", {"seg": save("seg.nii", labels)})
