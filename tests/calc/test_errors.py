"""Wrong inputs: one message that names the input, the file and the remedy; nothing left behind."""

from __future__ import annotations

import os
import pickle

import pytest

from nipype_mathimg import (
    FormulaError,
    GridError,
    HeaderError,
    ImageFileError,
    MathImgError,
    explain,
    math_img,
    math_value,
)
from nipype_mathimg.formula.program import input_names
from nipype_mathimg.words import Place
from tests.calc.conftest import AFFINE

SHIFTED = AFFINE.copy()
SHIFTED[0, 3] += 1.5


@pytest.fixture
def files(images, save, tmp_path):
    found = dict(images[0])
    data = images[1]["bold"]
    found["shifted"] = save("shifted.nii", data, affine=SHIFTED)
    found["other"] = save("other.nii", data[:, :3])
    found["short"] = save("short.nii", data[..., :5])
    found["slow"] = save("slow.nii", data, tr=3.0)
    found["gone"] = str(tmp_path / "gone.nii")
    found["text"] = str(tmp_path / "text.nii")
    with open(found["text"], "w") as file:
        file.write("no image")
    found["cut"] = save("cut.nii.gz", data)
    with open(found["cut"], "r+b") as file:
        file.truncate(os.path.getsize(found["cut"]) - 50)
    return found


# formula | inputs (name=file) | options | error | words
CASES = [
    (
        "bold + msk",
        "bold mask",
        {},
        FormulaError,
        [
            "'mask' does not occur",
            "Did you mean msk?",
        ],
    ),
    (
        "bold + mask",
        "bold",
        {},
        FormulaError,
        [
            "'mask' of the formula is not set",
            "a file",
        ],
    ),
    (
        "bold",
        "bold mask",
        {},
        FormulaError,
        [
            "'mask' does not occur in the formula",
        ],
    ),
    (
        "bold + gone",
        "bold gone",
        {},
        ImageFileError,
        [
            "'gone'",
            "gone.nii",
            "no such file",
        ],
    ),
    (
        "bold + text",
        "bold text",
        {},
        ImageFileError,
        [
            "'text'",
            "text.nii",
        ],
    ),
    (
        "bold + cut",
        "bold cut",
        {},
        ImageFileError,
        [
            "'cut'",
            "cut.nii.gz",
        ],
    ),
    (
        "bold + other",
        "bold other",
        {},
        GridError,
        [
            "'bold'",
            "'other'",
            "bold.nii.gz",
            "other.nii",
            "5 x 4 x 3 and 5 x 3 x 3 voxels",
            "Resample",
        ],
    ),
    (
        "bold + shifted",
        "bold shifted",
        {},
        GridError,
        [
            "'bold'",
            "'shifted'",
            "bold.nii.gz",
            "shifted.nii",
            "1.5 mm",
            "grid_tolerance is 0.01 mm",
        ],
    ),
    (
        "bold + short",
        "bold short",
        {},
        FormulaError,
        [
            "`bold` has 8 volumes and `short` has 5",
            "img[..., :5]",
            "short.nii",
        ],
    ),
    (
        "np.maen(bold)",
        "bold",
        {},
        FormulaError,
        [
            "Did you mean np.mean?",
        ],
    ),
    (
        "np.mean(bold, axis=9)",
        "bold",
        {},
        FormulaError,
        [
            "axis=9",
            "bold: 5 x 4 x 3 x 8 float32",
            "bold.nii.gz",
        ],
    ),
    (
        "np.mean(bold)",
        "bold",
        {},
        FormulaError,
        [
            "is a number, not an image",
            "use math_value,",
        ],
    ),
    (
        "np.mean(bold, axis=0)",
        "bold",
        {},
        HeaderError,
        [
            "bold.nii.gz",
            "np.mean(bold, axis=0)",
        ],
    ),
    (
        "np.mean(bold, axis=(0, 1, 2))",
        "bold",
        {},
        HeaderError,
        [
            "bold",
        ],
    ),
    (
        "bold",
        "bold",
        {"copy_header_from": "bld"},
        HeaderError,
        [
            "'bld'",
            "not an input",
            "Did you mean bold?",
        ],
    ),
    (
        "bold",
        "bold",
        {"dtype": "float16"},
        FormulaError,
        [
            "'float16'",
            "float32",
        ],
    ),
    (
        "bold",
        "bold",
        {"dtype": "flaot32"},
        FormulaError,
        [
            "Did you mean float32?",
        ],
    ),
    (
        "mask",
        "mask",
        {"dtype": "header"},
        FormulaError,
        [
            "copy_header_from is not set",
        ],
    ),
    (
        "bold",
        "bold",
        {"dtype": "int16"},
        FormulaError,
        [
            "nan",
            "voxel (0, 0, 0, 2)",
            "np.nan_to_num",
            "out.nii",
        ],
    ),
    (
        "img * 1000",
        "img",
        {"dtype": "uint8"},
        FormulaError,
        [
            "does not fit into uint8",
            "voxel",
            "np.clip",
            "img * 1000",
        ],
    ),
    (
        "np.fft.fft(bold, axis=0)",
        "bold",
        {"dtype": "float32"},
        FormulaError,
        [
            "complex",
            "np.abs",
        ],
    ),
    (
        "bold",
        "bold",
        {"memory": "1000B"},
        FormulaError,
        [
            "MiB",
            "memory",
        ],
    ),
    (
        "bold",
        "bold",
        {"num_threads": 0},
        FormulaError,
        [
            "num_threads is 0",
        ],
    ),
]


