"""The README and the guide tell the truth: each of their examples runs, alone."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner
from nibabel.testing import data_path

import nipype_mathimg
from nipype_mathimg.cli.commands import main
from nipype_mathimg.cli.function_page import page
from nipype_mathimg.formula.functions import FUNCTIONS
from tests.surfaces.gifti_files import BOLD, PARC, THICK, save

ROOT = Path(__file__).parent.parent
GUIDE = Path(nipype_mathimg.__file__).parent / "guide"
PAGES = [ROOT / "README.md", *sorted(GUIDE.glob("*.md"))]


def examples(language: str) -> Iterator[Any]:
    """Yield each block of a language in the pages."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        block = rf"(?:<!-- needs: (\w+) -->\n)?```{language}\n(.*?)```"
        for found in re.finditer(block, text, re.DOTALL):
            line = text[: found.start(2)].count("\n")
            marks = [pytest.mark.needs(found.group(1))] if found.group(1) else []
            yield pytest.param(found.group(2), id=f"{path.stem}-{line}", marks=marks)


def commands() -> Iterator[Any]:
    """Yield each line of the blocks for a shell that runs this program."""
    for block in examples("bash"):
        for line in block.values[0].splitlines():
            if line.startswith("mathimg "):
                name = f"{block.id}-{line[8:40]}"
                yield pytest.param(line, id=name, marks=block.marks)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return real images, small, under the names that the pages use, and tables beside them."""
    folder = tmp_path_factory.mktemp("guide")
    image = nib.load(Path(data_path) / "example4d.nii.gz").slicer[40:72, 30:62, 6:18]
    volumes = np.asarray(image.dataobj)
    # The two volumes of the file are too few for a run: repeat them with a drift.
    run = np.concatenate([volumes + k for k in range(6)], axis=-1).astype(np.int16)
    anatomy = run[..., 0]
    for name, data in {
        "bold": run,
        "run2": run + np.int16(3),
        "t1": anatomy,
        "mask": (anatomy > 200).astype(np.uint8),
        "atlas": np.digitize(anatomy, [150, 250, 350]).astype(np.uint8),
        "stat": (anatomy / 100 - 2).astype(np.float32),
    }.items():
        nib.save(nib.Nifti1Image(data, image.affine, image.header), folder / f"{name}.nii.gz")
    rows = ["n/a\t0.0\t0.0", *(f"{k % 4 / 5}\t{k * 0.1}\t{(k % 3) * 0.2}" for k in range(1, 12))]
    table = "\n".join(["framewise_displacement\ttrans_x\trot_z", *rows])
    (folder / "confounds.tsv").write_text(f"{table}\n")
    (folder / "atlas.tsv").write_text("index\tname\n1\tLeft\n2\tRight\n3\tMiddle\n")
    (folder / "runs.tsv").write_text("name\nbold\nrun2\n")
    _save_surfaces(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _save_surfaces(folder: Path) -> None:
    save(folder / "bold.func.gii", BOLD, "NIFTI_INTENT_TIME_SERIES", step=2)
    save(folder / "thickness.shape.gii", THICK, "NIFTI_INTENT_SHAPE", ["thickness"])
    table = [(0, "???"), (1, "V1"), (2, "V2"), (3, "MT")]
    save(folder / "atlas.label.gii", PARC, "NIFTI_INTENT_LABEL", ["atlas"], labels=table)


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore::nipype_mathimg.errors.HeaderWarning")
@pytest.mark.parametrize("code", list(examples("python")))
def test_an_example_in_python_runs_alone(code: str, folder: Path) -> None:
    exec(compile(code, "page", "exec"), {"__name__": "__main__"})
    for written in re.findall(r'out_file="([^"]+)"', code):
        assert (folder / written).exists()


def expanded(word: str, folder: Path) -> list[str]:
    """Return the files that a shell would put for a pattern."""
    names = sorted(path.name for path in folder.glob(word)) if word.endswith("*.nii.gz") else []
    return names or [word]


@pytest.mark.parametrize("command", list(commands()))
def test_a_command_runs_alone(command: str, folder: Path) -> None:
    words = [name for word in shlex.split(command)[1:] for name in expanded(word, folder)]
    before = set(folder.iterdir())
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    for written in {word.rpartition("=")[2] for word in words} & {"psc.nii.gz", "means.tsv"}:
        assert folder / written in set(folder.iterdir()) - before


def test_there_is_a_page_for_every_link() -> None:
    for path in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_files_that_a_page_names_exist() -> None:
    named = r"`((?:nipype_mathimg|tests|workflows)/[\w/.]*)`"
    for path in PAGES:
        for name in re.findall(named, path.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{path.name}: {name}"


def test_set_up_commands_are_one_line_each() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"<!-- setup: (\w+) -->\n```bash\n(.*?)```", text, re.DOTALL)
    assert [name for name, _ in found] == ["run", "test"]
    assert all(len(command.strip().splitlines()) == 1 for _, command in found)


def test_the_page_of_functions_has_an_example_of_each() -> None:
    lines = page().splitlines()
    for row in FUNCTIONS.values():
        assert any(line.startswith(f"| `{row.spelling}` | `") for line in lines)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 110


def test_how_to_answers_are_many() -> None:
    assert (GUIDE / "howtos.md").read_text(encoding="utf-8").count("```bash") >= 30
