"""The header of a CIFTI-2 result: one row for each rule, by what nibabel reads of it."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import compare_headers, copy_header, math_img
from nipype_mathimg.errors import HeaderError, HeaderWarning, ImageFileError, MathImgError
from tests.surfaces import made
from tests.surfaces.test_cifti_bad_files import field, with_xml

START, STEP, TIMES = made.START, made.STEP, made.TIMES
PROVENANCE = {
    "Provenance": "wb_command -cifti-smoothing",
    "WorkingDirectory": "/somewhere",
    "ProgramProvenance": "1.5.0",
    "ParentProvenance": "older",
    "Kept": "a <value> & more",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    found = made.write_all(folder)
    found["told"] = made.save(
        *(folder / "told.dtseries.nii", made.ARRAYS["a"], made.SERIES, made.MODELS),
        metadata=PROVENANCE,
    )
    hertz = nib.cifti2.SeriesAxis(0, 0.01, made.TIMES, "HERTZ")
    others = {
        "hertz": hertz,
        "fine": nib.cifti2.SeriesAxis(0, 0.02, made.TIMES, "HERTZ"),
        "high": nib.cifti2.SeriesAxis(1, 0.01, made.TIMES, "HERTZ"),
        "slow": nib.cifti2.SeriesAxis(0, 2.0, made.TIMES),
        "milli": nib.cifti2.SeriesAxis(1000 * START, 1000 * STEP, made.TIMES),
    }
    for name, series in others.items():
        found[name] = made.save(
            folder / f"{name}.dtseries.nii", made.ARRAYS["b"], series, made.MODELS
        )
    exponent = (b'SeriesExponent="0"', b'SeriesExponent="-3"')
    with_xml(found["milli"], lambda xml: xml.replace(*exponent))
    palette = b"<MetaData><MD><Name>PaletteColorMapping</Name><Value>red</Value></MD></MetaData>"
    maps = (b"<MapName>map</MapName>", b"<MapName>map</MapName>" + palette)
    for name in ("painted", "scaled"):
        path = folder / f"{name}.dscalar.nii"
        axes = (nib.cifti2.ScalarAxis(["map"]), made.MODELS)
        found[name] = made.save(path, made.numbers(1, made.PLACES, dtype="i2"), *axes)
        with_xml(path, lambda xml: xml.replace(b"<MetaData />", b"").replace(*maps))
    field("scl_slope", 0.25)(found["scaled"])
    table = {**made.TABLE, 9: ("nothing", (1.0, 1.0, 1.0, 1.0))}
    labels = nib.cifti2.LabelAxis(["atlas"], [table])
    found["wide"] = made.save(folder / "wide.dlabel.nii", made.LABELLED, labels, made.MODELS)
    return found


def result(files, folder, formula, suffix, donor, **options):
    from nipype_mathimg.formula.program import input_names

    names = [*input_names(formula), *([donor] if donor else [])]
    found = math_img(
        formula,
        {name: files[name] for name in names},
        folder / f"out{suffix}",
        copy_header_from=donor,
        **options,
    )
    return nib.load(found.out_file), [str(note) for note in found.notes]


def series(image):
    axis = image.header.get_axis(0)
    return round(axis.start, 6), round(axis.step, 6), axis.unit, axis.size


def names(image):
    return list(image.header.get_axis(0).name)


ROWS = [
    # formula, suffix, donor, what is asked of the image, the answer, a part of a note
    ("a * 2", ".dtseries.nii", "a", series, (START, STEP, "SECOND", TIMES), None),
    ("a[..., 2:]", ".dtseries.nii", "a", series, (5.04, STEP, "SECOND", 5), "start 3.6 became"),
    ("a[..., 1::3]", ".dtseries.nii", "a", series, (4.32, 2.16, "SECOND", 2), "step 0.72 2.16"),
    ("a[..., ::-1]", ".dtseries.nii", "a", series, (START, STEP, "SECOND", TIMES), "forward"),
    ("a[..., 2:3]", ".dtseries.nii", "a", series, (5.04, STEP, "SECOND", 1), "start"),
    ("hertz * 2", ".dtseries.nii", "hertz", series, (0, 0.01, "HERTZ", TIMES), None),
    ("w * a", ".dtseries.nii", "w", series, (START, STEP, "SECOND", TIMES), None),
    ("np.mean(a, axis=-1)", ".dscalar.nii", "a", names, ["mean"], "named 'mean'"),
    ("np.nanstd(a, axis=-1)", ".dscalar.nii", "a", names, ["nanstd"], None),
    ("np.mean(a, axis=-1) * 2", ".dscalar.nii", "a", names, ["np.mean(a, axis=-1) * 2"], None),
    ("a[..., 2]", ".dscalar.nii", "a", names, ["t = 5.04 s"], None),
    ("a[..., 1:][..., 1]", ".dscalar.nii", "a", names, ["t = 5.04 s"], None),
    ("abs(w)", ".dscalar.nii", "w", names, ["weights"], None),
    ("w - v", ".dscalar.nii", "w", names, ["w - v"], "named"),
    ("maps * 2", ".dscalar.nii", "maps", names, ["one", "two", "three"], None),
    ("maps[..., [2, 0]]", ".dscalar.nii", "maps", names, ["three", "one"], None),
    ("maps[..., 1]", ".dscalar.nii", "maps", names, ["two"], None),
    ("maps[..., 0] - maps[..., 1]", ".dscalar.nii", "maps", names,
     ["maps[..., 0] - maps[..., 1]"], None),
    ("np.stack([w, v], axis=-1)", ".dscalar.nii", "w", names,
     ["np.stack([w, v], axis=-1) 1", "np.stack([w, v], axis=-1) 2"], None),
    ("labels > 0", ".dscalar.nii", "labels", names, ["atlas"], "table of labels is dropped"),
    ("labels", ".dlabel.nii", "labels", lambda image: image.header.get_axis(0).label[0],
     made.TABLE, None),
    ("told * 2", ".dtseries.nii", "told", lambda image: dict(image.header.matrix.metadata),
     {"Kept": "a <value> & more", "ParentProvenance": "wb_command -cifti-smoothing"},
     "Provenance, ProgramProvenance, WorkingDirectory dropped"),
    ("told[..., 1:]", ".dtseries.nii", "told", lambda image: dict(image.header.matrix.metadata),
     PROVENANCE, None),
    ("a > 0", ".dtseries.nii", "a", lambda image: image.get_data_dtype(), np.uint8, None),
    ("short + 1", ".dtseries.nii", "short", lambda image: image.get_data_dtype(), np.int32, None),
    ("a * 2", ".dtseries.nii", "a", lambda image: image.nifti_header["xyzt_units"].item(), 10,
     None),
    ("a * 2", ".dtseries.nii", "a", lambda image: image.header.get_axis(1), made.MODELS, None),
    ("pt * 2", ".ptseries.nii", "pt", lambda image: image.header.get_axis(1), made.PARCELS, None),
    ("a - slow", ".dtseries.nii", "a", series, (START, STEP, "SECOND", TIMES), "at 0 s"),
    ("a - slow", ".dtseries.nii", "a", series, (START, STEP, "SECOND", TIMES), "of 2 s"),
    ("hertz - fine", ".dtseries.nii", "hertz", series, (0, 0.01, "HERTZ", TIMES),
     "hertz' has a step of 0.01 Hz and 'fine' has a step of 0.02 Hz; their frequencies"),
    ("hertz - high", ".dtseries.nii", "hertz", series, (0, 0.01, "HERTZ", TIMES),
     "'hertz' begins at 0 Hz and 'high' begins at 1 Hz"),
    ("hertz[..., 2]", ".dscalar.nii", "hertz", names, ["t = 0.02 Hz"], None),
    ("milli * 2", ".dtseries.nii", "milli", series, (START, STEP, "SECOND", TIMES), None),
    ("milli[..., 2:]", ".dtseries.nii", "milli", series, (5.04, STEP, "SECOND", 5),
     "start 3600 became 5040"),
    ("milli[..., 2]", ".dscalar.nii", "milli", names, ["t = 5.04 s"], None),
    ("milli - a", ".dtseries.nii", "milli", series, (START, STEP, "SECOND", TIMES), None),
    ("scaled * 1", ".dscalar.nii", "scaled",
     lambda image: (image.dataobj.slope, image.dataobj.inter), (1.0, 0.0), None),
    ("painted * 2", ".dscalar.nii", "painted",
     lambda image: dict(image.header.get_index_map(0)[0].metadata), {"PaletteColorMapping": "red"},
     None),
    ("painted > 0", ".dscalar.nii", "painted", names, ["map"], None),
    ("np.mean(b, by=labels)", ".ptseries.nii", "b",
     lambda image: list(image.header.get_axis(1).name), [f"area {k}" for k in range(4)],
     "the parcels are not the donor's"),
    ("np.mean(b, by=wide)", ".ptseries.nii", "b",
     lambda image: np.isnan(image.get_fdata()).all(0).tolist(), [False] * 4 + [True],
     "labels that no grayordinate has: 9 (nothing)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "suffix", "donor", "asked", "answer", "note"),
    ROWS,
    ids=[f"{row[0]}-{k}" for k, row in enumerate(ROWS)],
)
def test_rules(tmp_path, files, formula, suffix, donor, asked, answer, note):
    image, notes = result(files, tmp_path, formula, suffix, donor)
    assert asked(image) == answer
    if note is not None:
        assert note in " ".join(notes)


REFUSED = [
    ("a - hertz", ".dtseries.nii", "one series is in SECOND and the other in HERTZ"),
    ("labels + 5", ".dlabel.nii", "is no key of the table of labels"),
    ("labels * 0.5", ".dlabel.nii", "labels are whole numbers"),
    ("w > 0", ".dlabel.nii", "needs a table"),
    ("a * 2", ".dscalar.nii", r"Name it .*out\.dtseries\.nii"),
    ("np.mean(a, axis=-1)", ".dtseries.nii", r"Name it .*out\.dscalar\.nii"),
    ("a * 2", ".nii.gz", r"Name it .*out\.dtseries\.nii"),
    ("a * 2", ".dtseries.nii.gz", r"Name it .*/out\.dtseries\.nii"),
    ("dconn * 2", ".dpconn.nii", r"Name it .*/out\.dconn\.nii"),
    ("dpconn * ps", ".dpconn.nii", "a value for each region and `dpconn` one for each grayord"),
    ("dpconn + dconn", ".dpconn.nii", "The seed parcel axis of `dpconn` meets the seed axis"),
    ("dpconn.T", ".dpconn.nii", "has the axes seed parcel, grayordinate"),
    ("plabels + 5", ".plabel.nii", r"(?s)no key of the table.*name the file \.pscalar\.nii"),
    ("ps > 10", ".plabel.nii", r"or name the result \.pscalar\.nii instead of \.plabel\.nii"),
    ("pt * 2", ".dtseries.nii", r"Name it .*out\.ptseries\.nii"),
    ("np.mean(a, axis=0)", ".dscalar.nii", "use math_value|Use math_value"),
    ("a[:10]", ".dtseries.nii", "all of them and in their order"),
    ("a[::-1]", ".dtseries.nii", "all of them and in their order"),
    ("a.T", ".dtseries.nii", "grayordinates or parcels first"),
    ("dconn.T", ".dconn.nii", "grayordinates or parcels first"),
    ("a * 1j", ".dtseries.nii", "holds no complex numbers"),
    (
        "a + dconn",
        ".dtseries.nii",
        r"(?s)The t axis of .* meets the seed axis.*a: 104 x 7 float32",
    ),
    ("pt[1:]", ".ptseries.nii", "a part of the parcels"),
]


@pytest.mark.parametrize(("formula", "suffix", "message"), REFUSED)
def test_what_has_no_right_header_is_refused(tmp_path, files, formula, suffix, message):
    donor = formula.split()[0].strip("-(").split("[")[0].split(".")[0]
    donor = "a" if donor == "np" else donor
    with pytest.raises(MathImgError, match=message):
        result(files, tmp_path, formula, suffix, donor)
    assert not list(tmp_path.iterdir())


def test_a_new_header_has_axes_and_series_and_says_what_is_lost(tmp_path, files):
    with pytest.warns(HeaderWarning, match="metadata Provenance"):
        image, _ = result(files, tmp_path, "told * 2", ".dtseries.nii", None)
    assert series(image) == (START, STEP, "SECOND", TIMES)
    assert image.header.get_axis(1) == made.MODELS
    assert not image.header.matrix.metadata
    with pytest.warns(HeaderWarning, match="map names 'one', 'two', 'three'"):
        result(files, tmp_path, "maps * 2", ".dscalar.nii", None)


def test_tr_sets_the_step(tmp_path, files):
    image, notes = result(files, tmp_path, "a * 2", ".dtseries.nii", "a", tr=1.5)
    assert series(image) == (START, 1.5, "SECOND", TIMES)
    assert "step set to 1.5 s" in " ".join(notes)


def test_the_dense_map_is_copied_byte_for_byte(tmp_path, files):
    result(files, tmp_path, "a * 2", ".dtseries.nii", "a")
    begin, end = b"<BrainModel", b"</Matrix>"
    texts = [path.read_bytes() for path in (files["a"], tmp_path / "out.dtseries.nii")]
    dense = [text[text.index(begin) : text.index(end)] for text in texts]
    assert dense[0] == dense[1]


def test_a_program_with_several_results_and_lists_of_files(tmp_path, files):
    found = math_img(
        "mean = np.mean(b, axis=-1); tsnr = mean / np.std(b, axis=-1); g = np.mean(b, axis=0)",
        {"b": [files["b"], files["b"]]},
        outputs={
            "mean": tmp_path / "m.dscalar.nii",
            "tsnr": tmp_path / "t.dscalar.nii",
            "g": None,
        },
        copy_header_from="b",
    )
    b = np.concatenate([made.ARRAYS["b"].astype(float)] * 2)
    np.testing.assert_allclose(nib.load(found["tsnr"]).get_fdata()[0], b.mean(0) / b.std(0), 1e-5)
    np.testing.assert_allclose(found["g"], b.mean(1), rtol=1e-6)
    maps = math_img(
        "maps * 1",
        {"maps": [files["w"], files["v"]]},
        tmp_path / "two.dscalar.nii",
        copy_header_from="maps",
    )
    assert names(nib.load(maps.out_file)) == ["weights", "values"]
    more = math_img(
        "maps * 1",
        {"maps": [files["maps"], files["w"]]},
        tmp_path / "four.dscalar.nii",
        copy_header_from="maps",
    )
    expected = np.concatenate([made.ARRAYS["maps"], made.ARRAYS["w"]])
    np.testing.assert_array_equal(nib.load(more.out_file).dataobj, expected)


def test_copied_and_compared_headers(tmp_path, files):
    out = tmp_path / "out.dtseries.nii"
    copy_header(files["slow"], files["told"], out, parts=["time", "metadata"])
    assert series(nib.load(out)) == (START, STEP, "SECOND", TIMES)
    assert dict(nib.load(out).header.matrix.metadata) == PROVENANCE
    np.testing.assert_array_equal(nib.load(out).dataobj, made.ARRAYS["b"])
    assert compare_headers(out, files["told"]).same
    found = compare_headers(files["slow"], files["told"])
    assert {row.field for row in found.differences} >= {"series step", "metadata Kept"}
    assert found.displacement_mm == 0
    with pytest.raises(HeaderError, match="no part of the header of a CIFTI file"):
        copy_header(files["slow"], files["a"], out, parts=["xform"])
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), "f4"), np.eye(4)), tmp_path / "v.nii")
    with pytest.raises(HeaderError, match="a CIFTI file and the other a volume"):
        compare_headers(files["a"], tmp_path / "v.nii")
    with pytest.raises((HeaderError, ImageFileError)):
        copy_header(files["a"], files["pt"], tmp_path / "x.dtseries.nii")
