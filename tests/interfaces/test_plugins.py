"""The same workflow under every way of running it: the same bytes, and cached after that."""

from __future__ import annotations

from pathlib import Path

import nipype.pipeline.engine as pe
import pytest

from nipype_mathimg.interfaces import CopyHeader, MathImg, MathValue
from tests.interfaces.helpers import run

pytestmark = pytest.mark.timeout(120)

VARIANTS = {
    "one process": ("MultiProc", {"n_procs": 1}),
    "fork": ("MultiProc", {"n_procs": 2, "mp_context": "fork"}),
    "spawn": ("MultiProc", {"n_procs": 2, "mp_context": "spawn"}),
    "forkserver": ("MultiProc", {"n_procs": 2, "mp_context": "forkserver"}),
    "legacy": ("LegacyMultiProc", {"n_procs": 2}),
}


def build(folder: Path, runs: list[str]) -> pe.Workflow:
    workflow = pe.Workflow("wf", base_dir=str(folder))
    mean = pe.MapNode(MathImg("np.mean(bold, axis=-1)"), ["bold"], "mean")
    mean.inputs.bold = runs
    top = pe.Node(MathValue("np.max(imgs)"), "top")
    group = pe.Node(MathImg("np.std(imgs, axis=-1) / top"), "group")
    header = pe.Node(CopyHeader(hdr_file=runs[0]), "header")
    workflow.connect(
        [
            (mean, top, [("out_file", "imgs")]),
            (mean, group, [("out_file", "imgs")]),
            (top, group, [("out", "top")]),
            (group, header, [("out_file", "in_file")]),
        ]
    )
    return workflow


def contents(workflow: pe.Workflow) -> dict[str, tuple[bytes, int]]:
    """Return the bytes of all images of a workflow that has run, and when they were written."""
    folder = Path(workflow.base_dir)
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*.nii.gz")
    }


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("variant", VARIANTS)
def test_equal_bytes_and_cached(tmp_path, runs, variant):
    linear = build(tmp_path / "linear", runs)
    run(linear)
    plugin, arguments = VARIANTS[variant]
    other = build(tmp_path / "other", runs)
    other.run(plugin, plugin_args=arguments)
    found, expected = contents(other), contents(linear)
    assert {name: data for name, (data, _) in found.items()} == {
        name: data for name, (data, _) in expected.items()
    }
    build(tmp_path / "other", runs).run(plugin, plugin_args=arguments)
    assert contents(other) == found
