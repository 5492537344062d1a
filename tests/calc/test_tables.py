"""Tables, sidecars and gradient files as inputs."""

from __future__ import annotations

import json
import math
import os

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img, math_value
from nipype_mathimg.calc.beside import MOST_BYTES, read_beside
from nipype_mathimg.errors import FormulaError, ImageFileError

VOLUMES = 8
RNG = np.random.default_rng(12)
BOLD = RNG.normal(1000, 10, (4, 3, 2, VOLUMES)).astype("f4")
FD = [math.nan, 0.1, 0.9, 0.2, 0.1, 0.7, 0.3, 0.1]
TRANS = RNG.normal(0, 1, VOLUMES).tolist()
META = {
    "EchoTime": 0.03,
    "SliceTiming": [0, 0.5],
    "TaskName": "rest",
    "Nested": {"Factor": 2},
    "Rows": [[1, 2], [3]],
}


@pytest.fixture
def inputs(save, tmp_path):
    """Return a run with what lies beside it."""
    lines = ["framewise_displacement\ttrans_x\tcondition"]
    for fd, trans in zip(FD, TRANS, strict=True):
        lines.append(f"{'n/a' if math.isnan(fd) else fd}\t{trans!r}\trest")
    (tmp_path / "confounds.tsv").write_text("\n".join(lines) + "\n")
    (tmp_path / "bold.json").write_text(json.dumps(META))
    (tmp_path / "dwi.bval").write_text("0 1000 5 2000  0 1000 1000 5\n")
    np.savetxt(tmp_path / "dwi.bvec", np.eye(3, VOLUMES))
    np.savetxt(tmp_path / "motion.par", np.column_stack([TRANS, [*FD[1:], 0.5]]))
    given = {
        "confounds": "confounds.tsv", "meta": "bold.json", "bval": "dwi.bval",
        "bvec": "dwi.bvec", "motion": "motion.par",
    }  # fmt: skip
    files = {name: str(tmp_path / file) for name, file in given.items()}
    return {"bold": save("bold.nii.gz", BOLD), **files}


def used(formula, inputs):
    return {name: value for name, value in inputs.items() if name in formula}


MOTION = np.column_stack([TRANS, [*FD[1:], 0.5]])
B = np.array([0, 1000, 5, 2000, 0, 1000, 1000, 5])


@pytest.mark.parametrize(
    ("formula", "want"),
    [
        ('bold[..., confounds["framewise_displacement"] < 0.5]', BOLD[..., np.array(FD) < 0.5]),
        ("bold[..., ~(confounds['framewise_displacement'] > 0.5)]", BOLD[..., [0, 1, 3, 4, 6, 7]]),
        ('bold @ confounds["trans_x"]', BOLD.astype(float) @ TRANS),
        ('bold @ confounds[["trans_x", "trans_x"]]', BOLD.astype(float) @ np.stack([TRANS] * 2).T),
        ('bold * meta["EchoTime"]', BOLD * 0.03),
        ('bold[..., :2] * meta["SliceTiming"]', BOLD[..., :2] * [0, 0.5]),
        ('bold * meta["Nested"]["Factor"]', BOLD * 2),
        ("bold[..., bval < 50]", BOLD[..., B < 50]),
        ("bold @ bvec.T", BOLD[..., :3].astype(float)),
        ("bold @ motion", BOLD.astype(float) @ MOTION),
    ],
)
def test_what_lies_beside_an_image_is_an_input(formula, want, inputs, tmp_path):
    math_img(formula, used(formula, inputs), tmp_path / "out.nii", copy_header_from="bold")
    np.testing.assert_allclose(nib.load(tmp_path / "out.nii").get_fdata(), want, rtol=1e-6)


def test_a_table_from_a_file_and_from_python_are_the_same(inputs):
    formula = 'np.mean(bold @ np.nan_to_num(confounds[["framewise_displacement", "trans_x"]]))'
    table = {"framewise_displacement": np.array(FD), "trans_x": tuple(TRANS)}
    first = math_value(formula, used(formula, inputs)).value
    assert math_value(formula, {"bold": inputs["bold"], "confounds": table}).value == first
    columns = np.nan_to_num(np.column_stack([FD, TRANS]))
    assert first == pytest.approx(np.mean(BOLD.astype(float) @ columns))


