"""The command ``mathimg``."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner

from nipype_mathimg.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    nib.save(nib.Nifti1Image(data, np.diag([2.0, 2.0, 2.0, 1.0])), "bold.nii.gz")
    nib.save(nib.Nifti1Image(data[..., 0], np.diag([2.0, 2.0, 2.0, 1.0])), "map.nii.gz")
    return tmp_path


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


def test_an_image_is_written_and_named(folder):
    done = run("img", "bold - k", "out.nii.gz", "-i", "bold=bold.nii.gz", "-i", "k=1.5")

    assert done.exit_code == 0, done.output
    assert str(folder / "out.nii.gz") in done.output
    expected = np.asarray(nib.load("bold.nii.gz").dataobj) - 1.5
    np.testing.assert_array_equal(np.asarray(nib.load("out.nii.gz").dataobj), expected)


def test_the_same_name_again_makes_a_list(folder):
    files = ["-i", "m=map.nii.gz", "-i", "m=map.nii.gz", "-i", "w=1", "-i", "w=3"]
    done = run("value", "np.sum(np.average(m, axis=-1, weights=w))", *files)

    assert done.exit_code == 0, done.output
    assert float(done.output) == np.asarray(nib.load("map.nii.gz").dataobj).sum()


def test_the_plan_is_printed_and_nothing_written(folder):
    done = run(
        "img", "bold * 2", "out.nii.gz", "-i", "bold=bold.nii.gz", "--plan", "--memory", "64"
    )

    assert done.exit_code == 0, done.output
    assert "64 MiB allowed" in done.output
    assert not (folder / "out.nii.gz").exists()


def test_headers_are_copied_and_compared(folder):
    assert run("copy-header", "map.nii.gz", "bold.nii.gz", "new.nii.gz").exit_code == 0
    done = run("compare-headers", "map.nii.gz", "new.nii.gz")
    assert "cal_max" in done.output
    done = run("copy-header", "map.nii.gz", "bold.nii.gz", "new.nii.gz", "--part", "tmie")
    assert "Did you mean time?" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["img", "np.maen(b)", "o.nii.gz", "-i", "b=bold.nii.gz"], "Did you mean np.mean?"),
        (["img", "b * 1", "o.nii.gz", "-i", "b=none.nii.gz"], "none.nii.gz"),
        (["img", "b * 1", "o.nii.gz", "-i", "b"], "NAME=FILE"),
        (["img", "b * 1", "o.png", "-i", "b=bold.nii.gz"], ".nii.gz"),
        (["value", "b * 1", "-i", "b=bold.nii.gz"], "MathImg"),
    ],
)
def test_mistakes_are_messages_without_a_traceback(folder, arguments, message):
    done = run(*arguments)

    assert done.exit_code != 0
    assert message in done.output
    assert "Traceback" not in done.output
    assert sorted(p.name for p in folder.iterdir()) == ["bold.nii.gz", "map.nii.gz"]


def test_a_formula_in_place_of_a_command_is_told_where_it_goes():
    done = run("np.mean(bold)", "out.nii.gz", "-i", "bold=bold.nii.gz")
    assert done.exit_code == 2
    assert "'np.mean(bold)' is no command" in done.output
    assert "mathimg img FORMULA OUT_FILE" in done.output
    assert "No such option '--plna'" in run("--plna").output
