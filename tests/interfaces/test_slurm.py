"""On a real cluster: SLURM with one node, started and stopped by this file."""

from __future__ import annotations

import importlib
import math
import os
import sys
import threading
import time
from pathlib import Path

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import psutil
import pytest
from nipype.utils.filemanip import loadpkl

from nipype_mathimg.interfaces import MathImg, MathValue, node
from nipype_mathimg.interfaces.memory import estimated_gb
from nipype_mathimg.workflows import init_copy_headers_wf
from tests.interfaces.helpers import run, voxels

pytestmark = [
    pytest.mark.needs("slurm"),
    pytest.mark.timeout(180),
]


@pytest.fixture(autouse=True)
def cluster(service):
    """Return the cluster, to which Nipype submits from now on."""
    return service("slurm")["cluster"]


def submit(workflow: pe.Workflow, plugin: str = "SLURM", **arguments) -> dict[str, pe.Node]:
    graph = workflow.run(plugin=plugin, plugin_args=arguments)
    return {node.name: node for node in graph.nodes()}


def test_equal_bytes_and_cached_after_linear(tmp_path, runs):
    def chain(folder: str) -> pe.Workflow:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path / folder))
        mean = pe.Node(MathImg("np.mean(a, axis=-1)", a=runs[0]), "mean")
        top = pe.Node(MathValue("np.max(img)"), "top")
        scaled = pe.Node(MathImg("img / top"), "scaled")
        workflow.connect(
            [
                (mean, top, [("out_file", "img")]),
                (mean, scaled, [("out_file", "img")]),
                (top, scaled, [("out", "top")]),
            ]
        )
        return workflow

    on_slurm = Path(submit(chain("slurm"))["scaled"].result.outputs.out_file)
    linear = Path(run(chain("linear"))["scaled"].result.outputs.out_file)
    assert on_slurm.read_bytes() == linear.read_bytes()
    written = on_slurm.stat().st_mtime_ns
    run(chain("slurm"))
    assert on_slurm.stat().st_mtime_ns == written


def test_mapnode_of_eight(tmp_path, save):
    images = [save(f"{i}.nii", np.full((2, 2, 2), i, np.int16)) for i in range(8)]
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    mapped = pe.MapNode(MathImg("img + k"), ["img", "k"], "mapped")
    mapped.inputs.img, mapped.inputs.k = images, list(range(8))
    workflow.add_nodes([mapped])
    out_files = submit(workflow)["mapped"].result.outputs.out_file
    assert [voxels(path).max() for path in out_files] == [2 * i for i in range(8)]


def test_the_example_workflow(tmp_path, runs):
    workflow = init_copy_headers_wf()
    workflow.base_dir = str(tmp_path)
    workflow.inputs.inputnode.img1, workflow.inputs.inputnode.img2 = runs[:2]
    out_files = submit(workflow)["collect"].result.outputs.out
    expected = (voxels(runs[0]).astype(float) - voxels(runs[1])).mean(axis=-1)
    np.testing.assert_allclose(voxels(out_files[-1]), expected, rtol=1e-4, atol=1e-4)


