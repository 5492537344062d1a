"""Many files behind one input, JSON for scripts, how much is said."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.shell_completion import ShellComplete

from nipype_mathimg.cli.commands import main
from tests.terminal.conftest import DATA

MEAN = ("value", "np.mean(v, axis=(0, 1, 2))")
VOLUMES = ["v0.nii.gz", "v1.nii.gz", "v2.nii.gz"]

LISTS = {
    "files behind the name": (*MEAN, "-i", "v", *VOLUMES),
    "an option ends them": ("value", MEAN[1], "-i", "v", *VOLUMES, "--num-threads", "1"),
    "two inputs": ("value", MEAN[1] + " + 0 * w[0]", "-i", "v", *VOLUMES, "-i", "w", "-1", "2"),
    "dashes end them": ("value", "-i", "v", *VOLUMES, "--", MEAN[1]),
    "a list": (*MEAN, "-i", "v=@list.txt"),
}


@pytest.mark.parametrize("words", LISTS.values(), ids=LISTS)
def test_many_files_are_one_input(folder, mathimg, words):
    (folder / "list.txt").write_text("# the runs\n" + "\n".join(VOLUMES) + "\n\n")
    done = mathimg(*words)
    assert done.exit_code == 0, done.output
    found = [float(line) for line in done.output.splitlines()]
    np.testing.assert_allclose(found, DATA[..., :3].mean((0, 1, 2)))


@pytest.mark.parametrize("given", [("-i", "v", "v1.nii.gz"), ("-i", "v=@one.txt")])
def test_a_list_of_one_file_is_a_list(folder, mathimg, given):
    # The shell found one file only: the mean is still over volumes, not over z.
    (folder / "one.txt").write_text("v1.nii.gz")
    done = mathimg("value", "np.sum(np.mean(v, axis=-1))", *given)
    assert float(done.output) == DATA[..., 1].sum()


def test_numbers_of_a_list_may_be_negative(folder, mathimg):
    weights = ["-1", "0", ".5", "-.5", "1e1"]
    done = mathimg("value", "np.sum(b * w)", "-i", "b=bold.nii.gz", "-i", "w", *weights)
    assert float(done.output) == (DATA * [-1, 0, 0.5, -0.5, 10]).sum()


def test_results_as_json(folder, mathimg):
    program = "m = np.mean(b, axis=-1); top = np.max(m); none = np.mean(b) / 0"
    outputs = ["-o", "m=m.nii", "-o", "top", "-o", "none"]
    done = mathimg("img", program, "-i", "b=bold.nii.gz", *outputs, "--json")
    found = json.loads(done.output)
    assert found["files"] == {"m": str(folder / "m.nii")}
    assert found["values"] == {"top": float(DATA.mean(-1).max()), "none": None}
    assert found["data_ranges"]["m"]["maximum"] == DATA.mean(-1).max()
    assert any("copy-header-from" in note for note in found["notes"])

    found = json.loads(mathimg("value", "np.max(b)", "-i", "b=bold.nii.gz", "--json").output)
    assert found == {"value": 119.0, "notes": []}
    found = json.loads(mathimg("compare-headers", "v0.nii.gz", "bold.nii.gz", "--json").output)
    assert not found["same"]
    assert "dim" in [one["field"] for one in found["differences"]]


def test_a_plan_for_a_scheduler(folder, mathimg):
    words = ("np.median(b, axis=-1)", "-i", "b=bold.nii.gz")
    plan = json.loads(mathimg("explain", *words, "--json").output)
    assert plan["memory"]["peak_mib"] >= 30
    assert plan["results"][""]["stored_in"] == "float32"
    assert mathimg("explain", *words).output == mathimg("img", *words, "--plan").output
    assert json.loads(mathimg("img", *words, "--plan", "--json").output) == plan


def test_how_much_is_said(folder, mathimg):
    words = ("img", "b * 2", "o.nii", "-i", "b=bold.nii.gz", "--overwrite")
    assert "note: header" in mathimg(*words).stderr
    quiet = mathimg(*words, "-q")
    assert (quiet.stderr, quiet.stdout) == ("", f"{folder / 'o.nii'}\n")
    verbose = mathimg(*words, "-v")
    assert "memory: about" in verbose.stderr
    assert verbose.stdout == quiet.stdout


def completions(words, incomplete):
    complete = ShellComplete(main, {}, "mathimg", "_MATHIMG_COMPLETE")
    return [(one.type, one.value) for one in complete.get_completions(words, incomplete)]


def test_completion():
    assert ("plain", "explain") in completions([], "e")
    assert ("plain", "--copy-header-from") in completions(["img"], "--co")
    assert completions(["img", "a", "--dtype"], "float") == [
        ("plain", "float32"),
        ("plain", "float64"),
    ]
    assert completions(["img", "a", "--grid"], "h") == [("plain", "header")]
    assert completions(["img", "bold * 2"], "out")[0][0] == "file"
    assert completions(["img", "bold * 2", "out.nii", "-i"], "bold=b")[0][0] == "file"
    # As bash cuts it.
    assert completions(["img", "bold * 2", "o.nii", "-i", "bold", "="], "b")[0][0] == "file"
    assert completions(["copy-header"], "b")[0][0] == "file"
