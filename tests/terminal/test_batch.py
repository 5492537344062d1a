"""One formula for every row of a table."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest

from tests.terminal.conftest import AFFINE

SUBJECTS = ["sub-01", "sub-02", "sub-03"]
DOUBLE = (
    "table.tsv",
    "b * k",
    "out/{subject}/twice.nii.gz",
    "-i",
    "b={subject}.nii",
    "-i",
    "k={k}",
)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["subject\tk"]
    for k, subject in enumerate(SUBJECTS, 2):
        nib.save(nib.Nifti1Image(np.full((2, 2, 2), k, np.int16), AFFINE), f"{subject}.nii")
        lines.append(f"{subject}\t{k}")
    (tmp_path / "table.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return tmp_path


def result(subject):
    return nib.load(f"out/{subject}/twice.nii.gz").get_fdata().max()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_rows_and_restart_of_what_is_missing(table, mathimg, jobs):
    os.rename("sub-02.nii", "away.nii")
    done = mathimg("batch", *DOUBLE, "--jobs", jobs)
    assert done.exit_code == 1
    assert "2 of 3 rows done; 1 failed, see table.failed.tsv" in done.stderr
    assert "Error in row 2 of 3: Input 'b': sub-02.nii: no such file" in done.stderr
    log = (table / "table.failed.tsv").read_text().splitlines()
    assert log[0].split("\t") == ["row", "subject", "k", "message"]
    assert log[1].split("\t")[:3] == ["2", "sub-02", "3"]
    assert [result(one) for one in (SUBJECTS[0], SUBJECTS[2])] == [4, 16]

    os.rename("away.nii", "sub-02.nii")
    before = os.stat("out/sub-01/twice.nii.gz").st_mtime_ns
    done = mathimg("batch", *DOUBLE, "--jobs", jobs)
    assert done.exit_code == 0, done.output
    assert "1 of 3 rows done; 2 left out" in done.stderr
    assert result("sub-02") == 9
    assert os.stat("out/sub-01/twice.nii.gz").st_mtime_ns == before
    assert not (table / "table.failed.tsv").exists()
    done = mathimg("batch", *DOUBLE, "--overwrite")
    assert "3 of 3 rows done." in done.stderr
    assert os.stat("out/sub-01/twice.nii.gz").st_mtime_ns > before


def test_one_row_for_an_array_of_jobs(table, mathimg):
    done = mathimg("batch", *DOUBLE, "--row", "3")
    assert done.exit_code == 0, done.output
    assert done.stderr == "Row 3 of 3 done.\n"
    assert "Row 3 of 3 left out" in mathimg("batch", *DOUBLE, "--row", "3").stderr
    assert os.listdir("out") == ["sub-03"]
    os.unlink("sub-01.nii")
    done = mathimg("batch", *DOUBLE, "--row", "1")
    assert done.exit_code == 1
    assert not (table / "table.failed.tsv").exists()
    mathimg("batch", *DOUBLE, "--row", "1", "--log", "one.tsv")
    assert (table / "one.tsv").read_text().splitlines()[1].startswith("1\tsub-01\t2\t")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_numbers_become_a_table(table, mathimg, jobs):
    words = ("table.tsv", "np.max(b) * k", *DOUBLE[3:], "--jobs", jobs)
    done = mathimg("batch", *words)
    assert done.stdout.splitlines() == [
        "subject\tk\tvalue", "sub-01\t2\t4", "sub-02\t3\t9", "sub-03\t4\t16"
    ]  # fmt: skip


def test_results_of_a_program(table, mathimg):
    outputs = ("-o", "m={subject}_m.nii", "-o", "top")
    done = mathimg("batch", "table.tsv", "m = b * k; top = np.max(m)", *outputs, *DOUBLE[3:])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[:2] == ["subject\tk\ttop", "sub-01\t2\t4"]
    assert nib.load("sub-03_m.nii").get_fdata().max() == 16


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_numbers_are_all_there_in_a_second_run_and_files_stay(table, mathimg, jobs):
    outputs = ("-o", "m={subject}_m.nii", "-o", "top", "--copy-header-from", "m=b")
    words = ("table.tsv", "m = b * k; top = np.max(b)", *outputs, *DOUBLE[3:], "--jobs", jobs)
    first = mathimg("batch", *words)
    before = os.stat("sub-01_m.nii").st_mtime_ns
    os.unlink("sub-02_m.nii")
    second = mathimg("batch", *words)
    assert second.exit_code == 0, second.output
    assert second.stdout == first.stdout
    assert len(second.stdout.splitlines()) == 4
    assert "3 of 3 rows done; files of 2 kept" in second.stderr
    assert os.stat("sub-01_m.nii").st_mtime_ns == before
    assert os.path.exists("sub-02_m.nii")


def test_each_failure_is_in_the_log_before_the_next_row(table, mathimg, monkeypatch):
    from nipype_mathimg.cli import work

    def stopped(*_arguments, **_options):
        logs.append((table / "table.failed.tsv").read_text())
        raise work.MathImgError("later")

    logs = []
    os.unlink("sub-01.nii")
    monkeypatch.setattr(work, "math_value", stopped)
    monkeypatch.setattr(work.Work, "_check_no_image", lambda *_: None)
    (table / "table.failed.tsv").write_text("row\tfrom before\n")
    # The first row has no number, so that it fails before the function is called.
    (table / "table.tsv").write_text("subject\tk\nsub-01\tn/a\nsub-02\t3\n")
    done = mathimg("batch", "table.tsv", "np.max(b) * k", *DOUBLE[3:])
    assert done.exit_code == 1
    assert "The column 'k' has no value in this row (n/a)" in done.stderr
    assert [line[:1] for line in logs[0].splitlines()] == ["r", "1"]


WRONG = {
    "no such column": (["table.tsv", "b", "{subjct}.nii", "-i", "b=sub-01.nii"], "mean subject?"),
    "one file for all": (["table.tsv", "b", "o.nii", "-i", "b={subject}.nii"], "Rows 1 and 2"),
    "no such row": ([*DOUBLE, "--row", "7"], "one of 1 to 3"),
    "no table": (["none.tsv", *DOUBLE[1:]], "none.tsv"),
    "no tabs": (["commas.csv", *DOUBLE[1:]], "separated by ','"),
    "odd braces": (["table.tsv", "b", "{}.nii", "-i", "b=sub-01.nii"], "name of a column"),
    "a field of a field": (["table.tsv", "b", "{k.x}.nii", "-i", "b=sub-01.nii"], "column 'k.x'"),
    "part of a field": (["table.tsv", "b", "{k[x]}.nii", "-i", "b=sub-01.nii"], "column 'k[x]'"),
    "a format": (["table.tsv", "b", "{k:03d}.nii", "-i", "b=sub-01.nii"], "column 'k:03d'"),
    "a conversion": (["table.tsv", "b", "{k!r}.nii", "-i", "b=sub-01.nii"], "column 'k!r'"),
    "formula": (["table.tsv", "np.maen(b)", "{k}.nii", "-i", "b=sub-01.nii"], "Error: np.maen"),
    "input": (["table.tsv", "b + c", "{k}.nii", "-i", "b=sub-01.nii"], "The input 'c'"),
    "the order": (["b * k", "table.tsv", *DOUBLE[2:]], "mathimg batch table.tsv 'b * k'"),
    "a log that is none": ([*DOUBLE, "--log", "sub-01.nii"], "is no log"),
    "the table as its log": ([*DOUBLE, "--log", "table.tsv"], "is no log"),
    "a log without a folder": ([*DOUBLE, "--log", "no/l.tsv"], "no/l.tsv: the log of rows"),
    "a pattern": (["table.tsv", "np.max(b)", "-i", "b=sub*.nii"], "-i b={subject}"),
    "all files": (["table.tsv", "np.max(b)", "-i", "b", "sub-01.nii", "sub-02.nii"], "No input"),
    "a column twice": (["twice.tsv", *DOUBLE[1:]], "line 1 has the column 'k' twice"),
    "a short row": (["short.tsv", *DOUBLE[1:]], "row 1 has 1 field, and line 1 names 2 columns"),
    "no line of names": (["bare.tsv", *DOUBLE[1:]], "put a line with names above it"),
    "no threads": ([*DOUBLE, "--num-threads", "0"], "--num-threads is 0"),
    "no dtype": ([*DOUBLE, "--dtype", "float23"], "--dtype is 'float23'"),
    "no donor": ([*DOUBLE, "--copy-header-from", "a"], "--copy-header-from is 'a'"),
    "no grid": ([*DOUBLE, "--grid", "folow"], "Did you mean follow?"),
    "no suffix": (["table.tsv", "b", "{k}.xyz", *DOUBLE[3:5]], "2.xyz: unknown format"),
    "no OUT_FILE": (["table.tsv", "b * 2", *DOUBLE[3:5]], "OUT_FILE is missing"),
    "OUT_FILE and -o": ([*DOUBLE, "-o", "m={k}.nii"], "Give either OUT_FILE"),
    "an option of others": ([*DOUBLE, "--json"], "No such option '--json'. It is one of"),
    "a column in the formula": (["table.tsv", "b * {k}", *DOUBLE[2:5]], "give it by -i k={k}"),
    "an input without a name": (["table.tsv", "b", "{k}.nii", "-i", "{b}"], "write -i b={b}"),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_mistakes_are_found_before_the_first_row(table, mathimg, words, message):
    (table / "commas.csv").write_text("subject,k\n\tsub-01,2\n")
    (table / "twice.tsv").write_text("subject\tk\tk\nsub-01\t2\t3\n")
    (table / "short.tsv").write_text("subject\tk\nsub-01\n")
    (table / "bare.tsv").write_text("sub-01\t2\nsub-02\t3\n")
    done = mathimg("batch", *words)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
    assert not (table / "out").exists()


def test_braces_hold_the_whole_name_of_a_column(table, mathimg):
    name = "o{age.years}_{run:1}_{{x}}.nii"
    (table / "odd.tsv").write_text("age.years\trun:1\n30\t7\n")
    done = mathimg("batch", "odd.tsv", "b * 2", name, "-i", "b=sub-01.nii")
    assert done.exit_code == 0, done.output
    assert (table / "o30_7_{x}.nii").exists()


def test_a_folder_that_cannot_be_made_is_said_in_words(table, mathimg):
    (table / "file").write_text("")
    done = mathimg("batch", "table.tsv", "b * k", "file/{subject}.nii", *DOUBLE[3:])
    assert done.exit_code == 1
    assert "row 1 of 3: file: the folder of the result cannot be made (File exists). Name" in (
        done.stderr
    )
    assert "Errno" not in done.output


def test_no_folder_is_left_of_a_row_that_is_refused(table, mathimg):
    done = mathimg("batch", "table.tsv", "b * k + b[7]", *DOUBLE[2:])
    assert done.exit_code == 1
    assert not (table / "out").exists()


def test_the_help_shows_its_examples_line_by_line(mathimg):
    lines = [line.strip() for line in mathimg("batch", "--help").stdout.splitlines()]
    assert "seq 500 | xargs -P 8 -I% mathimg batch ... --row %" in lines
    assert not [line for line in lines if "\\b" in line]
