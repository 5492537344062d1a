"""Our nodes between niworkflows' own, in a pipeline that writes BIDS derivatives.

The derivatives have to be right before they reach the sink: ``DerivativesDataSink`` repairs codes,
units and dtype, and tells that it did; here it must have nothing to do.
"""

from __future__ import annotations

import gzip
import json
import warnings
from pathlib import Path
from shutil import copyfile

import nibabel as nib
import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest
from nipype import config

from nipype_mathimg.interfaces import CopyHeader, MathImg, MathValue, node
from nipype_mathimg.workflows import init_coverage_mask_wf, init_percent_signal_change_wf
from tests.requirements import missing
from tests.workflows.real_images import BOLD, MASK, geometry, values

if missing("niworkflows"):
    pytest.skip(missing("niworkflows"), allow_module_level=True)
with warnings.catch_warnings():
    # Of what niworkflows imports; nothing that is tested here.
    warnings.simplefilter("ignore")
    from niworkflows.engine.plugin import MultiProcPlugin
    from niworkflows.engine.workflows import LiterateWorkflow
    from niworkflows.interfaces import bids
    from niworkflows.interfaces.header import ValidateImage
    from niworkflows.interfaces.nibabel import MergeSeries, SplitSeries

pytestmark = [
    pytest.mark.needs("niworkflows"),
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

TR = 2.0
AFFINE = [[-12.5, 0, 0, 93.75], [0, 12.5, 0, -93.75], [0, 0, 16, -64], [0, 0, 0, 1]]
PLUGINS = {"Linear": lambda: "Linear", "niworkflows": lambda: MultiProcPlugin(plugin_args=PROCS)}
PROCS = {"n_procs": 2, "memory_gb": 8}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a real run in a BIDS dataset; it has a TR and units, but no codes."""
    dataset = tmp_path_factory.mktemp("bids")
    path = dataset / "sub-01" / "func" / "sub-01_task-rest_run-1_bold.nii.gz"
    path.parent.mkdir(parents=True)
    copyfile(BOLD, path)
    description = {"Name": "ds003", "BIDSVersion": "1.9.0"}
    (dataset / "dataset_description.json").write_text(json.dumps(description))
    return str(path)


@pytest.fixture(scope="module", params=PLUGINS)
def outputs(request, source, tmp_path_factory):
    """Run the pipeline and return the outputs of each node."""
    folder = tmp_path_factory.mktemp("out")
    config.set("execution", "poll_sleep_duration", "0.02")
    graph = functional_wf(source, folder).run(plugin=PLUGINS[request.param]())
    return {node.name: node.result.outputs for node in graph.nodes()}


def functional_wf(source: str, folder: Path) -> pe.Workflow:
    """Build the pipeline: niworkflows' checks, series and sinks around our nodes."""
    workflow = LiterateWorkflow("functional_wf", base_dir=str(folder / "work"))
    workflow.__desc__ = "The signal was expressed as percent change."
    inputnode = pe.Node(niu.IdentityInterface(fields=["bold", "mask"]), name="inputnode")
    inputnode.inputs.bold, inputnode.inputs.mask = source, str(MASK)

    validate = pe.Node(ValidateImage(), name="validate")
    # The mask has no codes either; it lies on the grid of the run.
    orient = pe.Node(CopyHeader(parts=["xform"]), name="orient")
    coverage = init_coverage_mask_wf()
    split = pe.Node(SplitSeries(), name="split")
    top = pe.Node(MathValue("np.max(bold)"), name="top")
    scale = node(
        MathImg("1000 * vol / top", copy_header_from="vol"), name="scale", iterfield=["vol"]
    )
    merge = pe.Node(MergeSeries(), name="merge")
    # nibabel gives a series of volumes a TR of 1 s.
    time = pe.Node(CopyHeader(parts=["time"]), name="time")
    change = init_percent_signal_change_wf()
    # Under a fresh header, so that the map has no unit of time: that is what the sink expects.
    mean = node(MathImg("np.mean(bold, axis=-1)"), name="mean")
    boldref = pe.Node(CopyHeader(parts=["xform"]), name="boldref")

    workflow.connect(
        [
            (inputnode, validate, [("bold", "in_file")]),
            (inputnode, orient, [("mask", "in_file")]),
            (validate, orient, [("out_file", "hdr_file")]),
            (validate, coverage, [("out_file", "inputnode.bold")]),
            (orient, coverage, [("out_file", "inputnode.mask")]),
            (validate, split, [("out_file", "in_file")]),
            (validate, top, [("out_file", "bold")]),
            (split, scale, [("out_files", "vol")]),
            (top, scale, [("out", "top")]),
            (scale, merge, [("out_file", "in_files")]),
            (merge, time, [("out_file", "in_file")]),
            (validate, time, [("out_file", "hdr_file")]),
            (time, change, [("out_file", "inputnode.bold")]),
            (coverage, change, [("outputnode.coverage_mask", "inputnode.mask")]),
            (time, mean, [("out_file", "bold")]),
            (mean, boldref, [("out_file", "in_file")]),
            (validate, boldref, [("out_file", "hdr_file")]),
        ]
    )  # fmt: skip

    def store(last: pe.Node, output: str, **entities: object) -> None:
        sink = bids.DerivativesDataSink(
            base_directory=str(folder),
            source_file=source,
            out_path_base="mathimg",
            compress=True,
            **entities,
        )
        workflow.connect(last, output, pe.Node(sink, name=f"ds_{entities['suffix']}"), "in_file")

    result = "outputnode.percent_signal_change"
    store(change, result, suffix="bold", desc="psc", RepetitionTime=TR)
    store(boldref, "out_file", suffix="boldref")
    store(coverage, "outputnode.coverage_mask", suffix="mask", desc="covered")
    return workflow


def changed_fields(one: str, other: str) -> set[str]:
    before, after = (nib.load(path).header for path in (one, other))
    return {name for name in before if before[name].tobytes() != after[name].tobytes()}


def test_run_as_bids_derivative(outputs):
    path = Path(outputs["ds_bold"].out_file)
    assert path.name == "sub-01_task-rest_run-1_desc-psc_bold.nii.gz"
    assert geometry(path) == {
        "zooms": (12.5, 12.5, 16, TR),
        "units": ("mm", "sec"),
        "codes": (1, 1),
        "affine": AFFINE,
    }
    assert nib.load(path).get_data_dtype() == np.float32
    sidecar = json.loads(Path(outputs["ds_bold"].out_meta).read_text())
    assert sidecar["RepetitionTime"] == nib.load(path).header.get_zooms()[3]


def test_values_of_the_run(outputs):
    bold, covered = values(BOLD), values(MASK) > 0
    mean = bold.mean(axis=-1, keepdims=True)
    expected = np.where(covered[..., None], 100 * (bold - mean) / mean, 0)
    # Scaled volume by volume and stored as float32 on the way.
    np.testing.assert_allclose(values(outputs["ds_bold"].out_file), expected, atol=2e-5)


def test_map_as_bids_derivative(outputs):
    path = outputs["ds_boldref"].out_file
    assert geometry(path) == {
        "zooms": (12.5, 12.5, 16),
        "units": ("mm", "unknown"),
        "codes": (1, 1),
        "affine": AFFINE,
    }
    expected = values(BOLD).mean(axis=-1) * 1000 / values(BOLD).max()
    np.testing.assert_allclose(values(path), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("last", "sink"), [("percent_signal_change", "ds_bold"), ("boldref", "ds_boldref")]
)
def test_sink_has_nothing_to_repair(outputs, last, sink):
    assert outputs[sink].fixed_hdr == [False]
    # It compresses anew whatever it copies; what is inside is the same to the last byte.
    before, after = (Path(outputs[name].out_file).read_bytes() for name in (last, sink))
    assert gzip.decompress(before) == gzip.decompress(after)


def test_of_a_map_with_the_whole_header_the_sink_removes_the_unit_of_time_only(outputs):
    before, after = (outputs[name].out_file for name in ("coverage_mask", "ds_mask"))
    assert nib.load(before).get_data_dtype() == np.uint8
    assert changed_fields(before, after) == {"xyzt_units"}
    assert nib.load(before).header.get_xyzt_units() == ("mm", "sec")
    np.testing.assert_array_equal(values(before), values(MASK) > 0)
    np.testing.assert_array_equal(values(after), values(before))


def test_boilerplate_is_collected_past_our_workflows(source, tmp_path):
    assert functional_wf(source, tmp_path).visit_desc() == (
        "The signal was expressed as percent change."
    )


def test_results_of_a_program_connect_to_sinks_by_name(source, tmp_path):
    program = """
    mean = np.mean(bold, axis=-1)
    limit = 0.2 * np.max(mean)
    mask = mean > limit
    """
    parts = node(
        MathImg(program, outputs=["mean", "mask"], copy_header_from="bold", bold=source), "parts"
    )
    workflow = pe.Workflow("by_name", base_dir=str(tmp_path))
    for output, suffix in (("mean", "boldref"), ("mask", "mask")):
        sink = bids.DerivativesDataSink(
            base_directory=str(tmp_path), source_file=source, out_path_base="mathimg",
            compress=True, suffix=suffix, desc="program",
        )  # fmt: skip
        workflow.connect(parts, output, pe.Node(sink, name=f"ds_{output}"), "in_file")
    results = {one.name: one.result.outputs for one in workflow.run().nodes()}
    stored = {name: results[name].out_file for name in ("ds_mean", "ds_mask")}
    mean = values(BOLD).mean(axis=-1)
    np.testing.assert_allclose(values(stored["ds_mean"]), mean, rtol=1e-6)
    np.testing.assert_array_equal(values(stored["ds_mask"]), mean.astype("f4") > 0.2 * mean.max())
    assert Path(stored["ds_mask"]).name == "sub-01_task-rest_run-1_desc-program_mask.nii.gz"


def test_metadata_and_a_sentence_go_into_derivatives(source, tmp_path):
    double = MathImg("bold * k", bold=source, k=2, copy_header_from="bold")
    program = MathImg(
        "course = bold - np.mean(bold)\nmean = np.mean(bold, axis=-1)",
        outputs=["course", "mean"],
        copy_header_from="bold",
        bold=source,
    )
    workflow = LiterateWorkflow("meta_wf", base_dir=str(tmp_path))
    workflow.__desc__ = double.__desc__
    outputs = {"out_file": "out_meta", "course": "course_meta", "mean": "mean_meta"}
    nodes = {"out_file": node(double, "double"), "course": node(program, "program")}
    for output, meta in outputs.items():
        sink = bids.DerivativesDataSink(
            base_directory=str(tmp_path), source_file=source, out_path_base="mathimg",
            compress=True, suffix="boldref" if output == "mean" else "bold",
            desc=output.replace("_", ""),
        )  # fmt: skip
        last, ds = nodes.get(output, nodes["course"]), pe.Node(sink, name=f"ds_{output}")
        workflow.connect([(last, ds, [(output, "in_file"), (meta, "meta_dict")])])
    results = {one.name: one.result.outputs for one in workflow.run().nodes()}
    sidecars = {
        name: json.loads(Path(results[f"ds_{name}"].out_meta).read_text()) for name in outputs
    }
    assert all(one["Sources"] == [source] for one in sidecars.values())
    assert sidecars["out_file"]["RepetitionTime"] == sidecars["course"]["RepetitionTime"] == TR
    assert "RepetitionTime" not in sidecars["mean"]
    assert sidecars["out_file"]["Formula"] == "bold * k"
    assert sidecars["out_file"]["FormulaNumbers"] == {"k": 2}
    assert "``bold * k``" in workflow.visit_desc()