def test_slurmgraph(tmp_path, cluster, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    first = pe.Node(MathImg("img + 1", img=image), "first")
    second = pe.Node(MathImg("img * 2"), "second")
    workflow.connect(first, "out_file", second, "img")
    # Without this argument Nipype's plugin fails on an attribute that it never sets.
    workflow.run("SLURMGraph", plugin_args={"dont_resubmit_completed_jobs": True})
    cluster.wait_until_empty()
    result = next(tmp_path.glob("wf/second/*.nii.gz"))
    np.testing.assert_array_equal(voxels(result), (voxels(image) + 1) * 2)


def crash_messages(folder: Path) -> str:
    return "\n".join(path.read_text() for path in folder.glob("crash*.txt"))


@pytest.mark.parametrize(
    ("interface", "words"),
    [
        (lambda image: MathImg("img * mask", img=image, mask="/no/m.nii"), ["mask", "/no/m.nii"]),
        (lambda image: MathImg("img * mask", img=image), ["`mask` is not set"]),
    ],
)
def test_a_failure_reaches_the_user_in_its_own_words(tmp_path, image, interface, words):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.config["execution"] = {
        "crashfile_format": "txt",
        "crashdump_dir": str(tmp_path),
        "job_finished_timeout": "2",
    }
    source = pe.Node(niu.IdentityInterface(["k"]), "source")
    culprit = pe.Node(interface(image), "culprit")
    workflow.add_nodes([source, culprit])
    with pytest.raises(RuntimeError):
        submit(workflow)
    text = crash_messages(tmp_path)
    assert all(word in text for word in ["culprit", *words])


def test_a_job_asks_for_the_memory_of_its_plan(tmp_path, cluster, runs):
    first = node(MathImg("bold * 2", bold=runs[0]), "first")
    # Its input is known when it is submitted only: before, it would ask for the whole budget.
    second = node(MathImg("np.mean(bold, axis=-1)"), "second", n_procs=2)
    own = node(MathImg("bold + 1", bold=runs[0]), "own")
    own.plugin_args = {"sbatch_args": "--mem=77M"}
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.connect(first, "out_file", second, "bold")
    workflow.add_nodes([own])
    done = submit(workflow)
    inputs = {
        "first": MathImg("bold * 2", bold=runs[0]).inputs,
        "second": MathImg(
            "np.mean(bold, axis=-1)", bold=done["first"].result.outputs.out_file
        ).inputs,
    }
    needed = {name: math.ceil(1024 * (estimated_gb(one) or 0)) for name, one in inputs.items()}
    lines = cluster.ask("scontrol", "-o", "show", "jobs").splitlines()
    for name, memory in {**needed, "own": 77}.items():
        (line,) = [line for line in lines if f"{tmp_path}/wf/" in line and f"{name}." in line]
        assert f"MinMemoryNode={memory}M" in line
        assert f"CPUs/Task={2 if name == 'second' else 1}" in line


def test_jobs_run_in_other_processes(tmp_path):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    process = niu.Function([], ["process"], "def pid():\n    import os\n    return os.getpid()\n")
    workflow.add_nodes([pe.Node(process, "process")])
    assert submit(workflow)["process"].result.outputs.process != os.getpid()
    assert sys.executable in next(tmp_path.rglob("batch/*.sh")).read_text()


def quick_to_fail(workflow: pe.Workflow, folder: Path) -> None:
    workflow.config["execution"] = {
        "crashfile_format": "txt",
        "crashdump_dir": str(folder),
        "job_finished_timeout": "1",
    }


def test_a_killed_job_is_reported_and_succeeds_when_submitted_again(tmp_path, cluster, save):
    # Long enough to be killed in the middle.
    data = np.random.default_rng(0).normal(size=(96, 96, 40, 40)).astype(np.float32)
    image = save("long.nii", data)
    formula = "np.sqrt(np.abs(img) + 0.1)"

    def build() -> pe.Workflow:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path))
        quick_to_fail(workflow, tmp_path)
        workflow.add_nodes([pe.Node(MathImg(formula, img=image), "culprit")])
        return workflow

    folder = tmp_path / "wf" / "culprit"
    killer = threading.Thread(target=kill_when_writing, args=(cluster, folder))
    killer.start()
    with pytest.raises(Exception, match=r"str|Job id"):
        # Nipype's plugin fails on its own message about the missing result.
        submit(build())
    killer.join()
    assert not (folder / "long_math.nii.gz").exists()
    cluster.wait_until_empty()
    result = Path(submit(build())["culprit"].result.outputs.out_file)
    np.testing.assert_allclose(voxels(result), np.sqrt(np.abs(data) + 0.1), rtol=1e-6)
    assert [path.name for path in folder.glob("*.nii*")] == ["long_math.nii.gz"]


def kill_when_writing(cluster, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if folder.is_dir() and any(".nii" in path.name for path in folder.iterdir()):
            # Stopped first: the job may be done before SLURM gets at it.
            for process in psutil.process_iter(["cwd"]):
                if process.info["cwd"] == str(folder):
                    process.suspend()
            cluster.ask("scancel", "--signal=KILL", "--full", "--user=root")
            return
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        # Nipype's plugin fails on its own message about the missing result.
        (pe.Node, "can only concatenate str"),
        (node, "Batch dir contains crashdump file"),
    ],
)
def test_a_package_that_the_worker_lacks_is_named(tmp_path, monkeypatch, image, make, message):
    # A class of a package that only this process finds.
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "only_here.py").write_text(
        "from nipype_mathimg.interfaces import mathimg_class\n"
        'Plus = mathimg_class("Plus", "img + 1")\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path / "here"))
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    quick_to_fail(workflow, tmp_path)
    made = importlib.import_module("only_here").Plus(img=image)
    workflow.add_nodes([make(made, "culprit")])
    with pytest.raises(Exception, match=message):
        submit(workflow)
    assert len(list(tmp_path.glob("crash-*culprit*.txt"))) == (make is node)
    (crash,) = tmp_path.rglob("batch/crashdump_*culprit*.pklz")
    assert "No module named 'only_here'" in "".join(loadpkl(crash)["traceback"])
