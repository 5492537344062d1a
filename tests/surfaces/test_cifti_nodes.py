"""Nodes and workflows over CIFTI-2 files, and what Workbench makes of the same."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.interfaces import CompareHeaders, CopyHeader, MathImg, MathValue
from nipype_mathimg.workflows import init_parcellation_wf, init_tsnr_wf
from tests.surfaces import made
from tests.surfaces.made import shown
from tests.surfaces.test_cifti import workbench
from tests.workflows.test_scripts import run_script


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return {name: str(path) for name, path in made.write_all(tmp_path).items()}


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("np.mean(bold, axis=-1)", "b_math.dscalar.nii"),
        ("bold * 2", "b_math.dtseries.nii"),
        ("bold[..., 0] > 0", "b_math.dscalar.nii"),
    ],
)
def test_a_default_name_follows_the_kind(files, formula, name):
    interface = MathImg(formula, copy_header_from="bold")
    interface.inputs.bold = files["b"]
    assert Path(interface.run().outputs.out_file).name == name


def test_values_headers_and_comparisons(files):
    value = MathValue("np.mean(bold, axis=0)")
    value.inputs.bold = files["b"]
    np.testing.assert_allclose(value.run().outputs.out, shown("b").mean(0), rtol=1e-6)
    copied = CopyHeader(in_file=files["b"], hdr_file=files["a"]).run().outputs.out_file
    assert copied.endswith("b_hdr.dtseries.nii")
    found = CompareHeaders(reference_file=files["a"], in_file=copied).run().outputs
    assert found.same is True


def test_tsnr_is_one_workflow_for_volumes_and_surfaces(files, tmp_path):
    workflow = init_tsnr_wf()
    workflow.base_dir = str(tmp_path / "work")
    workflow.inputs.inputnode.bold = files["b"]
    graph = workflow.run()
    (found,) = (one.result.outputs.out_file for one in graph.nodes() if "tsnr" in one.name)
    b = shown("b")
    assert found.endswith(".dscalar.nii")
    np.testing.assert_allclose(nib.load(found).get_fdata()[0], b.mean(1) / b.std(1), rtol=1e-5)


def test_coverage_and_parcels(files, tmp_path):
    values = made.ARRAYS["b"].copy()
    first = np.flatnonzero(shown("labels") == 1)
    values[:, first[: 3 * len(first) // 4]] = 0
    second = np.flatnonzero(shown("labels") == 2)
    values[:, second[0]] = 0
    bold = made.save(tmp_path / "bold.dtseries.nii", values, made.SERIES, made.MODELS)
    workflow = init_parcellation_wf(cifti=True)
    workflow.base_dir = str(tmp_path / "work")
    workflow.inputs.inputnode.bold = str(bold)
    workflow.inputs.inputnode.atlas = files["labels"]
    (outputs,) = (one.result.outputs for one in workflow.run().nodes() if one.name == "parcellate")
    labels = shown("labels")
    covered = values.var(0) > 0
    coverage = nib.load(outputs.coverage).get_fdata()[0]
    series = nib.load(outputs.timeseries).get_fdata()
    for k in range(4):
        inside = labels == k + 1
        assert coverage[k] == pytest.approx(covered[inside].mean(), rel=1e-6)
        if coverage[k] < 0.5:
            assert np.isnan(series[:, k]).all()
        else:
            expected = values[:, inside & covered].mean(1)
            np.testing.assert_allclose(series[:, k], expected, rtol=1e-6)
    assert np.isnan(series[:, 0]).all()


def test_the_script_takes_dense_files_without_a_table(files, tmp_path):
    done = run_script(tmp_path, "parcellation.py", files["b"], files["labels"])
    assert done.returncode == 0, done.stderr
    (path,) = (line.split()[-1] for line in done.stdout.splitlines() if "timeseries  " in line)
    regions = [shown("b")[shown("labels") == k].mean(axis=0) for k in range(1, 5)]
    np.testing.assert_allclose(nib.load(path).get_fdata().T, regions, rtol=1e-6)
    refused = run_script(tmp_path, "parcellation.py", "bold.nii.gz", files["labels"])
    assert refused.returncode == 2
    assert "a volume needs the table of its labels" in refused.stderr


@pytest.mark.needs("workbench")
def test_coverage_and_parcels_are_those_of_five_nodes_of_xcp_d(files, tmp_path):
    """Its nodes: mask of vertices, two by ``-cifti-parcellate``, threshold, mask of parcels."""
    values, labels = made.ARRAYS["b"].copy(), shown("labels")
    first, second = (np.flatnonzero(labels == k) for k in (1, 2))
    values[:, first[: 3 * len(first) // 4]] = 0
    values[:, second[0]] = np.nan
    bold = made.save(tmp_path / "bold.dtseries.nii", values, made.SERIES, made.MODELS)
    workflow = init_parcellation_wf(cifti=True)
    workflow.base_dir = str(tmp_path / "work")
    workflow.inputs.inputnode.bold, workflow.inputs.inputnode.atlas = str(bold), files["labels"]
    (outputs,) = (one.result.outputs for one in workflow.run().nodes() if one.name == "parcellate")

    # CiftiVertexMask, which is Python there.
    good = ~np.all((values == 0) | np.isnan(values), axis=0)
    mask, coverage, series, enough = (
        tmp_path / name
        for name in ("m.dscalar.nii", "c.pscalar.nii", "s.ptseries.nii", "e.pscalar.nii")
    )
    made.save(mask, good[None].astype("f4"), made.FILES["w"][1], made.MODELS)
    parcellate, last = "-cifti-parcellate", ("COLUMN",)
    workbench(parcellate, mask, files["labels"], *last, coverage, "-only-numeric")
    weights = ("-only-numeric", "-cifti-weights", mask)
    workbench(parcellate, bold, files["labels"], *last, series, *weights)
    workbench("-cifti-math", "data > 0.5", enough, "-var", "data", coverage)
    # CiftiMask, Python too: "I couldn't find a way to do this with wb_command -cifti-math".
    kept = nib.load(enough).get_fdata()[0] > 0
    expected = np.where(kept, nib.load(series).get_fdata(), np.nan)
    np.testing.assert_allclose(nib.load(outputs.timeseries).get_fdata(), expected, rtol=1e-6)
    np.testing.assert_allclose(
        nib.load(outputs.coverage).get_fdata(), nib.load(coverage).get_fdata(), rtol=1e-6
    )
    assert kept.tolist() == [False, True, True, True]
