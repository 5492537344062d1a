"""Nodes and workflows over CIFTI-2 files, alone and between niworkflows' own."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import nibabel as nib
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.interfaces import CompareHeaders, CopyHeader, MathImg, MathValue, node
from nipype_mathimg.workflows import init_parcellation_wf, init_tsnr_wf
from tests.surfaces import made
from tests.surfaces.made import shown


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


@pytest.mark.needs("niworkflows")
@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore")
def test_derivatives_of_niworkflows(tmp_path):
    from niworkflows.interfaces.bids import DerivativesDataSink

    dataset = tmp_path / "bids"
    source = dataset / "sub-01" / "func" / "sub-01_task-rest_bold.nii.gz"
    source.parent.mkdir(parents=True)
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2, 7), "f4"), np.eye(4)), source)
    description = {"Name": "made", "BIDSVersion": "1.9.0"}
    (dataset / "dataset_description.json").write_text(json.dumps(description))
    bold = made.save(tmp_path / "bold.dtseries.nii", made.ARRAYS["b"], made.SERIES, made.MODELS)
    scaled = node(
        MathImg("100 * bold / np.mean(bold, axis=-1)", bold=str(bold), copy_header_from="bold"),
        name="scaled",
    )
    sink = pe.Node(
        DerivativesDataSink(
            base_directory=str(tmp_path / "out"),
            source_file=str(source),
            space="fsLR",
            density="91k",
            suffix="bold",
            compress=False,
        ),
        name="sink",
    )
    workflow = pe.Workflow("derivatives", base_dir=str(tmp_path / "work"))
    workflow.connect(scaled, "out_file", sink, "in_file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workflow.run()
    (written,) = (tmp_path / "out").rglob("*.dtseries.nii")
    assert written.name == "sub-01_task-rest_space-fsLR_den-91k_bold.dtseries.nii"
    b = shown("b")
    np.testing.assert_allclose(
        nib.load(written).get_fdata().T, 100 * b / b.mean(1, keepdims=True), rtol=1e-6
    )
