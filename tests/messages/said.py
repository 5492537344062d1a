"""What is said in each place: runs what a user wrote, and returns the whole message."""

from __future__ import annotations

import gzip
import os
import shlex
import warnings
from pathlib import Path

import click
import nibabel as nib
import numpy as np
from click.testing import CliRunner
from nipype import MapNode, Node, Workflow

from nipype_mathimg import (
    HeaderWarning,
    compare_headers,
    copy_header,
    explain,
    math_img,
    math_table,
    math_value,
)
from nipype_mathimg.cli.commands import main
from nipype_mathimg.formula.functions import VOCABULARY
from nipype_mathimg.interfaces import (
    CopyHeader,
    MathImg,
    MathTable,
    MathValue,
    mathimg_class,
    node,
)

COLUMNS = 60
"""Width of the terminal."""


def make_files(folder: Path) -> None:
    """Write the images that the messages are about."""
    run = np.arange(5 * 4 * 3 * 4, dtype=np.float32).reshape(5, 4, 3, 4)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    moved = affine.copy()
    moved[0, 3] = 1.5
    images = {
        "bold": (run, affine),
        "short": (run[..., :3], affine),
        "other": (run[:, :3], affine),
        "moved": (run, moved),
        "seg": ((run[..., 0] > 30).astype(np.float32) * 1.5, affine),
        "mask": ((run[..., 0] > 30).astype(np.uint8), affine),
    }
    for name, (data, grid) in images.items():
        nib.save(nib.Nifti1Image(data, grid), folder / f"{name}.nii")
    for name, (step, unit) in {
        "tr2": (2, "mm"),
        "tr3": (3, "mm"),
        "micron": (2, "micron"),
    }.items():
        image = nib.Nifti1Image(run, affine)
        image.header.set_zooms((2, 2, 2, step))
        image.header.set_xyzt_units(unit, "sec")
        nib.save(image, folder / f"{name}.nii")
    (folder / "table.tsv").write_text("subject\tbold\nsub-1\tbold.nii\nsub-2\tno.nii\n")
    _make_files_beside(folder)
    _make_broken_files(folder)
    odd = nib.Nifti1Image(run, affine)
    odd.header["descrip"] = b"with a note"
    nib.save(odd, folder / "odd.nii")


def _make_files_beside(folder: Path) -> None:
    (folder / "commas.tsv").write_text("subject,bold\nsub-1,bold.nii\n")
    (folder / "confounds.tsv").write_text("framewise_displacement\ttrans_x\n0.2\t0.1\n0.3\t0.2\n")
    (folder / "dwi.bval").write_text("0 1000 1000 2000\n")
    (folder / "empty.tsv").write_text("subject\tbold\n")
    (folder / "list.txt").write_text("bold.nii\nbold.nii\n")
    (folder / "meta.json").write_text('{"RepetitionTime": 2.0, "EchoTime": 0.03}')


def _make_broken_files(folder: Path) -> None:
    content = (folder / "bold.nii").read_bytes()
    (folder / "plain.nii.gz").write_bytes(content)
    (folder / "cut.nii.gz").write_bytes(gzip.compress(content)[:-200])
    (folder / "page.nii.gz").write_text("<!DOCTYPE html><html><body>404</body></html>")
    (folder / "pointer.nii.gz").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n"
    )
    (folder / "annexed.nii.gz").symlink_to(".git/annex/objects/x/MD5E-s1.nii.gz")


def said(where: str, written: str) -> str:
    """Return the message that a user reads; HERE is the folder, SPACES the namespaces, COMMANDS
    those of the terminal.

    Parameters
    ----------
    where : str
        ``"Python"`` or ``"node"``, where an expression is written, or ``"terminal"``.
    written : str
        The expression, or the words behind ``mathimg``.
    """
    text = _of_terminal(written) if where == "terminal" else _of_python(written)
    spaces = " or ".join(f"`{space.name}.`" for space in VOCABULARY.namespaces)
    commands = ", ".join(main.list_commands(click.Context(main)))
    shown = text.replace(os.getcwd(), "HERE").replace(spaces, "SPACES")
    return shown.replace(commands, "COMMANDS").strip("\n")


def _of_python(written: str) -> str:
    names = {
        "BOLD": {"bold": "bold.nii"},
        "BOTH": {"bold": "bold.nii", "mask": "mask.nii"},
        "CopyHeader": CopyHeader,
        "MathImg": MathImg,
        "MathTable": MathTable,
        "MathValue": MathValue,
        "MapNode": MapNode,
        "Node": Node,
        "Workflow": Workflow,
        "compare_headers": compare_headers,
        "copy_header": copy_header,
        "explain": explain,
        "mathimg_class": mathimg_class,
        "math_img": math_img,
        "math_table": math_table,
        "math_value": math_value,
        "nib": nib,
        "node": node,
        "np": np,
        "os": os,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HeaderWarning)
            eval(written, names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "(nothing)"


def _of_terminal(written: str) -> str:
    runner = CliRunner(env={"COLUMNS": str(COLUMNS)})
    lines = runner.invoke(main, shlex.split(written), prog_name="mathimg").output.splitlines()
    # How to ask for help stands above every mistake in the use of a command.
    return "\n".join(line for line in lines if not line.startswith(("Usage:", "Try ")))
