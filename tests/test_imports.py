"""Importing the package is light, and its layers are in order."""

from __future__ import annotations

import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

HEAVY = ("nipype", "scipy", "matplotlib", "pandas", "sklearn", "traits", "click")


def modules_after(statement: str) -> set[str]:
    """Return the top-level packages that a statement loads in a fresh interpreter."""
    code = (
        f"import sys\nbefore = set(sys.modules)\n{statement}\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import nipype_mathimg",
        "from nipype_mathimg.formula.program import input_names; input_names('np.mean(a) - b')",
    ],
)
def test_import_loads_nothing_heavy(statement):
    assert not modules_after(statement) & set(HEAVY)


def test_the_package_alone_loads_nothing_else():
    loaded = modules_after("import nipype_mathimg")
    assert not loaded & {"numpy", "nibabel", "isal", *HEAVY}


RUN = """
from nipype_mathimg import *
math_img("np.mean(a, axis=-1) - 1", {"a": "a.nii.gz"}, "out.nii.gz", copy_header_from="a")
copy_header("out.nii.gz", "a.nii.gz", "again.nii")
compare_headers("out.nii.gz", "again.nii")
"""


def test_a_run_over_nifti_loads_this_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nib.save(nib.Nifti1Image(np.ones((2, 3, 4, 5), "f4"), np.eye(4)), "a.nii.gz")
    loaded = modules_after(RUN)
    packages = {name for name in loaded if name not in sys.stdlib_module_names and name[0] != "_"}
    # A module that Cython made lies in memory under a name of its own.
    assert packages - {"cython_runtime"} == {"nipype_mathimg", "numpy", "isal"}
    # Slow to load, and not needed.
    slow = {"tempfile", "socket", "hashlib", "secrets", "email", "ssl", "urllib"}
    assert not loaded & slow


def test_every_public_name_exists():
    import nipype_mathimg

    assert all(getattr(nipype_mathimg, name) is not None for name in nipype_mathimg.__all__)
    with pytest.raises(AttributeError, match="maths_img"):
        _ = nipype_mathimg.maths_img


def test_interfaces_do_not_load_the_heavy_packages_of_others():
    loaded = modules_after("import nipype_mathimg.interfaces")
    assert not loaded & {"matplotlib", "pandas", "sklearn", "nilearn"}


def test_import_contracts_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