# formula | what is underlined | words of the message
MISTAKES = """
bold * confounds | confounds | `confounds` is a table; pick a column or an entry
regress(bold, confounds) | confounds | `confounds[["framewise_displacement", ...]]`
bold * confounds["trans_y"] | "trans_y" | Did you mean trans_x?
bold * confounds[["trans_x", "y"]] | "y" | take one of: framewise_displacement, trans_x, condition.
bold * confounds["condition"] | "condition" | holds 'rest', which is no number
bold * meta["TaskName"] | "TaskName" | holds 'rest', which is no number
bold * meta["Rows"] | "Rows" | no number
bold * meta["Nested"] | meta["Nested"] | is a table
bold * confounds[0] | confounds[0] | not the number 0
bold * confounds["trans_x", 0] | confounds["trans_x", 0] | not several indices
bold["trans_x"] | "trans_x" | an array of shape (4, 3, 2, 8) in front
bold * "trans_x" | "trans_x" | is no dtype
confounds.shape * bold | confounds | is a table
"""


@pytest.mark.parametrize("row", MISTAKES.strip().splitlines())
def test_a_mistake_names_what_the_table_has(row, inputs):
    formula, culprit, words = (part.strip() for part in row.split(" | "))
    with pytest.raises(FormulaError) as caught:
        math_value(f"np.mean({formula})", used(formula, inputs))
    assert words in str(caught.value)
    assert caught.value.formula[slice(*caught.value.span)] == culprit


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("t.tsv", "a\tb\n1\n", "line 2 has 1 fields, and the first line has 2 names"),
        ("t.tsv", "a\ta\n1\t2\n", "same name"),
        ("t.tsv", "a\tb\n", "lines below it"),
        ("m.json", "{'a': 1}", "not JSON"),
        ("m.json", "[1, 2]", "entries with names"),
        ("x.bval", "0 1000 high", "line 1 holds something that is no number"),
        ("x.bvec", "1 2\n3\n", "equally many numbers"),
        ("x.txt", "# nothing", "equally many numbers"),
        ("x.txt", "", "the file is empty"),
        ("x.json", '{"a": ' + "[" * 200_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(file, text, words, tmp_path):
    (tmp_path / file).write_text(text)
    with pytest.raises(ImageFileError, match="Input 'x': .*" + words):
        read_beside("x", tmp_path / file)


def test_a_missing_value_among_regressors_is_named(inputs):
    formula = 'np.mean(regress(bold, confounds["framewise_displacement"]))'
    with pytest.raises(FormulaError, match=r"nan in row 0 .*np\.nan_to_num"):
        math_value(formula, used(formula, inputs))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ImageFileError, match="no such file"):
        read_beside("x", tmp_path / "no.tsv")
    (tmp_path / "latin.tsv").write_bytes(b"a\n\xe9\n")
    with pytest.raises(ImageFileError, match="Input 'x'"):
        read_beside("x", tmp_path / "latin.tsv")


def test_what_has_no_end_or_no_beginning_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "x.tsv")
    with pytest.raises(ImageFileError, match="is a pipe"):
        read_beside("x", tmp_path / "x.tsv")
    with open(tmp_path / "x.txt", "wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ImageFileError, match="longer than 64 MiB"):
        read_beside("x", tmp_path / "x.txt")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("t.tsv", "a\tb\n" + "1\t2\n" * 50),
        ("m.json", '{"a": [' + "[],[]," * 50),
        ("x.par", "1 " * 99),
    ],
)
def test_values_that_would_fill_memory(tmp_path, monkeypatch, file, text):
    (tmp_path / file).write_text(text)
    monkeypatch.setattr("nipype_mathimg.calc.beside.MOST_VALUES", 90)
    with pytest.raises(ImageFileError, match="has more than 90 values"):
        read_beside("x", tmp_path / file)


@pytest.mark.parametrize(
    ("file", "text", "want"),
    [
        ("a.bval", "0 1000", [0, 1000]),
        ("a.txt", "# header\n1\n2.5\n", [1, 2.5]),
        ("a.1D", "1, 2\n3, 4\n", [[1, 2], [3, 4]]),
        ("a.TSV", "\ufeffa\tb\r\n1\t\r\n", {"a": [1], "b": [math.nan]}),
    ],
)
def test_forms_of_numbers_in_files(file, text, want, tmp_path):
    (tmp_path / file).write_text(text)
    np.testing.assert_equal(read_beside("x", tmp_path / file), want)
