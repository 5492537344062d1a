"""The README tells the truth: its examples run, and its lists are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner
from nibabel.testing import data_path

from nipype_mathimg.cli import main
from nipype_mathimg.errors import HeaderWarning
from nipype_mathimg.formula.functions import (
    ALIASES,
    BUILTINS,
    CONSTANTS,
    DTYPE_NAMES,
    FUNCTIONS,
    NEEDS_NUMPY,
    OWN,
    VOCABULARY,
)

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Put real images under the names that the README uses into the working directory."""
    monkeypatch.chdir(tmp_path)
    source = Path(data_path) / "example4d.nii.gz"
    image = nib.load(source)
    volumes = np.asarray(image.dataobj)
    # The two volumes of the file are too few for a run: repeat them with a drift.
    data = np.concatenate([volumes + k for k in range(4)], axis=-1).astype(np.int16)
    for name, shift in (("bold", 0), ("run2", 3)):
        run = nib.Nifti1Image(data + np.int16(shift), image.affine, image.header)
        nib.save(run, f"{name}.nii.gz")
    nib.save(nib.Nifti1Image((data[..., 0] > 200).astype(np.uint8), image.affine), "mask.nii.gz")
    return tmp_path


@pytest.mark.filterwarnings("ignore::nipype_mathimg.errors.HeaderWarning")
def test_python_examples_run_one_after_the_other(images, capsys):
    namespace: dict[str, object] = {"__name__": __name__}
    for code in blocks("python"):
        exec(compile(code, "README.md", "exec"), namespace)

    shown = capsys.readouterr().out
    assert "bold_math.nii.gz" in shown
    assert "grids: displaced by" in shown
    assert "memory: about" in shown
    difference = nib.load(images / "difference.nii.gz")
    expected = nib.load("bold.nii.gz").get_fdata().mean(-1)
    expected = expected - nib.load("run2.nii.gz").get_fdata().mean(-1)
    np.testing.assert_allclose(difference.get_fdata(), expected, atol=1e-4)
    common = nib.load(images / "work/programs/common/bold_mask_math.nii.gz").get_fdata()
    maps = images / "work/programs/maps/mapflow"
    masks = sorted(maps.glob("*/*_mask.nii.gz"))
    types = {nib.load(tsnr).get_data_dtype() for tsnr in maps.glob("*/*_tsnr.nii.gz")}
    assert types == {np.dtype("float64")}
    assert len(masks) == 2
    np.testing.assert_array_equal(common, np.all([nib.load(m).get_fdata() for m in masks], axis=0))


def test_terminal_examples_run(images):
    commands = [
        line for block in blocks("bash") for line in block.splitlines() if line[:7] == "mathimg"
    ]
    assert len(commands) == 4
    for command in commands:
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code == 0, done.output
    assert (images / "psc.nii.gz").exists()
    assert (images / "m.nii.gz").exists()


def test_set_up_commands_are_one_line_each():
    found = re.findall(r"<!-- setup: (\w+) -->\n```bash\n(.*?)```", README, re.DOTALL)
    assert [name for name, _ in found] == ["run", "test"]
    assert all(len(command.strip().splitlines()) == 1 for _, command in found)


def test_the_formula_reference_names_nothing_that_does_not_exist():
    reference = README.split("<!-- functions -->")[1].split("\n\n")[0]
    listed = {name for row in re.findall(r"`([^`]*)`", reference) for name in row.split()}
    functions = {name.removeprefix("ndimage.") for name in (*FUNCTIONS, *NEEDS_NUMPY)}
    own_words = {"axis", "keepdims", "ddof", "weights", "np.", "ndimage.", *OWN}
    assert len(listed) > 100
    assert listed - own_words <= functions | set(ALIASES) | set(CONSTANTS) | set(DTYPE_NAMES)
    builtins = README.split("the builtins `")[1].split("`")[0].split()
    assert set(builtins) <= {*BUILTINS, *VOCABULARY.conversions, "True", "False", "None"}


def test_a_lost_header_is_a_warning(images):
    from nipype_mathimg import math_img

    with pytest.warns(HeaderWarning, match="copy_header_from='bold' keeps it"):
        math_img("bold * 1", {"bold": "bold.nii.gz"}, "out.nii.gz")


def test_files_that_the_readme_names_exist():
    root = Path(__file__).parent.parent
    for name in re.findall(r"`((?:nipype_mathimg|tests|workflows)/[\w/.]*)`", README):
        assert (root / name).exists(), name
