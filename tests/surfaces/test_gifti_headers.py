"""What becomes of the header of a GIFTI file: rules, refusals, parts, comparisons."""

import warnings

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import (
    FormulaError,
    GridError,
    HeaderError,
    HeaderWarning,
    ImageFileError,
    compare_headers,
    copy_header,
    math_img,
    math_value,
)
from nipype_mathimg.images.headers.gifti.rules import RULES
from tests.images.gifti_samples import data_array, document
from tests.surfaces.gifti_files import BOLD, PARC, THICK, read, save

SERIES, SHAPE, LABEL, NONE, ZSCORE = 2001, 2005, 1002, 0, 5


def made(gifti, folder, formula, ending=".func.gii", donor="", **options):
    """Return the image of nibabel and the notes by their topics."""
    named = {name: path for name, path in gifti.items() if name in formula.split("#")[0]}
    donor = donor or next(iter(named))
    out = folder / f"out{ending}"
    found = math_img(formula, named, out, copy_header_from=donor, **options)
    image = nib.load(out)
    assert image.meta["AnatomicalStructurePrimary"] == "CortexLeft"
    return image, {note.topic: note.message for note in found.notes}


def names(image):
    return [one.meta.get("Name") for one in image.darrays]


def steps(image):
    return {one.meta.get("TimeStep") for one in image.darrays}


# Formula, suffix, donor -> intent, names (None: not looked at), TimeStep, part of a note.
RULE_CASES = [
    ("bold * 2", ".func.gii", "", SERIES, None, "720.000000", None),
    ("bold > 900", ".func.gii", "", SERIES, None, "720.000000", None),
    ("bold[..., 2:3]", ".func.gii", "", SERIES, None, "720.000000", None),
    ("bold[..., ::-1]", ".func.gii", "", SERIES, None, "720.000000", None),
    ("bold[..., 1::3]", ".func.gii", "", SERIES, None, "2160.000000", ("TimeStep", "cut")),
    ("bold[..., [0, 1, 5]]", ".func.gii", "", SERIES, None, None, ("TimeStep", "evenly")),
    ("bold[..., 2]", ".func.gii", "", NONE, ["t = 1440"], None, None),
    ("np.mean(bold, axis=-1)", ".shape.gii", "", NONE, ["mean"], None, ("Name", "'mean'")),
    ("np.median(bold, axis=-1)", ".shape.gii", "", NONE, ["median"], None, ("Name", "gone")),
    (
        "np.mean(bold, axis=-1) / 2", ".shape.gii", "", NONE, ["np.mean(bold, axis=-1) / 2"], None,
        ("Name", "gone"),
    ),
    ("-thick", ".shape.gii", "", SHAPE, ["thickness"], None, None),
    ("thick > 2", ".shape.gii", "", NONE, ["thickness"], None, ("Intent", "SHAPE")),
    ("thick - sulc", ".shape.gii", "", SHAPE, ["thick - sulc"], None, ("Name", "thickness")),
    ("rois * 2", ".shape.gii", "", NONE, ["a", "b", "c"], None, None),
    ("rois[..., 1]", ".shape.gii", "", NONE, ["b"], None, None),
    ("rois[..., [2, 0]]", ".shape.gii", "", NONE, ["c", "a"], None, None),
    (
        "np.stack([thick, sulc], axis=-1)", ".shape.gii", "", NONE,
        ["np.stack([thick, sulc], axis=-1) 1", "np.stack([thick, sulc], axis=-1) 2"], None, None,
    ),
    ("parc", ".label.gii", "", LABEL, ["atlas"], None, None),
    ("np.where(parc == 2, 1, 0)", ".label.gii", "", LABEL, ["atlas"], None, None),
    ("parc", ".shape.gii", "", NONE, ["atlas"], None, ("LabelTable", "left out")),
    ("parc == 2", ".shape.gii", "", NONE, ["atlas"], None, ("LabelTable", "left out")),
    ("zmap", ".func.gii", "", ZSCORE, ["z"], None, None),
    ("zmap * 2", ".func.gii", "", NONE, ["z"], None, ("Intent", "ZSCORE")),
    ("bold * thick", ".func.gii", "bold", SERIES, None, "720.000000", None),
    ("bold * thick", ".func.gii", "thick", SERIES, [None] * 8, None, None),
]  # fmt: skip


