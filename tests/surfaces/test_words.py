"""Messages and notes call the elements of a surface what they are, and say what to do there."""

from __future__ import annotations

import re

import pytest

from nipype_mathimg import math_img, math_value
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.formula.program import input_names
from tests.surfaces import made


@pytest.fixture(scope="module")
def files(gifti, tmp_path_factory):
    """Paths by what they are called in the formulas of each kind of file."""
    cifti = made.write_all(tmp_path_factory.mktemp("words"))
    return {
        "cifti": {"bold": cifti["b"], "img": cifti["w"], "atlas": cifti["labels"]},
        "gifti": {"bold": gifti["bold"], "img": gifti["thick"], "atlas": gifti["parc"]},
    }


MANY = {"cifti": "grayordinates", "gifti": "vertices"}
ONE = {"cifti": "grayordinate", "gifti": "vertex"}
COMMAND = {"cifti": "wb_command -cifti-", "gifti": "wb_command -metric-"}
ELSEWHERE = {"cifti": "by `wb_command -cifti-separate`", "gifti": "before it is mapped"}

# Formula, and what is said: {many}, {one}, {command} and {elsewhere} are those of the kind.
REFUSED = {
    "ndimage.gaussian_filter(img, 2)": "{many} are no neighbours.*use `{command}smoothing`",
    "ndimage.gaussian_filter(img, fwhm=6*mm)": "use `{command}smoothing`",
    "ndimage.gaussian_filter(img, 2, axes=(0,))": "use `{command}smoothing`",
    "ndimage.uniform_filter(bold, 3, axes=(0, 1))": "use `{command}smoothing`",
    "smooth_in(img, img > 0, fwhm=6*mm)": "use `{command}smoothing`",
    "ndimage.binary_erosion(img > 0)": "use `{command}erode`",
    "ndimage.binary_dilation(img > 0, ball(2))": "use `{command}dilate`",
    "fill_zeros(img)": "use `{command}dilate`",
    "ndimage.label(img)": "use `{command}find-clusters`",
    "largest(img > 0)": "use `{command}find-clusters`",
    "components(img > 0)": "use `{command}find-clusters`",
    "remove_small(img > 0, voxels=20)": "use `{command}find-clusters`",
    "remove_small(img > 0, volume=20)": "use `{command}find-clusters`",
    "np.gradient(img, axis=0)": "as in axis=-1, or use `{command}gradient`",
    "ndimage.median_filter(img, 3)": "{many} are no neighbours.*{elsewhere}",
    "ndimage.shift(img, 1)": "{elsewhere}",
    "mirror(img, 0)": "{elsewhere}",
    "np.cumsum(img)": "{many} are no neighbours.*{elsewhere}",
    "img.x": "does not say where its {many} lie; take it of an image with x, y and z",
    "img.i": "where its {many} lie",
    "img.zooms": "where its {many} lie",
    "img.voxel_volume": "where its {many} lie",
    "ndimage.center_of_mass(img)": "where its {many} lie",
    "img[img > 0]": "How many {many} a mask selects",
    "img[img > 0] + img[img > 1]": "{many} selected by .* meet others",
    "img[img > 0] + img": "selection of {many} meets",
    "img[img > 0][0]": "selection of {many} cannot be indexed",
    "np.mean(img[img > 0], keepdims=True)": "keepdims is not possible for a selection of {many}",
    "img - np.max(img[img > 1e9])": "nothing is selected, so there is no extreme",
    "img - np.median(img[img > 1e9])": "nothing is selected, so there is no percentile",
    "np.mean(img, by=bold)": "Labels are one for each {one}, .* one of its time points",
    "bold * [1, 2, 3]": "where `bold` has . time points",
    "bold[..., :3] - bold[..., :4]": "has 3 time points and .* has 4",
    "regress(bold, [[1], [2]])": "2 rows and `bold` has . time points",
    "bandpass(bold, 0.01, 0.1, tr=2)": "needs at least .* time points",
    "max(img)": "does not look into images",
}


@pytest.mark.parametrize("kind", ["cifti", "gifti"])
@pytest.mark.parametrize("formula", REFUSED)
def test_what_is_refused_is_told_in_the_words_of_the_file(files, tmp_path, kind, formula):
    words = {"many": MANY, "one": ONE, "command": COMMAND, "elsewhere": ELSEWHERE}
    expected = REFUSED[formula].format(**{name: row[kind] for name, row in words.items()})
    inputs = {name: files[kind][name] for name in input_names(formula)}
    with pytest.raises(MathImgError) as caught:
        math_img(
            formula,
            inputs,
            tmp_path / {"cifti": "o.dscalar.nii", "gifti": "o.shape.gii"}[kind],
            copy_header_from=next(iter(inputs)),
        )
    said = str(caught.value).split("\n\n    ")[0]
    assert re.search(expected, said, re.IGNORECASE), said
    if "separate" not in said:
        assert not re.search("voxel(?!_)|volumes", said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["cifti", "gifti"])
def test_notes_and_misfits_are_told_in_the_words_of_the_file(files, tmp_path, kind):
    out = tmp_path / {"cifti": "o.dscalar.nii", "gifti": "o.shape.gii"}[kind]
    inputs = {"img": files[kind]["img"]}
    notes = math_img("img / (img * 0)", inputs, out, copy_header_from="img").notes
    assert any(f"{MANY[kind]} (100 %) are NaN" in note.message for note in notes)
    with pytest.raises(MathImgError, match=rf"at {ONE[kind]} \(\d+,\) does not fit"):
        math_img(
            "img * 0 + 300", inputs, out, copy_header_from="img", overwrite=True, dtype="uint8"
        )
    (note,) = math_value("np.mean(img[img > 1e9])", inputs).notes
    assert "of nothing there is no mean" in note.message


@pytest.mark.parametrize("kind", ["cifti", "gifti"])
@pytest.mark.parametrize("name", ["mean", "sum", "maximum", "standard_deviation", "median"])
def test_measurements_of_labels_need_no_neighbours(files, kind, name):
    """SciPy's functions of labelled elements are those of NumPy on each region."""
    inputs = {name: files[kind][name] for name in ("img", "atlas")}
    found = math_value(f"ndimage.{name}(img, atlas, [1, 3])", inputs).value
    theirs = {"maximum": "max", "standard_deviation": "std"}.get(name, name)
    for label, value in zip((1, 3), found, strict=True):
        expected = math_value(f"np.{theirs}(img[atlas == {label}])", inputs).value
        assert value == pytest.approx(expected, rel=1e-6)
    whole = math_value(f"ndimage.{name}(img)", {"img": inputs["img"]}).value
    assert whole == math_value(f"np.{theirs}(img)", {"img": inputs["img"]}).value
