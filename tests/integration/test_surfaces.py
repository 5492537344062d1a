"""Our nodes between those of niworkflows and sMRIPrep, over surfaces and grayordinates.

The surfaces come before and after: per hemisphere (GIFTI) they go into niworkflows' and
sMRIPrep's generators of CIFTI files, whose files go into ours, and these into a sink of BIDS
derivatives. What their generators fetch from TemplateFlow is replaced by small files.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import nibabel as nib
import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.interfaces import MathImg, node
from nipype_mathimg.workflows import init_metric_maps_wf, init_tsnr_wf
from tests.surfaces.gifti_files import read, save

pytestmark = [pytest.mark.needs("niworkflows"), pytest.mark.timeout(240)]

VERTICES, TIMES, TR = 40, 9, 2.0
SIDES = {"L": "CortexLeft", "R": "CortexRight"}
AFFINE = np.array([[-2, 0, 0, 8], [0, 2, 0, -6], [0, 0, 2, -4], [0, 0, 0, 1.0]])
RANDOM = np.random.default_rng(5)
BOLD = {side: RANDOM.normal(1000, 40, (VERTICES, TIMES)).astype("f4") for side in SIDES}
WALL = {side: (np.arange(VERTICES) % 5 > 0).astype("i4") for side in SIDES}
VOLUME = RANDOM.normal(900, 30, (4, 5, 6, TIMES)).astype("f4")
# Every structure that niworkflows looks for, some voxels each.
LABELS = (26, 58, 18, 54, 16, 11, 50, 8, 47, 28, 60, 17, 53, 13, 52, 12, 51, 10, 49)
SEGMENTATION = np.resize(np.array([0, *LABELS], "i2"), (4, 5, 6))


@pytest.fixture
def inputs(tmp_path):
    """Write a run of two hemispheres and a volume, and what a template says of each."""
    series = "NIFTI_INTENT_TIME_SERIES"
    found = {}
    for side, structure in SIDES.items():
        path = tmp_path / f"sub-01_task-rest_hemi-{side}_bold.func.gii"
        found[side] = save(path, BOLD[side], series, structure=structure, step=TR)
        path = tmp_path / f"{side}.nomedialwall.label.gii"
        found[f"wall{side}"] = save(path, WALL[side], "NIFTI_INTENT_LABEL", labels=[(1, "cortex")])
    for name, data in (("volume", VOLUME), ("segmentation", SEGMENTATION)):
        image = nib.Nifti1Image(data, AFFINE)
        if data.ndim > 3:
            image.header.set_xyzt_units("mm", "sec")
            image.header["pixdim"][4] = TR
        found[name] = str(tmp_path / f"{name}.nii.gz")
        nib.save(image, found[name])
    dataset = tmp_path / "bids" / "sub-01" / "func"
    dataset.mkdir(parents=True)
    found["source"] = str(dataset / "sub-01_task-rest_bold.nii.gz")
    nib.save(nib.Nifti1Image(VOLUME, AFFINE), found["source"])
    description = {"Name": "made", "BIDSVersion": "1.9.0"}
    (tmp_path / "bids" / "dataset_description.json").write_text(json.dumps(description))
    return found


def quiet(workflow):
    """Run a workflow without the warnings of others; return outputs by the names of nodes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {one.fullname: one.result.outputs for one in workflow.run().nodes()}


def change(values):
    mean = values.astype(float).mean(axis=-1, keepdims=True)
    return 100 * (values - mean) / mean


def expected_rows():
    """Return the percent change of each grayordinate, in the order of niworkflows."""
    surfaces = [change(BOLD[side])[WALL[side] > 0] for side in SIDES]
    # Voxels of a label in the order of the file: the first index varies fastest.
    flat, labels = change(VOLUME).reshape(-1, TIMES, order="F"), SEGMENTATION.ravel(order="F")
    from niworkflows.interfaces.cifti import CIFTI_STRUCT_WITH_LABELS as KNOWN

    wanted = [label for labels in KNOWN.values() for label in labels or ()]
    return np.concatenate([*surfaces, *(flat[labels == label] for label in wanted)])


