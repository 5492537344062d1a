"""Programs with several results in workflows."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path

import nibabel as nib
import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg import explain
from nipype_mathimg.errors import FormulaError, HeaderWarning
from nipype_mathimg.interfaces import MathImg, node
from nipype_mathimg.interfaces.memory import PROCESS_GB, PlanEstimator
from tests.interfaces.helpers import PLUGINS, run, voxels
from tests.interfaces.program import NAMES, PROGRAM, assert_outputs, expected, program

pytestmark = pytest.mark.timeout(60)


def workflow(tmp_path, *nodes):
    made = pe.Workflow("wf", base_dir=str(tmp_path / "work"))
    made.add_nodes(nodes)
    return made


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("make", [pe.Node, node], ids=["Node", "node()"])
def test_results_connect_by_name(tmp_path, runs, plugin, make):
    maps = make(program(bold=runs[0]), "maps")
    child = make(MathImg("(bold - course) * mask * tsnr + limit", bold=runs[0]), "child")
    wf = workflow(tmp_path, maps)
    wf.connect([(maps, child, [(name, name) for name in NAMES])])
    with pytest.raises(Exception, match="out_file"):
        wf.connect(maps, "out_file", pe.Node(MathImg("img"), "other"), "img")
    done = run(wf, plugin)
    assert_outputs(done["maps"].result.outputs, runs[0])
    maps = expected(runs[0])
    wanted = (voxels(runs[0]) - maps["course"]) * (maps["mask"] * maps["tsnr"])[..., None]
    found = voxels(done["child"].result.outputs.out_file)
    np.testing.assert_allclose(found, wanted + maps["limit"], rtol=1e-4)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_formula_over_a_connection(tmp_path, runs, plugin):
    source = pe.Node(niu.IdentityInterface(["formula"]), "source")
    source.inputs.formula = PROGRAM
    maps = node(MathImg(names=["bold"], outputs=NAMES, bold=runs[0]), "maps")
    child = node(MathImg("mask + limit"), "child")
    wf = workflow(tmp_path)
    wf.connect([(source, maps, [("formula", "formula")])])
    wf.connect([(maps, child, [("mask", "mask"), ("limit", "limit")])])
    done = run(wf, plugin)
    assert_outputs(done["maps"].result.outputs, runs[0])


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_mapnode_gives_a_list_for_each_output(tmp_path, runs, plugin):
    both = node(MathImg(names=["bold"], outputs=NAMES), "maps", iterfield=["bold", "formula"])
    both.inputs.bold = runs
    both.inputs.formula = [PROGRAM, PROGRAM.replace("50", "20"), PROGRAM]
    total = node(MathImg("np.sum(masks, axis=-1)"), "total")
    wf = workflow(tmp_path)
    wf.connect(both, "mask", total, "masks")
    done = run(wf, plugin)
    outputs = done["maps"].result.outputs
    assert all(len(getattr(outputs, name)) == 3 for name in NAMES)
    for k in (0, 2):
        assert_outputs({name: getattr(outputs, name)[k] for name in NAMES}, runs[k])
    count = sum(voxels(mask).astype(int) for mask in outputs.mask)
    np.testing.assert_array_equal(voxels(done["total"].result.outputs.out_file), count)


@pytest.mark.parametrize("fields", ["outputs", ["bold", "outputs"]])
def test_other_outputs_for_each_run_of_a_mapnode_are_refused(tmp_path, runs, fields):
    with pytest.raises(FormulaError, match=r"`outputs` cannot be.*Name all results"):
        node(program(), "maps", iterfield=fields)
    plain = pe.MapNode(program(bold=runs[0]), name="maps", iterfield=fields)
    plain.inputs.outputs = [NAMES, NAMES[:2]]
    if "bold" in fields:
        plain.inputs.bold = runs[:2]
    with pytest.raises(FormulaError, match="`outputs` cannot be an iterfield"):
        workflow(tmp_path, plain).run()


def test_a_further_connection_keeps_all_files_and_runs_nothing_again(tmp_path, runs):
    stamps, files = [], []
    for names in ([], ["mask"], ["tsnr", "limit"]):
        maps = node(program(bold=runs[0]), "maps")
        wf = workflow(tmp_path, maps)
        sink = pe.Node(niu.IdentityInterface(NAMES), "sink")
        if names:
            wf.connect([(maps, sink, [(name, name) for name in names])])
        assert_outputs(run(wf)["maps"].result.outputs, runs[0])
        folder = tmp_path / "work" / "wf" / "maps"
        files.append(sorted(path.name for path in folder.glob("*.nii.gz")))
        stamps.append((folder / "result_maps.pklz").stat().st_mtime_ns)
    assert len(set(stamps)) == 1
    assert files == [["run0_mask.nii.gz", "run0_tsnr.nii.gz"]] * 3


def test_another_choice_of_outputs_runs_again(tmp_path, runs):
    for names in (NAMES, [*NAMES, "mean"]):
        maps = node(MathImg(PROGRAM, outputs=names, bold=runs[0]), "maps")
        done = run(workflow(tmp_path, maps))
        found = done["maps"].result.outputs.get()
        assert sorted(name for name in found if not name.endswith(("_meta", "_report"))) == sorted(
            names
        )


def test_results_move_with_their_folder(tmp_path, runs):
    maps = pe.Node(program(bold=runs[0]), "maps")
    wf = workflow(tmp_path, maps)
    wf.config["execution"] = {"use_relative_paths": "true"}
    run(wf)
    (tmp_path / "work").rename(tmp_path / "moved")
    again = pe.Workflow("wf", base_dir=str(tmp_path / "moved"))
    again.add_nodes([pe.Node(program(bold=runs[0]), "maps")])
    outputs = run(again)["maps"].result.outputs
    assert_outputs(outputs, runs[0])
    assert Path(outputs.mask).parent == tmp_path / "moved" / "wf" / "maps"


def test_an_exported_program_is_the_same(tmp_path, runs):
    maps = pe.Node(program(bold=runs[0], dtype={"tsnr": "float64"}), "maps")
    child = pe.Node(niu.IdentityInterface(NAMES), "child")
    wf = workflow(tmp_path)
    wf.connect([(maps, child, [(name, name) for name in NAMES])])
    wf.export(str(tmp_path / "exported.py"))
    again = runpy.run_path(str(tmp_path / "exported.py"))["wf"]
    again.base_dir = str(tmp_path / "again")
    assert str(again.get_node("wf_maps").inputs.formula) == PROGRAM
    outputs = run(again)["wf_maps"].result.outputs
    assert_outputs(outputs, runs[0])
    assert nib.load(outputs.tsnr).get_data_dtype() == np.float64


def test_memory_is_that_of_the_plan_of_all_results(runs):
    made = node(program(bold=runs[0]), "maps")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)
        planned = explain(PROGRAM, {"bold": runs[0]}, outputs=NAMES, num_threads=1).peak_bytes
    assert made.mem_gb == PROCESS_GB + planned / 2**30
    mapped = node(program(), "maps", iterfield=["bold"])
    mapped.inputs.bold = runs
    estimate, report = PlanEstimator(mapped.interface.inputs)(mapped.inputs)
    assert estimate == made.mem_gb
    assert "plan" in report
