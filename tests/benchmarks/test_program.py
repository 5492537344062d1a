"""The programs of the benchmark give what their references say, together and one by one."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg import explain, math_img
from tests.benchmarks.data import make_runs
from tests.benchmarks.program import PROGRAMS, _lines_for, _loaded


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_right_and_decodes_its_run_once(name, tmp_path):
    program = PROGRAMS[name]
    runs = make_runs(tmp_path, "float32", ".nii.gz", (7, 6, 5), 12)
    files = {"a": runs.path("a"), "m": runs.path("mask")}
    targets = {output: str(tmp_path / f"{output}.nii.gz") for output in program.outputs}
    result = math_img(program.lines, files, outputs=targets, copy_header_from="a")
    assert result.plan.passes("a") == 1
    with np.errstate(all="ignore"):
        right = program.reference(_loaded(files["a"]), _loaded(files["m"]))
    for output, path in targets.items():
        np.testing.assert_allclose(_loaded(path), right[output], rtol=5e-5, atol=5e-3)
        lines = _lines_for(program, output)
        used = files if output == "mask" else {"a": files["a"]}
        assert output in explain(lines, used, outputs=[output]).results
