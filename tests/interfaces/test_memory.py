"""What a node asks of the scheduler."""

from __future__ import annotations

import copy
import warnings

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg import explain
from nipype_mathimg.calc import run
from nipype_mathimg.errors import HeaderWarning
from nipype_mathimg.interfaces import CopyHeader, MathImg, MathValue, node
from nipype_mathimg.interfaces.memory import BUDGET_GB, PROCESS_GB, PlanEstimator, estimated_gb
from nipype_mathimg.interfaces.node import MathJoinNode, MathMapNode, MathNode

GB = 2**30
MEDIAN = "np.median(bold, axis=-1)"


def planned_gb(formula: str, **inputs) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)
        return PROCESS_GB + explain(formula, inputs).peak_bytes / GB


@pytest.mark.parametrize("cls", [MathImg, MathValue])
def test_known_files_give_the_memory_of_the_plan(runs, cls):
    formula = "np.mean(np.median(bold, axis=-1))"
    made = node(cls(formula, bold=runs[0]), "math")
    assert made.mem_gb == pytest.approx(planned_gb(formula, bold=runs[0]))


@pytest.mark.parametrize(
    "interface",
    [
        MathImg(MEDIAN),
        MathImg(MEDIAN, bold="/no/bold.nii"),
        MathImg(names=["bold"]),
        MathImg(MEDIAN, bold={"no": "image"}),
    ],
)
def test_unknown_or_wrong_inputs_give_the_budget(interface):
    assert node(interface, "math").mem_gb == PROCESS_GB + BUDGET_GB
    interface.inputs.memory = "2G"
    assert node(interface, "math").mem_gb == PROCESS_GB + 2


def test_threads_and_given_memory_are_kept():
    made = node(MathImg(MEDIAN), "math", n_procs=3, mem_gb=1.5)
    assert (made.n_procs, made.inputs.num_threads, made.mem_gb) == (3, 3, 1.5)
    assert getattr(made, "ram_estimator", None) is None


def test_without_n_procs_one_thread_is_promised_and_used():
    made = node(MathImg(MEDIAN), "math")
    assert (made.n_procs, made.inputs.num_threads) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, MathNode),
        ({"iterfield": ["bold"]}, MathMapNode),
        ({"joinsource": "source", "joinfield": "bold"}, MathJoinNode),
    ],
)
def test_kinds_of_nodes(arguments, kind):
    assert type(node(MathImg(MEDIAN), "math", **arguments)) is kind


def test_other_interfaces_are_plain_nodes():
    assert node(CopyHeader(), "header").mem_gb == pe.Node(CopyHeader(), "header").mem_gb


def test_more_volumes_need_more_memory_where_the_plan_says_so(save, monkeypatch):
    asked = []
    monkeypatch.setattr(
        run, "explain", lambda formula, inputs, **_: asked.append(inputs) or Planned(inputs)
    )
    short, long = (save(f"{n}.nii", np.zeros((2, 2, 2, n), np.int16)) for n in (3, 300))
    estimate = PlanEstimator(MathImg(MEDIAN).inputs)
    gigabytes = [estimate(MathImg(MEDIAN, bold=path).inputs)[0] for path in (short, long)]
    assert asked == [{"bold": short}, {"bold": long}]
    assert gigabytes == [PROCESS_GB + 0.25, PROCESS_GB + 0.5]


class Planned:
    def __init__(self, inputs):
        self.peak_bytes = GB // 4 if inputs["bold"].endswith("/3.nii") else GB // 2


def test_the_estimate_of_a_mapnode_is_that_of_one_job(runs):
    mapped = node(MathImg(names=["bold"]), "math", iterfield=["bold", "formula"])
    mapped.inputs.bold = runs
    mapped.inputs.formula = [MEDIAN] * 3
    mapped = copy.deepcopy(mapped)
    mapped._get_inputs()
    estimate, report = PlanEstimator(mapped.interface.inputs)(mapped.inputs)
    assert estimate == pytest.approx(planned_gb(MEDIAN, bold=runs[0]))
    assert "plan" in report


def test_estimates_do_not_read_voxels(runs, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("voxels were computed")

    monkeypatch.setattr(run, "math_img", refuse)
    assert estimated_gb(MathImg(MEDIAN, bold=runs[0]).inputs) > PROCESS_GB


def test_multiproc_asks_again_when_the_inputs_have_arrived(tmp_path, runs):
    pytest.importorskip("nipype.utils.ram_estimator", reason="Nipype before 1.11")
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    source = pe.Node(niu.Merge(2), "source")
    source.inputs.in1, source.inputs.in2 = runs[:2]
    math = node(MathImg("np.mean(bold, axis=-1)"), "math")
    workflow.connect(source, "out", math, "bold")
    graph = workflow.run("MultiProc", plugin_args={"n_procs": 2, "memory_gb": 4})
    done = {one.name: one for one in graph.nodes()}["math"]
    expected = planned_gb("np.mean(bold, axis=-1)", bold=runs[:2])
    assert done.mem_gb == pytest.approx(expected)