def test_grayordinates_of_niworkflows_between_ours(inputs, tmp_path, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from niworkflows.interfaces import cifti
        from niworkflows.interfaces.bids import DerivativesDataSink
    walls = [inputs["wallL"], inputs["wallR"]]
    fetched = (walls, inputs["segmentation"], {"Density": "made"})
    monkeypatch.setattr(cifti, "_prepare_cifti", lambda grayordinates: fetched)

    formula = "100 * (bold - np.mean(bold, axis=-1)) / np.mean(bold, axis=-1)"
    workflow = pe.Workflow("grayordinates", base_dir=str(tmp_path / "work"))
    surfaces = node(MathImg(formula, copy_header_from="bold"), "surfaces", iterfield=["bold"])
    surfaces.inputs.bold = [inputs["L"], inputs["R"]]
    volume = node(MathImg(formula, bold=inputs["volume"], copy_header_from="bold"), "volume")
    generate = pe.Node(cifti.GenerateCifti(TR=TR), name="generate")
    tsnr = init_tsnr_wf()
    smooth = node(MathImg("detrend(bold, 1)", copy_header_from="bold"), "smooth")
    sink = DerivativesDataSink(
        base_directory=str(tmp_path / "out"), source_file=inputs["source"], space="fsLR",
        density="91k", suffix="bold", desc="psc", compress=False,
    )  # fmt: skip
    sink = pe.Node(sink, name="sink")
    workflow.connect(
        [
            (surfaces, generate, [("out_file", "surface_bolds")]),
            (volume, generate, [("out_file", "bold_file")]),
            (generate, smooth, [("out_file", "bold")]),
            (generate, tsnr, [("out_file", "inputnode.bold")]),
            (smooth, sink, [("out_file", "in_file"), ("out_meta", "meta_dict")]),
        ]
    )
    results = quiet(workflow)
    made = nib.load(results["grayordinates.generate"].out_file)
    np.testing.assert_allclose(made.get_fdata().T, expected_rows(), rtol=1e-4, atol=1e-4)
    stored = nib.load(results["grayordinates.sink"].out_file)
    times = np.arange(TIMES) - (TIMES - 1) / 2
    rows = expected_rows()
    slopes = rows @ times / (times @ times)
    np.testing.assert_allclose(
        stored.get_fdata().T, rows - slopes[:, None] * times, rtol=1e-3, atol=1e-4
    )
    assert stored.header.get_axis(1) == made.header.get_axis(1)
    assert (stored.header.get_axis(0).step, stored.nifti_header["intent_code"]) == (TR, 3002)
    name = "sub-01_task-rest_space-fsLR_den-91k_desc-psc_bold.dtseries.nii"
    assert results["grayordinates.sink"].out_file.endswith(name)
    sidecar = json.loads(Path(results["grayordinates.sink"].out_meta).read_text())
    assert sidecar["RepetitionTime"] == TR
    maps = nib.load(results["grayordinates.tsnr_wf.tsnr"].out_file)
    assert maps.nifti_header["intent_code"] == 3006


@pytest.fixture
def metrics(tmp_path):
    """Write sulcal depth and thickness, as FreeSurfer's converter leaves them: nameless."""
    depth = {side: RANDOM.normal(0, 3, VERTICES).astype("f4") for side in SIDES}
    thick = {side: RANDOM.uniform(-0.1, 4, VERTICES).astype("f4") * WALL[side] for side in SIDES}
    files = {}
    for side in SIDES:
        for name, values in (("sulc", depth[side]), ("thickness", thick[side])):
            path = tmp_path / f"hemi-{side}_{name}.shape.gii"
            files[side, name] = save(
                path, values.astype("f4"), "NIFTI_INTENT_SHAPE", structure=SIDES[side]
            )
    return files


@pytest.mark.needs("smriprep")
@pytest.mark.parametrize("side", SIDES)
def test_one_node_has_the_maps_of_three_of_smriprep(metrics, tmp_path, side):
    from smriprep.interfaces.gifti import MetricMath

    theirs = pe.Workflow("theirs", base_dir=str(tmp_path))
    nodes = {}
    for operation, metric in (("invert", "sulc"), ("abs", "thickness"), ("bin", "roi")):
        interface = MetricMath(
            subject_id="sub-01", hemisphere=side, metric=metric, operation=operation
        )
        nodes[operation] = pe.Node(interface, name=operation)
    nodes["invert"].inputs.metric_file = metrics[side, "sulc"]
    nodes["abs"].inputs.metric_file = metrics[side, "thickness"]
    theirs.connect([(nodes["abs"], nodes["bin"], [("metric_file", "metric_file")])])
    theirs.add_nodes([nodes["invert"]])
    ours = init_metric_maps_wf()
    ours.base_dir = str(tmp_path)
    for name in ("sulc", "thickness"):
        setattr(ours.inputs.inputnode, name, metrics[side, name])
    found = quiet(theirs)
    made = quiet(ours)["metric_maps_wf.metrics"]
    for operation, output in (("invert", "depth"), ("abs", "thick"), ("bin", "cortex")):
        image, values = read(getattr(made, output))
        reference, expected = read(found[f"theirs.{operation}"].metric_file)
        np.testing.assert_array_equal(values, expected)
        assert values.dtype == expected.dtype
        structure = "AnatomicalStructurePrimary"
        assert image.meta[structure] == reference.meta[structure] == SIDES[side]


@pytest.mark.needs("smriprep")
def test_ours_between_metrics_and_scalars_of_smriprep(metrics, tmp_path, monkeypatch, inputs):
    from smriprep.interfaces import cifti
    from smriprep.interfaces.gifti import MetricMath

    walls = [inputs["wallL"], inputs["wallR"]]
    monkeypatch.setattr(cifti, "_prepare_cifti", lambda grayordinates: (walls, {"Density": "m"}))
    workflow = pe.Workflow("scalars", base_dir=str(tmp_path / "work"))
    join = pe.Node(niu.Merge(2), name="join")
    for k, side in enumerate(SIDES):
        interface = MetricMath(
            metric_file=metrics[side, "thickness"], hemisphere=side, metric="thickness",
            operation="abs",
        )  # fmt: skip
        absolute = pe.Node(interface, name=f"abs{side}")
        clipped = node(MathImg("np.clip(m, 0.5, 3)", copy_header_from="m"), f"clipped{side}")
        workflow.connect([(absolute, clipped, [("metric_file", "m")])])
        workflow.connect([(clipped, join, [("out_file", f"in{k + 1}")])])
    generate = pe.Node(cifti.GenerateDScalar(scalar_name="thickness"), name="generate")
    scaled = node(MathImg("m / np.mean(m)", copy_header_from="m"), "scaled")
    workflow.connect([(join, generate, [("out", "scalar_surfs")])])
    workflow.connect([(generate, scaled, [("out_file", "m")])])
    out = nib.load(quiet(workflow)["scalars.scaled"].out_file)
    clipped = [
        np.clip(abs(read(metrics[side, "thickness"])[1]), 0.5, 3)[WALL[side] > 0] for side in SIDES
    ]
    values = np.concatenate(clipped).astype(float)
    np.testing.assert_allclose(out.get_fdata()[0], values / values.mean(), rtol=1e-6)
    assert list(out.header.get_axis(0).name) == ["thickness"]
