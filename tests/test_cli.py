"""The command ``mathimg``."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner

from nipype_mathimg.cli.commands import main


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
        "img", "bold * 2", "out.nii.gz", "-i", "bold=bold.nii.gz", "--plan", "--memory", "64M"
    )

    assert done.exit_code == 0, done.output
    assert "64 MiB allowed" in done.output
    assert not (folder / "out.nii.gz").exists()


def test_headers_are_copied_and_compared(folder):
    assert run("copy-header", "map.nii.gz", "bold.nii.gz", "new.nii.gz").exit_code == 0
    done = run("compare-headers", "map.nii.gz", "new.nii.gz")
    assert "cal_max" in done.output
    done = run("copy-header", "map.nii.gz", "bold.nii.gz", "other.nii.gz", "--part", "tmie")
    assert "Did you mean time?" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["img", "np.maen(b)", "o.nii.gz", "-i", "b=bold.nii.gz"], "Did you mean np.mean?"),
        (["img", "b * 1", "o.nii.gz", "-i", "b=none.nii.gz"], "none.nii.gz"),
        (["img", "b * 1", "o.nii.gz", "-i", "b"], "NAME=FILE"),
        (["img", "b * 1", "o.png", "-i", "b=bold.nii.gz"], ".nii.gz"),
        (["value", "b * 1", "-i", "b=bold.nii.gz"], "use mathimg img for an image"),
    ],
)
def test_mistakes_are_messages_without_a_traceback(folder, arguments, message):
    done = run(*arguments)

    assert done.exit_code != 0
    assert message in done.output
    assert "Traceback" not in done.output
    assert sorted(p.name for p in folder.iterdir()) == ["bold.nii.gz", "map.nii.gz"]


PROGRAM = """
mean = np.mean(bold, axis=-1)   # over time
top = np.max(mean)
half = mean > top / 2
course = np.mean(bold, axis=(0, 1, 2))
"""


def test_a_program_has_results_by_name(folder):
    (folder / "half.formula").write_text(PROGRAM, encoding="utf-8-sig")
    files = ["-o", "half=half.nii.gz", "-o", "top", "-o", "mean=mean.nii", "-o", "course"]
    options = ["--copy-header-from", "mean=bold", "--dtype", "mean=float64"]
    done = run("img", "@half.formula", *files, "-i", "bold=bold.nii.gz", *options)

    assert done.exit_code == 0, done.output
    shown = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    data = np.asarray(nib.load("bold.nii.gz").dataobj, dtype=float)
    mean = data.mean(axis=-1)
    assert list(shown) == ["half", "top", "mean", "course"]
    assert float(shown["top"]) == mean.max()
    assert json.loads(shown["course"]) == data.mean(axis=(0, 1, 2)).tolist()
    assert shown["mean"] == str(folder / "mean.nii")
    np.testing.assert_array_equal(nib.load("mean.nii").get_fdata(), mean)
    np.testing.assert_array_equal(nib.load("half.nii.gz").get_fdata(), mean > mean.max() / 2)
    types = {name: nib.load(name).get_data_dtype() for name in ("mean.nii", "half.nii.gz")}
    assert types == {"mean.nii": np.float64, "half.nii.gz": np.uint8}


def test_numbers_alone_need_no_file(folder):
    (folder / "top.formula").write_text("np.max(b)")
    done = run("img", "top = np.max(b)", "-o", "top", "-i", "b=bold.nii.gz")
    assert (done.exit_code, done.output) == (0, "top: 119.0\n")
    assert run("value", "@top.formula", "-i", "b=bold.nii.gz").output == "119.0\n"


def test_one_value_of_an_option_is_for_all_results(folder):
    files = ["-o", "m=m.nii", "-o", "n=n.nii", "-i", "b=bold.nii.gz"]
    done = run("img", "m = b + 1; n = b + 2", *files, "--dtype", "int16")
    assert done.exit_code == 0, done.output
    assert {nib.load(name).get_data_dtype() for name in ("m.nii", "n.nii")} == {np.dtype("int16")}


WRITING = {
    "OUT_FILE": (["img", "b * 2", "old.nii.gz", "-i", "b=bold.nii.gz"], "old.nii.gz"),
    "-o": (["img", "m = b * 2", "-o", "m=old.nii.gz", "-i", "b=bold.nii.gz"], "old.nii.gz"),
    "its input": (["img", "b * 2", "bold.nii.gz", "-i", "b=bold.nii.gz"], "bold.nii.gz"),
    "one file of a pair": (["img", "b * 2", "old.hdr", "-i", "b=bold.nii.gz"], "old.img"),
    "copy-header": (["copy-header", "map.nii.gz", "bold.nii.gz", "old.nii.gz"], "old.nii.gz"),
}


@pytest.mark.parametrize(("arguments", "old"), WRITING.values(), ids=WRITING)
def test_a_file_is_replaced_only_when_asked_for(folder, arguments, old):
    if not (folder / old).exists():
        (folder / old).write_bytes(b"old")
    before = (folder / old).read_bytes()
    done = run(*arguments)
    assert done.exit_code == 1
    assert f"{old}: exists already" in done.output
    assert "--overwrite" in done.output
    assert (folder / old).read_bytes() == before

    done = run(*arguments, "--overwrite")
    assert done.exit_code == 0, done.output
    assert (folder / old).read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["img", "m = b * 2", "-i", "b=bold.nii.gz"], "say where the result goes"),
        (["img", "m = b", "m.nii", "-o", "m=m.nii", "-i", "b=bold.nii.gz"], "say where the"),
        (["img", "m = b * 2", "-o", "m", "-i", "b=bold.nii.gz"], "-o m=m.nii.gz"),
        (
            ["img", "m = np.max(b)", "-o", "m=m.nii", "-i", "b=bold.nii.gz"],
            "name it without a file",
        ),
        (["img", "m = b * 2", "-o", "mm=m.nii", "-i", "b=bold.nii.gz"], "Did you mean m?"),
        (["img", "m = b * 2", "-o", "m=", "-i", "b=bold.nii.gz"], "'m=' is not NAME=FILE"),
        (["img", "m = b * 2", "-o", "m=a.nii", "-o", "m=b.nii"], "'m' is given twice"),
        (["img", "@no.formula", "o.nii", "-i", "b=bold.nii.gz"], "from 'no.formula' (No such"),
        (["img", "@bold.nii.gz", "o.nii"], "'bold.nii.gz' is no text"),
        (["value", "@no.formula", "-i", "b=bold.nii.gz"], "from 'no.formula' (No such"),
        (["img", "b", "o.nii", "--dtype", "int16", "--dtype", "int8"], "OUTPUT=DTYPE"),
        (["img", "b", "o.nii", "--copy-header-from", "a=b", "--copy-header-from", "c"], "=NAME"),
    ],
)
def test_mistakes_with_results_are_messages(folder, arguments, message):
    done = run(*arguments)

    assert done.exit_code != 0
    assert message in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert sorted(p.name for p in folder.iterdir()) == ["bold.nii.gz", "map.nii.gz"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["map", "bold.nii.gz", "map.nii.gz", "mask", "o.nii"], "Put FORMULA in quotes"),
        (["map", "/", "2", "o.nii"], "Put FORMULA in quotes"),
        # All files of the folder are here too, and no formula was taken apart.
        (["map", "bold.nii.gz", "map.nii.gz"], "Each input has its name: -i map=FILE"),
        (["(map + 1)", "bold.nii.gz", "map.nii.gz", "x"], "Each input has its name: -i map=FILE"),
    ],
)
def test_a_formula_that_the_shell_took_apart(folder, words, said):
    assert said in " ".join(run("img", *words).output.split())


def test_help_has_no_ranges():
    assert all("<=" not in run(name, "--help").output for name in ("img", "batch", "value"))


def test_a_formula_in_place_of_a_command_is_told_where_it_goes():
    done = run("np.mean(bold)", "out.nii.gz", "-i", "bold=bold.nii.gz")
    assert done.exit_code == 2
    assert "'np.mean(bold)' is no command" in done.output
    assert "mathimg img FORMULA OUT_FILE" in done.output
    assert "No such option '--plna'" in run("--plna").output


@pytest.mark.parametrize(
    "arguments",
    [
        ["-np.abs(b)", "o.nii", "-i", "b=bold.nii.gz"],
        ["-i", "b=bold.nii.gz", "-np.abs(b)", "o.nii", "--dtype", "float32"],
        ["-ib=bold.nii.gz", "--memory=64M", "--", "-np.abs(b)", "o.nii"],
        ["-b", "o.nii", "-i", "b=bold.nii.gz", "--overwrite"],
    ],
)
def test_a_formula_may_begin_with_a_minus(folder, arguments):
    done = run("img", *arguments)

    assert done.exit_code == 0, done.output
    expected = -np.asarray(nib.load("bold.nii.gz").dataobj)
    np.testing.assert_array_equal(np.asarray(nib.load("o.nii").dataobj), expected)


def test_a_path_that_is_not_utf_8(folder):
    """Linux allows any byte in a name; the one that is printed is the one of the file."""
    odd = os.fsdecode(b"o\xff.nii")
    done = run("img", "b + 1", odd, "-i", "b=bold.nii.gz")
    assert done.exit_code == 0, done.output
    assert os.fsencode(folder / odd) in done.stdout_bytes
    done = run("value", "np.max(b)", "-i", f"b={odd}")
    assert float(done.output) == 2 * 3 * 4 * 5
    done = run("value", "np.max(b)", "-i", f"b={odd}x")
    assert done.exit_code == 1
    assert r"o\udcff.niix: no such file" in done.output


def test_a_mirror_image_and_a_tr(folder):
    bold, donor = ["-i", "b=bold.nii.gz"], ["--copy-header-from", "b"]
    done = run("img", "b[::-1]", "out.nii", *bold, *donor, "--grid", "header", "--tr", "2")

    assert done.exit_code == 0, done.output
    mirror, image = nib.load("out.nii"), nib.load("bold.nii.gz")
    np.testing.assert_array_equal(mirror.get_fdata(), image.get_fdata()[::-1])
    np.testing.assert_array_equal(mirror.affine, image.affine)
    assert mirror.header["pixdim"][4] == 2
    assert "put on the grid of 'b', as --grid header asks" in done.output
    done = run("img", "b", "o.nii", *bold, "--grid", "header")
    assert "--grid header takes the grid of the image that --copy-header-from names" in done.output
    done = run("img", "m * 2", "only.nii", *bold, *donor, "-i", "m=map.nii.gz")
    assert done.exit_code == 0, done.output


def test_a_table_of_regions_is_printed_or_written(folder):
    labels = np.arange(24).reshape(2, 3, 4) % 3
    image = nib.Nifti1Image(labels.astype(np.uint8), np.diag([2.0, 2.0, 2.0, 1.0]))
    nib.save(image, "atlas.nii.gz")
    (folder / "atlas.tsv").write_text("index\tname\n2\tB\n1\tA\n")
    given = ["-i", "v=map.nii.gz", "-i", "atlas=atlas.nii.gz", "--label-tables", "atlas=atlas.tsv"]
    data = np.asarray(nib.load("map.nii.gz").dataobj).astype(float)
    means = [data[labels == k].mean() for k in (2, 1)]
    expected = f"index\tname\tvalue\n2\tB\t{means[0]}\n1\tA\t{means[1]}\n"
    for where in ([], ["-"]):
        done = run("table", "np.mean(v, by=atlas)", *where, *given)
        assert done.output == expected
    done = run("table", "np.mean(v, by=atlas)", "o.tsv", *given)
    assert (folder / "o.tsv").read_text() == expected
    assert "o.tsv" in done.output
    again = run("table", "np.mean(v, by=atlas)", "o.tsv", *given)
    assert "exists already" in again.output
    assert "accumulate mean" in run("table", "np.mean(v, by=atlas)", *given, "--plan").output
    wrong = run("value", 'np.sum(v == "A")', "-i", "v=map.nii.gz")
    assert "--label-tables v=atlas_dseg.tsv" in wrong.output


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted by Linux")
@pytest.mark.parametrize(("given", "threads"), [(None, "1"), ("2", "2")])
def test_threads_of_blas_are_started_only_if_asked_for(monkeypatch, given, threads):
    """They look for work that formulas do not have, 0.1 s in every process."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", given)
    shows = (
        "import os, sys, types\n"
        "def show(**_):\n"
        "    import numpy\n"
        "    print(os.environ['OPENBLAS_NUM_THREADS'], len(os.listdir('/proc/self/task')))\n"
        "sys.modules['nipype_mathimg.cli.commands'] = types.SimpleNamespace(main=show)\n"
        "from nipype_mathimg.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", shows], capture_output=True, text=True, check=True
    )
    asked, started = done.stdout.split()
    assert asked == threads
    # Fewer where there are fewer cores, or NumPy comes with another library.
    assert int(started) <= int(threads)
