"""Importing the package is light, and its layers are in order."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("nipype", "scipy", "matplotlib", "pandas", "sklearn", "traits", "click")


def modules_after(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import nipype_mathimg",
        "from nipype_mathimg.formula.parse import input_names; input_names('np.mean(a) - b')",
    ],
)
def test_import_loads_nothing_heavy(statement):
    assert not modules_after(statement) & set(HEAVY)


def test_the_calculator_loads_no_nipype():
    # nibabel itself loads scipy.
    assert not modules_after("from nipype_mathimg import *") & (set(HEAVY) - {"scipy"})


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
