"""The scripts in workflows/, run as a user runs them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.workflows.copy_headers import RESULTS
from tests.workflows.real_images import (
    ANATOMICAL,
    BOLD,
    FUNCTIONAL,
    TPMS,
    save_like,
    values,
)

FOLDER = Path(__file__).parents[2] / "workflows"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))


def run_script(folder, name, *arguments, path=()):
    """Run a script in a folder, with further folders from which modules are imported."""
    python_path = os.pathsep.join(map(str, [*path, FOLDER.parent]))
    return subprocess.run(
        [sys.executable, str(FOLDER / name), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": python_path},
        capture_output=True,
        text=True,
        check=False,
    )


def printed_files(done) -> dict[str, Path]:
    """Return the images that a script says it wrote, by the name of their file."""
    assert done.returncode == 0, done.stderr
    words = [line.split()[-1] for line in done.stdout.splitlines() if line.endswith(".nii.gz")]
    paths = [Path(word) for word in words if word.startswith(os.sep)]
    assert all(path.is_file() for path in paths)
    return {path.name.removesuffix(".nii.gz"): path for path in paths}


@pytest.fixture
def runs(tmp_path):
    """Return two short runs: halves of a real one."""
    data = values(FUNCTIONAL).astype(np.float32)
    return [
        save_like(FUNCTIONAL, part, tmp_path / f"{name}.nii.gz")
        for name, part in (("first", data[..., :10]), ("second", data[..., 10:]))
    ]


@pytest.mark.parametrize("name", SCRIPTS)
def test_import_runs_nothing(name, tmp_path, capsys):
    spec = importlib.util.spec_from_file_location(name.removesuffix(".py"), FOLDER / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert callable(module.main)
    assert not capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_says_where_results_go(name, tmp_path):
    done = run_script(tmp_path, name, "--help")
    assert done.returncode == 0, done.stderr
    assert "--out FOLDER" in done.stdout


def test_copy_headers_prints_every_table_and_every_file(tmp_path):
    done = run_script(tmp_path, "copy_headers.py")
    assert set(printed_files(done)) == set(RESULTS)
    assert [path.name for path in tmp_path.iterdir()] == ["copy_headers_wf"]
    report = done.stdout[done.stdout.index("\n1. Header of img1") :]
    header, fresh, copied, mean_fresh, mean_copied, at_once = (
        report.partition(f"\n{number}. ")[2].partition(f"\n{number + 1}. ")[0]
        for number in range(1, 7)
    )
    assert str(BOLD) in header
    assert str(nib.load(BOLD).header) in header
    for fresh_table in (fresh, mean_fresh):
        for field in ("pixdim", "xyzt_units", "sform_code"):
            assert f"\n{field} " in fresh_table
    assert "no field differs" in copied
    for table in (mean_copied, at_once):
        fields = [line.split()[0] for line in table.splitlines() if "  " in line]
        assert fields == ["field", "dim", "pixdim", "cal_max", "cal_min"]


def test_copy_headers_of_own_runs_in_another_folder(runs, tmp_path):
    arguments = ("--bold", "first.nii.gz", "second.nii.gz", "--out", "here")
    files = printed_files(run_script(tmp_path, "copy_headers.py", *arguments))
    assert files["mean_copied"].is_relative_to(tmp_path / "here" / "copy_headers_wf")
    first, second = map(values, runs)
    expected = first.mean(axis=-1) - second.mean(axis=-1)
    for name in ("mean_fresh", "mean_copied", "mean_at_once"):
        np.testing.assert_allclose(values(files[name]), expected, rtol=1e-5, atol=1e-3)


def test_copy_headers_is_cached_the_second_time(tmp_path):
    first = printed_files(run_script(tmp_path, "copy_headers.py"))
    times = {path: path.stat().st_mtime_ns for path in first.values()}
    again = run_script(tmp_path, "copy_headers.py")
    assert printed_files(again) == first
    assert {path: path.stat().st_mtime_ns for path in first.values()} == times
    assert "Executing" not in again.stdout + again.stderr


def test_copy_headers_of_what_nilearn_downloads(runs, tmp_path):
    datasets = tmp_path / "stub" / "nilearn" / "datasets.py"
    datasets.parent.mkdir(parents=True)
    (datasets.parent / "__init__.py").touch()
    datasets.write_text(
        "from types import SimpleNamespace\n"
        f"fetch_adhd = lambda n_subjects: SimpleNamespace(func={runs}[:n_subjects])\n"
    )
    done = run_script(tmp_path, "copy_headers.py", "--adhd", path=[tmp_path / "stub"])
    assert set(printed_files(done)) == set(RESULTS)
    assert f"1. Header of img1, {runs[0]}" in done.stdout


def test_copy_headers_without_nilearn_says_how_to_get_it(tmp_path):
    (tmp_path / "nilearn.py").write_text("raise ImportError('not here')")
    done = run_script(tmp_path, "copy_headers.py", "--adhd", path=[tmp_path])
    assert done.returncode == 1
    assert "nipype_mathimg[examples]" in done.stderr
    assert "Traceback" not in done.stderr


def test_functional_maps(tmp_path):
    files = printed_files(run_script(tmp_path, "functional_maps.py"))
    names = {"masked_mean", "tsnr", "percent_signal_change", "zscore", "coverage_mask"}
    assert set(files) == names
    covered = values(files["coverage_mask"]) > 0
    for name in names - {"coverage_mask", "tsnr"}:
        assert not values(files[name])[~covered].any()
    np.testing.assert_allclose(values(files["zscore"])[covered].std(axis=-1), 1, rtol=1e-6)
    assert nib.load(files["zscore"]).header.get_zooms()[3] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["functional_maps_wf"]


def test_functional_maps_of_an_own_run(runs, tmp_path):
    mask = save_like(FUNCTIONAL, np.ones((17, 21, 3), np.uint8), tmp_path / "mask.nii.gz")
    done = run_script(tmp_path, "functional_maps.py", "--bold", runs[0], "--mask", mask)
    mean = values(runs[0]).mean(axis=-1)
    np.testing.assert_allclose(values(printed_files(done)["masked_mean"]), mean, rtol=1e-6)


def test_tissue_maps(tmp_path):
    files = printed_files(run_script(tmp_path, "tissue_maps.py"))
    maps = [values(files[f"tpm_0{tissue}_math"]) for tissue in range(3)]
    assert values(files["mask_union"]).sum() == (sum(maps) > 0).sum()
    assert values(files["mask_intersection"]).sum() == (np.min(maps, axis=0) > 0).sum() > 0


def test_tissue_maps_of_two(tmp_path):
    done = run_script(tmp_path, "tissue_maps.py", "--tpms", *TPMS[:2])
    maps = [path for name, path in printed_files(done).items() if name.startswith("tpm")]
    assert set(np.unique(np.round(sum(map(values, maps)), 6))) == {0, 1}


def test_fieldmap(tmp_path):
    phases = []
    for echo, turns in (("1", 0.25), ("2", 0.5)):
        data = np.full((33, 41, 25), turns * 4096, np.int16)
        phases.append(save_like(ANATOMICAL, data, tmp_path / f"phase{echo}.nii.gz"))
    arguments = ("--phase", *phases, "--echo-time", "0.004", "0.006")
    files = printed_files(run_script(tmp_path, "fieldmap.py", *arguments))
    np.testing.assert_allclose(values(files["fieldmap"]), 0.25 / 0.002, rtol=1e-6)


def test_ribbon(tmp_path):
    distance = np.linspace(-5, 5, 33, dtype=np.float32)[:, None, None] * np.ones((1, 41, 25))
    white, pial = (
        save_like(ANATOMICAL, (distance + shift).astype(np.float32), tmp_path / f"{name}.nii.gz")
        for name, shift in (("white", 1), ("pial", -1))
    )
    done = run_script(tmp_path, "ribbon.py", "--white", white, white, "--pial", pial, pial)
    np.testing.assert_array_equal(values(printed_files(done)["ribbon"]), np.abs(distance) < 1)


def test_group_stats(runs, tmp_path):
    files = printed_files(run_script(tmp_path, "group_stats.py", *runs))
    maps = [values(path).mean(axis=-1) for path in runs]
    np.testing.assert_allclose(values(files["mean"]), np.mean(maps, axis=0), rtol=1e-6)
    np.testing.assert_allclose(values(files["std"]), np.std(maps, axis=0, ddof=1), atol=1e-3)
