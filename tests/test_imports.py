"""Importing the package is light, and its layers are in order."""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib.metadata import version

import nibabel as nib
import numpy as np
import pytest

HEAVY = ("nipype", "scipy", "matplotlib", "pandas", "sklearn", "traits", "click")


def modules_after(statement: str) -> set[str]:
    """Return the modules that a statement loads in a fresh interpreter."""
    code = (
        f"import sys\nbefore = set(sys.modules)\n{statement}\n"
        "print(*set(sys.modules) - before, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def packages_after(statement: str) -> set[str]:
    """Return the top-level packages that a statement loads in a fresh interpreter."""
    return {name.partition(".")[0] for name in modules_after(statement)}


@pytest.mark.parametrize(
    "statement",
    [
        "import nipype_mathimg",
        "from nipype_mathimg.formula.program import input_names; input_names('np.mean(a) - b')",
        "from nipype_mathimg.formula.program import parse; parse('ndimage.laplace(a)')",
    ],
)
def test_import_loads_nothing_heavy(statement):
    assert not packages_after(statement) & set(HEAVY)


def test_the_package_alone_loads_nothing_else():
    loaded = packages_after("import nipype_mathimg")
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
    loaded = packages_after(RUN)
    packages = {name for name in loaded if name not in sys.stdlib_module_names and name[0] != "_"}
    # A module that Cython made lies in memory under a name of its own.
    assert packages - {"cython_runtime"} == {"nipype_mathimg", "numpy", "isal"}
    # Slow to load, and not needed; before 2.0 NumPy loads some itself.
    slow = {"tempfile", "socket", "hashlib", "secrets", "email", "ssl", "urllib"}
    assert not loaded & slow - packages_after("import numpy")


def test_a_run_over_nifti_loads_nothing_of_surfaces(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nib.save(nib.Nifti1Image(np.ones((2, 3, 4, 5), "f4"), np.eye(4)), "a.nii.gz")
    loaded = modules_after(RUN)
    assert "nipype_mathimg.images.files.source" in loaded
    surfaces = ("gifti", "cifti", "expat", "side_by_side")
    assert not [name for name in loaded if any(part in name for part in surfaces)]


PLAIN_RUN = """
from nipype_mathimg import math_img
math_img("a * 1", {"a": "a.nii.gz"}, "out.nii.gz", copy_header_from="a")
"""

LATER = """
    calc.beside calc.tables
    formula.graph.attributes formula.graph.labels formula.graph.lengths formula.graph.tables
    formula.kernels.accumulate formula.kernels.along_axis formula.kernels.window
    formula.language.precedence
    images.files.held images.files.misnamed images.files.sequence images.files.side_by_side
    images.headers.statistic
"""
"""What other formulas, inputs or mistakes need: each module takes 0.3 ms of a start."""


def test_a_plain_run_loads_no_more_than_it_needs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nib.save(nib.Nifti1Image(np.ones((2, 3, 4, 5), "f4"), np.eye(4)), "a.nii.gz")
    loaded = modules_after(PLAIN_RUN)
    assert "nipype_mathimg.formula.graph.voxelwise" in loaded
    assert not loaded & {f"nipype_mathimg.{name}" for name in LATER.split()}


FROM_SCIPY = "from nipype_mathimg.formula.kernels.scipy_modules import ndimage, special\n"


def test_scipy_loads_without_what_it_never_uses_of_numpy():
    put_off = {"numpy.f2py.crackfortran"}
    # Older ones use `numpy.testing` themselves.
    if tuple(map(int, version("scipy").split(".")[:2])) >= (1, 14):
        put_off.add("unittest")
    assert not modules_after(FROM_SCIPY) & put_off


def test_what_was_put_off_is_there_when_it_is_asked_for():
    asked = """
import numpy as np
from numpy.testing import assert_equal
assert_equal(np.testing.assert_equal, assert_equal)
assert np.f2py.crackfortran.__name__ == "numpy.f2py.crackfortran"
"""
    assert {"unittest", "numpy.f2py.crackfortran"} <= modules_after(FROM_SCIPY + asked)


def test_every_public_name_exists():
    import nipype_mathimg

    assert all(getattr(nipype_mathimg, name) is not None for name in nipype_mathimg.__all__)
    with pytest.raises(AttributeError, match="maths_img"):
        _ = nipype_mathimg.maths_img


def test_dir_shows_the_public_names_also_before_they_are_imported():
    for package in ("nipype_mathimg", "nipype_mathimg.interfaces"):
        code = (
            f"import {package} as m; print({{n for n in dir(m) if n[0] != '_'}} == {{*m.__all__}})"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout == "True\n", done.stderr


def test_a_module_that_fails_to_load_says_why():
    # As where NumPy is older than what the package needs.
    code = "import numpy; del numpy.dtype\nfrom nipype_mathimg import math_img"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert "nipype_mathimg.calc.run cannot be imported: module 'numpy' has no attribute" in last


def test_interfaces_load_what_a_workflow_loads_anyway():
    # Not Nipype's plugins, and not IPython with them.
    more = packages_after("import nipype.pipeline.engine, nipype_mathimg.interfaces")
    assert more - packages_after("import nipype.pipeline.engine") == {"nipype_mathimg"}
    loaded = modules_after("import nipype_mathimg.interfaces")
    assert not [name for name in loaded if name.startswith("nipype.pipeline.plugins")]
    # At about 0.5 ms each they stay below 80 ms; what only some nodes need comes with these.
    own = [name for name in loaded if name.startswith("nipype_mathimg")]
    assert len(own) <= 95
    assert not [name for name in own if "drop_in" in name or "calc.run" in name]


def test_the_plugin_comes_when_it_is_asked_for():
    import nipype_mathimg.interfaces as interfaces

    plugin = interfaces.WatchfulMultiProcPlugin
    assert pickle.loads(pickle.dumps(plugin)) is plugin
    with pytest.raises(AttributeError, match="WatchfulPlugin"):
        _ = interfaces.WatchfulPlugin


def test_import_contracts_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