@pytest.mark.parametrize("case", RULE_CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2]}")
def test_rules(gifti, tmp_path, case):
    formula, ending, donor, intent, expected, step, note = case
    image, notes = made(gifti, tmp_path, formula, ending, donor)
    assert {one.intent for one in image.darrays} == {intent}
    assert expected is None or names(image) == expected
    assert steps(image) == {step}
    assert bool(image.labeltable.labels) == (intent == LABEL)
    if note is None:
        assert not notes.keys() & {"Name", "Intent", "LabelTable", "TimeStep"}
    else:
        assert note[1] in notes[note[0]]


def test_every_rule_has_a_case_that_needs_it(gifti, tmp_path, monkeypatch):
    from nipype_mathimg.images.headers.gifti import derive

    for rule in RULES:
        if rule.__name__ == "drop_history":
            continue  # it has a test of its own
        monkeypatch.setattr(derive, "RULES", tuple(one for one in RULES if one is not rule))
        assert any(fails(gifti, tmp_path, case) for case in RULE_CASES), rule.__name__


def fails(gifti, folder, case):
    try:
        test_rules(gifti, folder, case)
    except (AssertionError, HeaderError):
        return True
    return False


def test_the_table_of_labels_keeps_keys_names_and_colours(gifti, tmp_path):
    image, _ = made(gifti, tmp_path, "parc * 1", ".label.gii")
    assert image.darrays[0].data.dtype == np.int32
    theirs = nib.load(gifti["parc"]).labeltable
    assert image.labeltable.get_labels_as_dict() == theirs.get_labels_as_dict()
    assert [one.rgba for one in image.labeltable.labels] == [one.rgba for one in theirs.labels]


def test_metadata_of_the_file_are_kept_but_for_its_history(gifti, tmp_path):
    entries = {"Provenance": "wb_command -x", "ProgramProvenance": "1.5", "WorkingDirectory": "/a"}
    path = save(tmp_path / "p.shape.gii", THICK, "NIFTI_INTENT_SHAPE", UserName="me", **entries)
    math_img("a * 2", {"a": path}, tmp_path / "b.shape.gii", copy_header_from="a")
    found = dict(nib.load(tmp_path / "b.shape.gii").meta)
    assert found == {
        "AnatomicalStructurePrimary": "CortexLeft",
        "UserName": "me",
        "ParentProvenance": "wb_command -x",
    }
    math_img("a", {"a": path}, tmp_path / "c.shape.gii", copy_header_from="a")
    assert dict(nib.load(tmp_path / "c.shape.gii").meta) == dict(nib.load(path).meta)


def test_a_new_header_has_the_surface_and_the_series_only(gifti, tmp_path):
    with pytest.warns(HeaderWarning, match="metadata UserName"):
        math_img("bold * 2", {"bold": gifti["bold"]}, tmp_path / "a.func.gii")
    image = nib.load(tmp_path / "a.func.gii")
    assert dict(image.meta) == {"AnatomicalStructurePrimary": "CortexLeft"}
    assert (steps(image), {one.intent for one in image.darrays}) == ({"720.000000"}, {SERIES})
    with pytest.warns(HeaderWarning, match=r"names atlas, intent LABEL, table of 4 labels"):
        math_img("parc * 2", {"parc": gifti["parc"]}, tmp_path / "b.shape.gii")


def test_a_step_that_is_asked_for(gifti, tmp_path):
    image, notes = made(gifti, tmp_path, "bold * 2", tr=2.0)
    assert steps(image) == {"2.000000"}
    assert "asked" in notes["TimeStep"]


