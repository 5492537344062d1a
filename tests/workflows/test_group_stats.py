"""Statistics over runs by JoinNodes, against NumPy on real runs."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.workflows import init_group_stats_wf
from nipype_mathimg.workflows.running import run_workflow, script_parser
from tests.workflows.real_images import FUNCTIONAL, geometry, save_like, values


@pytest.fixture
def runs(tmp_path):
    """Return three runs: parts of a real one, of different lengths."""
    data = values(FUNCTIONAL).astype(np.float32)
    parts = (data[..., :7], data[..., 7:13], data[..., 13:])
    return [
        save_like(FUNCTIONAL, part, tmp_path / f"run-{number}_bold.nii.gz")
        for number, part in enumerate(parts)
    ]


def run(workflow, folder, *arguments):
    return run_workflow(
        workflow, script_parser(None).parse_args(["--out", str(folder), *arguments])
    )


@pytest.mark.parametrize("ddof", [0, 1])
def test_mean_and_deviation(runs, tmp_path, ddof):
    found = run(init_group_stats_wf(runs, ddof=ddof), tmp_path)
    maps = [values(path).mean(axis=-1) for path in runs]
    for name, expected in (("mean", np.mean(maps, axis=0)), ("std", np.std(maps, 0, ddof=ddof))):
        (path,) = found[name]
        assert nib.load(path).get_data_dtype() == np.float32
        # The maps are float32, and the deviation is a small difference of them.
        np.testing.assert_allclose(values(path), expected, rtol=1e-6, atol=5e-4)
        known = geometry(FUNCTIONAL)
        assert geometry(path) == {**known, "zooms": known["zooms"][:3]}


def test_each_run_is_reduced_once(runs, tmp_path):
    found = run(init_group_stats_wf(runs), tmp_path)
    for path, bold in zip(sorted(found["reduce_run"]), runs, strict=True):
        np.testing.assert_allclose(values(path), values(bold).mean(axis=-1), rtol=1e-6)


def test_other_reduction(runs, tmp_path):
    found = run(init_group_stats_wf(runs, formula="np.std(bold, axis=-1)"), tmp_path)
    expected = np.mean([values(path).std(axis=-1) for path in runs], axis=0)
    np.testing.assert_allclose(values(found["mean"][0]), expected, rtol=1e-5, atol=1e-4)


def test_inside_another_workflow(runs, tmp_path):
    outer = pe.Workflow("outer")
    outer.add_nodes([init_group_stats_wf(runs)])
    alone = run(init_group_stats_wf(runs), tmp_path / "alone")
    nested = run(outer, tmp_path / "nested")
    np.testing.assert_array_equal(values(nested["std"][0]), values(alone["std"][0]))


def test_paths_longer_than_the_name_of_a_folder(runs, tmp_path):
    folder = tmp_path / ("a" * 150) / ("b" * 150)
    folder.mkdir(parents=True)
    moved = [str(Path(path).rename(folder / Path(path).name)) for path in runs]
    assert run(init_group_stats_wf(moved), tmp_path)["mean"]


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_two_processes_give_the_same(runs, tmp_path):
    alone = run(init_group_stats_wf(runs), tmp_path / "one")
    both = run(init_group_stats_wf(runs), tmp_path / "two", "--n-procs", "2")
    for name in ("mean", "std"):
        one, two = (Path(found[name][0]).read_bytes() for found in (alone, both))
        assert one == two