@pytest.mark.filterwarnings("ignore::nipype_mathimg.errors.HeaderWarning")
@pytest.mark.parametrize(
    ("formula", "names", "options", "kind", "words"),
    [pytest.param(*case, id=f"{case[0]} {case[2] or ''}") for case in CASES],
)
def test_one_message_and_nothing_left(formula, names, options, kind, words, files, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(kind) as caught:
        math_img(
            formula,
            {name: files[name] for name in names.split()},
            folder / "out.nii.gz",
            **options,
        )
    message = str(caught.value)
    for word in words:
        assert word in message
    assert list(folder.iterdir()) == []
    assert isinstance(caught.value, MathImgError)
    assert isinstance(caught.value, OSError if kind is ImageFileError else ValueError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, FormulaError, "is not set"),
        ("", ImageFileError, "'x'"),
        ([], ImageFileError, "'x': the list of files is empty"),
        ({"a": 1}, FormulaError, "`x` is a table"),
        ({1, 2}, FormulaError, "'x' is set"),
        (b"bold.nii", FormulaError, "'x' is bytes"),
        (object(), FormulaError, "'x' is object"),
    ],
)
def test_values_of_a_wrong_type(value, kind, words, files, tmp_path):
    with pytest.raises(kind, match=words):
        math_img("x + bold", {"x": value, "bold": files["bold"]}, tmp_path / "out.nii")


def test_a_list_of_files_and_numbers_is_neither(files, tmp_path):
    with pytest.raises(FormulaError, match="not a mixture"):
        math_img("x", {"x": [files["bold"], 3]}, tmp_path / "out.nii")


def test_copying_the_header_of_a_number(files, tmp_path):
    with pytest.raises(HeaderError, match=r"'k', which is a number\. Images are: bold"):
        math_img(
            "bold * k", {"bold": files["bold"], "k": 2}, tmp_path / "o.nii", copy_header_from="k"
        )


def test_a_number_beyond_64_bits(files, tmp_path):
    with pytest.raises(FormulaError, match="`k` is too large a number"):
        math_img("bold * k", {"bold": files["bold"], "k": 10**400}, tmp_path / "o.nii")


def test_a_formula_without_an_image(tmp_path):
    with pytest.raises(FormulaError, match="at least one input has to be a file"):
        math_img("k * 2", {"k": 2}, tmp_path / "out.nii")


def test_the_tolerance_of_the_grid(files, tmp_path):
    inputs = {name: files[name] for name in ("bold", "shifted")}
    out = math_img(
        "bold + shifted", inputs, tmp_path / "o.nii", grid_tolerance=2, copy_header_from="bold"
    )
    assert os.path.exists(out.out_file)


def test_different_trs_are_a_note(files, tmp_path):
    inputs = {name: files[name] for name in ("bold", "slow")}
    result = math_img("bold + slow", inputs, tmp_path / "o.nii", copy_header_from="bold")
    (note,) = [note for note in result.notes if note.topic == "TR"]
    assert "'bold' has a TR of 2.5 s and 'slow' of 3 s" in note.message


def test_wrong_endings_and_folders(files, tmp_path):
    for name, words in (("o.txt", "o.txt"), ("missing/o.nii", "missing")):
        with pytest.raises(ImageFileError, match=words):
            math_img("bold", {"bold": files["bold"]}, tmp_path / name, copy_header_from="bold")


def test_an_old_result_survives_an_error(files, tmp_path):
    path = tmp_path / "o.nii"
    math_img("img", {"img": files["img"]}, path, copy_header_from="img")
    before = path.read_bytes()
    with pytest.raises(FormulaError):
        math_img("img * 300", {"img": files["img"]}, path, copy_header_from="img", dtype="uint8")
    with pytest.raises(ImageFileError):
        math_img("cut", {"cut": files["cut"]}, path, copy_header_from="cut")
    assert path.read_bytes() == before


@pytest.mark.parametrize("formula", ["bold", "np.mean(bold, axis=0)", "[np.mean(bold), 2] * mask"])
def test_values_of_images_are_refused(formula, files):
    with pytest.raises(FormulaError):
        math_value(formula, {name: files[name] for name in input_names(formula)})


def test_explain_refuses_what_math_img_refuses(files):
    for formula, names, options in (
        ("bold + shifted", "bold shifted", {}),
        ("bold", "bold", {"memory": "1000B", "copy_header_from": "bold"}),
        ("bold", "bold", {"dtype": "float16"}),
        ("bold", "bold", {"copy_header_from": "x"}),
        ("np.mean(bold, axis=9)", "bold", {}),
    ):
        with pytest.raises(MathImgError):
            explain(formula, {name: files[name] for name in names.split()}, **options)


def test_a_label_outside_of_the_table_names_the_formula(files, tmp_path):
    with pytest.raises(FormulaError) as caught:
        math_img(
            "t[img]",
            {"img": files["img"], "t": [0.0, 1.0]},
            tmp_path / "o.nii",
            copy_header_from="img",
        )
    assert "outside of the look-up table" in str(caught.value)
    assert "t[img]\n    ^^^^^^" in str(caught.value)
    assert not (tmp_path / "o.nii").exists()


@pytest.mark.parametrize("place", Place)
def test_what_commands_a_terminal_is_told_as_an_escape(tmp_path, files, place):
    path = tmp_path / "a.tsv"
    path.write_text("f\x1b[2Jd\trot\n1\t2\n")
    with pytest.raises(FormulaError, match=r"take one of: f\\x1b\[2Jd, rot") as caught:
        math_value('np.sum(a["fd"]) * np.mean(bold)', {"a": str(path), "bold": files["bold"]})
    assert caught.value.at(place).shown().replace("\n", "").isprintable()