def test_what_differs_between_inputs_is_noted(gifti, tmp_path):
    _, notes = made(gifti, tmp_path, "bold - slow")
    assert "TimeStep 720 and 'slow' 2000" in notes["TimeStep"]
    inputs = {"a": gifti["nowhere"], "b": gifti["nowhere"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)
        found = math_img("a - b", inputs, tmp_path / "a.shape.gii")
    assert any("60 vertices alone" in note.message for note in found.notes)


def test_dtypes_are_those_of_the_format(gifti, tmp_path):
    for formula, dtype in {
        "bold * 2": "float32", "thick > 2": "uint8", "parc - 5": "int32",
        "parc * 1.5": "float32", "parc * 2 ** 40": "float32",
    }.items():  # fmt: skip
        image, notes = made(gifti, tmp_path, formula)
        assert {one.data.dtype for one in image.darrays} == {np.dtype(dtype)}
        assert ("dtype" in notes) == (formula == "parc * 2 ** 40")
    for dtype in ("int16", "float64", "complex64"):
        with pytest.raises(HeaderError, match=f"uint8, int32, float32, not {dtype}"):
            made(gifti, tmp_path, "bold * 2", dtype=dtype)
    # Programs write it, though the format does not have it.
    wide = tmp_path / "w.func.gii"
    wide.write_text(document(data_array(BOLD.astype("f8"), "NIFTI_INTENT_TIME_SERIES")))
    found = math_img("a * 2", {"a": wide}, tmp_path / "x.func.gii", copy_header_from="a")
    assert [note.topic for note in found.notes] == ["dtype"]
    math_img("a", {"a": wide}, tmp_path / "y.func.gii", copy_header_from="a", dtype="header")
    assert read(tmp_path / "y.func.gii")[1].dtype == np.float32


REFUSED = [
    ("thick - right", ".shape.gii", GridError, "CortexLeft of 60 .* CortexRight of 60"),
    ("thick - small", ".shape.gii", GridError, "60 vertices and CortexLeft of 50"),
    ("rois * bold", ".func.gii", FormulaError, "`rois` has several maps, and `bold` several"),
    ("np.mean(bold, axis=0)", ".func.gii", HeaderError, "no vertex axis"),
    ("bold[:10]", ".func.gii", HeaderError, "no vertex axis.*cut"),
    ("bold[::-1]", ".func.gii", HeaderError, "no vertex axis.*another order"),
    ("np.cumsum(bold, axis=0)", ".func.gii", FormulaError, "vertices are no neighbours"),
    ("np.gradient(bold, axis=0)", ".func.gii", FormulaError, "np.gradient goes from one element"),
    ("np.fft.fft(bold, axis=0)", ".func.gii", FormulaError, "only a list says where each lies"),
    ("bold.T", ".func.gii", HeaderError, "axes of the result are t, vertex"),
    ("bold", ".nii.gz", ImageFileError, r"Name it .*out\.func\.gii"),
    ("bold", ".dtseries.nii", ImageFileError, r"Name it .*out\.func\.gii"),
    ("bold", ".shape.gii", ImageFileError, r"surface series .*Name it .*out\.func\.gii"),
    ("bold", ".func.gii.gz", ImageFileError, "compressed already"),
    ("thick", ".nii", ImageFileError, r"surface maps .*Name it .*out\.shape\.gii"),
    ("parc + 0.5", ".label.gii", HeaderError, "labels are whole numbers"),
    ("mask", ".label.gii", HeaderError, "that copy_header_from names has none"),
    ("parc * 2", ".label.gii", ImageFileError, "the value 4 is no key of the table"),
    ("np.fft.rfft(bold, axis=-1)", ".func.gii", HeaderError, "not complex64"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[0]} {case[1]}")
def test_refusals(gifti, tmp_path, case):
    formula, ending, error, message = case
    with pytest.raises(error, match=message):
        made(gifti, tmp_path, formula, ending)
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_list_are_of_one_surface(gifti):
    for other, message in {
        "right": "CortexLeft of 60 vertices and CortexRight",
        "small": r"share one grid.*\(60,\).*\(50,\)",
    }.items():
        with pytest.raises(GridError, match=message):
            math_value("np.mean(a)", {"a": [gifti["thick"], gifti[other]]})


def test_a_volume_meets_no_surface(gifti, tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((60, 1, 1), "f4"), np.eye(4)), tmp_path / "a.nii")
    with pytest.raises(GridError, match=r"CortexLeft of 60 vertices.*no elements in common"):
        math_value("np.mean(a * b)", {"b": gifti["thick"], "a": str(tmp_path / "a.nii")})


def test_regions_of_a_label_file(gifti, tmp_path):
    inputs = {name: gifti[name] for name in ("bold", "thick", "parc")}
    means = [THICK[k == PARC].mean(dtype=float) for k in (1, 2, 3)]
    pair = {"thick": inputs["thick"], "parc": inputs["parc"]}
    found = math_value("np.mean(thick, by=parc)", pair).value
    np.testing.assert_allclose(found, means, rtol=1e-6)
    level = math_value("np.mean(thick[parc == 3])", pair).value
    assert level == pytest.approx(means[2])
    out = tmp_path / "a.func.gii"
    series = {"bold": inputs["bold"], "parc": inputs["parc"]}
    math_img("np.mean(bold, by=parc)[parc]", series, out, copy_header_from="bold")
    expected = np.zeros_like(BOLD)
    for k in (1, 2, 3):
        expected[k == PARC] = BOLD[k == PARC].mean(axis=0)
    np.testing.assert_allclose(read(out)[1], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("parts", "kept", "taken"),
    [
        (["all"], "", "name step metadata"),
        (["names"], "step metadata", "name"),
        (["time"], "name metadata", "step"),
        (["metadata"], "name step", "metadata"),
        (["names", "time"], "metadata", "name step"),
    ],
)
def test_parts_of_a_header(tmp_path, parts, kept, taken):
    series = "NIFTI_INTENT_TIME_SERIES"
    own = save(tmp_path / "a.func.gii", BOLD, series, list("abcdefgh"), step=1, Who="me")
    other = save(tmp_path / "b.func.gii", BOLD * 2, series, list("ABCDEFGH"), step=2, Who="you")
    copy_header(own, other, tmp_path / "c.func.gii", parts=parts)
    image, found = read(tmp_path / "c.func.gii")
    np.testing.assert_array_equal(found, BOLD)
    values = {
        "name": names(image)[0], "step": float(steps(image).pop()), "metadata": image.meta["Who"],
    }  # fmt: skip
    ours = {"name": "a", "step": 1, "metadata": "me"}
    theirs = {"name": "A", "step": 2, "metadata": "you"}
    assert values == {key: (ours if key in kept.split() else theirs)[key] for key in values}
    assert set(kept.split()) | set(taken.split()) == set(values)


def test_parts_that_do_not_fit(gifti, tmp_path):
    out = tmp_path / "a.shape.gii"
    with pytest.raises(HeaderError, match=r"xform.*no part of the header of a surface"):
        copy_header(gifti["thick"], gifti["sulc"], out, parts=["xform"])
    with pytest.raises(HeaderError, match="CortexRight"):
        copy_header(gifti["thick"], gifti["right"], out)
    found = copy_header(gifti["thick"], gifti["rois"], out, parts=["names"])
    assert "the donor has 3 arrays" in found.notes[0].message


def test_headers_are_compared(gifti):
    assert compare_headers(gifti["bold"], gifti["bold"]).same
    found = compare_headers(gifti["bold"], gifti["slow"])
    fields = [one.field for one in found.differences]
    assert fields[0] == "UserName"
    assert fields[1:] == [f"array {k + 1} TimeStep" for k in range(8)]
    other = compare_headers(gifti["thick"], gifti["right"])
    assert not other.same
    assert "grids: CortexLeft of 60 vertices and CortexRight of 60 vertices" in str(other)
    labels = compare_headers(gifti["parc"], gifti["mask"]).differences
    assert ("label 1", "V1 Red 1 Green 0.5 Blue 0 Alpha 1", "(none)") in labels
    with pytest.raises(HeaderError, match="nothing in common"):
        compare_headers(gifti["thick"], str(nib.__path__[0]) + "/tests/data/example4d.nii.gz")


def test_the_table_of_workbench_that_has_no_labels_goes_without_a_note(tmp_path):
    """It writes one with the entry "???" into files of metrics, too."""
    path = tmp_path / "m.shape.gii"
    save(path, THICK, "NIFTI_INTENT_NORMAL", labels=[(0, "???")])
    result = math_img("m * 2", {"m": path}, tmp_path / "o.shape.gii", copy_header_from="m")
    assert not any(note.topic == "LabelTable" for note in result.notes)
    assert not read(tmp_path / "o.shape.gii")[0].labeltable.labels
