"""Coverage and mean time series by region, against NumPy."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.workflows import init_parcellation_wf
from tests.workflows.real_images import FUNCTIONAL, save_like, values
from tests.workflows.test_scripts import run_script


@pytest.fixture
def images(tmp_path):
    """Return a real run that is cut off, and blocks of 6 x 6 voxels as an atlas."""
    run = values(FUNCTIONAL).astype(np.float32)
    run[:, : run.shape[1] // 3] = 7
    blocks = np.indices(run.shape[:3]) // 6
    atlas = (1 + blocks[0] + 20 * blocks[1]).astype(np.int16)
    atlas[:, :, 0] = 0
    bold = save_like(FUNCTIONAL, run, tmp_path / "bold.nii.gz")
    image = nib.Nifti1Image(atlas, nib.load(bold).affine)
    nib.save(image, tmp_path / "atlas.nii.gz")
    table = tmp_path / "atlas.tsv"
    labels = np.unique(atlas)[:0:-1]
    table.write_text("index\tname\n" + "".join(f"{k}\tblock{k}\n" for k in labels))
    return run, atlas, labels, [bold, str(tmp_path / "atlas.nii.gz"), str(table)]


def read(path):
    with open(path) as file:
        names, *rows = [line.rstrip("\n").replace("n/a", "nan").split("\t") for line in file]
    return names, np.array(rows)


def expected(run, atlas, labels, least):
    varies = run.astype(float).var(axis=-1) > 0
    coverage = np.array([varies[atlas == k].mean() for k in labels])
    series = [
        run[(atlas == k) & varies].astype(float).mean(axis=0)
        if part >= least
        else np.full(run.shape[-1], np.nan)
        for k, part in zip(labels, coverage, strict=True)
    ]
    return coverage, np.transpose(series)


@pytest.mark.parametrize("least", [0.5, 0.9])
def test_regions_that_are_not_covered_have_no_value(images, tmp_path, least):
    run, atlas, labels, paths = images
    workflow = init_parcellation_wf(min_coverage=least)
    workflow.base_dir = str(tmp_path)
    for name, path in zip(("bold", "atlas", "labels"), paths, strict=True):
        setattr(workflow.get_node("inputnode").inputs, name, path)
    graph = workflow.run()
    (outputs,) = [one.result.outputs for one in graph.nodes() if one.name == "parcellate"]
    coverage, series = expected(run, atlas, labels, least)
    assert 0 < np.isnan(series[0]).sum() < labels.size
    names, rows = read(outputs.timeseries)
    assert names == [f"block{k}" for k in labels]
    np.testing.assert_allclose(rows.astype(float), series, rtol=1e-12)
    names, rows = read(outputs.coverage)
    assert names == ["index", "name", "coverage"]
    np.testing.assert_array_equal(rows[:, 0].astype(int), labels)
    np.testing.assert_allclose(rows[:, 2].astype(float), coverage, rtol=1e-14)


def test_the_script_names_its_tables(images, tmp_path):
    *_, labels, paths = images
    done = run_script(tmp_path, "parcellation.py", *paths, "--min-coverage", "0.7")
    assert done.returncode == 0, done.stderr
    found = [line.split()[-1] for line in done.stdout.splitlines() if line.endswith("series.tsv")]
    (path,) = found
    assert len(read(path)[0]) == labels.size


def test_a_fraction_of_2_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        init_parcellation_wf(min_coverage=2)
