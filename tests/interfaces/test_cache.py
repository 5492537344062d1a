"""A second run is taken from the cache exactly when the result would be the same."""

from __future__ import annotations

import os
from pathlib import Path

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest
from nipype import config

from nipype_mathimg.interfaces import MathImg, node, specs
from tests.interfaces.helpers import PLUGINS, run

pytestmark = pytest.mark.timeout(60)


def stamp(tmp_path, name="math") -> int:
    """Return when the node's result was written."""
    return next(Path(tmp_path).rglob(f"result_{name}.pklz")).stat().st_mtime_ns


def run_once(tmp_path, plugin="Linear", *, threads=None, **inputs) -> int:
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(MathImg(**inputs), "math", n_procs=threads)])
    run(workflow, plugin)
    return stamp(tmp_path)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_the_second_run_is_cached(tmp_path, image, plugin):
    inputs = {"formula": "img + k", "img": image, "k": 1.5}
    assert run_once(tmp_path, plugin, **inputs) == run_once(tmp_path, plugin, **inputs)


def test_the_cache_counts_across_plugins(tmp_path, image):
    first = run_once(tmp_path, "Linear", formula="img + 1", img=image)
    assert run_once(tmp_path, "MultiProc", formula="img + 1", img=image) == first


@pytest.mark.parametrize(
    "change",
    [
        {"formula": " img   + k "},
        {"formula": "(img+k)"},
        {"num_threads": 2},
        {"memory": "300M"},
        {"threads": 2},
    ],
)
def test_what_cannot_change_the_result_is_cached(tmp_path, image, change):
    inputs = {"formula": "img + k", "img": image, "k": 1e-11}
    first = run_once(tmp_path, **inputs)
    assert run_once(tmp_path, **{**inputs, **change}) == first


@pytest.mark.parametrize(
    "change",
    [
        {"formula": "img - k"},
        {"formula": "img + k + 1.000000000001"},
        {"k": 2e-11},
        {"k": 1e-11 + 1e-22},
        {"dtype": "float64"},
        {"copy_header_from": "img"},
        {"grid_tolerance": 0.02},
        {"out_file": "other.nii"},
    ],
)
def test_what_can_change_the_result_runs_again(tmp_path, image, change):
    inputs = {"formula": "img + k", "img": image, "k": 1e-11}
    first = run_once(tmp_path, **inputs)
    assert run_once(tmp_path, **{**inputs, **change}) != first


def test_the_order_of_a_list_runs_again(tmp_path, volumes):
    first = run_once(tmp_path, formula="imgs[..., 0]", imgs=volumes)
    assert run_once(tmp_path, formula="imgs[..., 0]", imgs=volumes[::-1]) != first


def test_a_new_version_of_the_language_runs_again(tmp_path, image, monkeypatch):
    first = run_once(tmp_path, formula="img + 1", img=image)
    monkeypatch.setattr(specs, "LANGUAGE_VERSION", specs.LANGUAGE_VERSION + 1)
    assert run_once(tmp_path, formula="img + 1", img=image) != first


@pytest.mark.parametrize(
    ("make", "again"),
    [(node, False), (pe.Node, True)],
    ids=["node of this package", "plain Node: Nipype hashes which outputs are connected"],
)
def test_one_more_connection(tmp_path, image, make, again):
    def run_chain(*, connected: bool) -> int:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path))
        math = make(MathImg("img + 1", img=image), "math")
        workflow.add_nodes([math])
        if connected:
            workflow.connect(math, "out_file", pe.Node(MathImg("img * 2"), "child"), "img")
        run(workflow)
        return stamp(tmp_path)

    assert (run_chain(connected=False) != run_chain(connected=True)) is again


@pytest.mark.parametrize("kind", [{"iterfield": ["img"]}, {}])
def test_one_more_connection_to_a_mapnode(tmp_path, image, kind):
    def run_chain(*, connected: bool) -> int:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path))
        math = node(MathImg("img + 1"), "math", **kind)
        math.inputs.img = [image] if kind else image
        workflow.add_nodes([math])
        if connected:
            workflow.connect(math, "out_file", pe.Node(MathImg("img * 2"), "child"), "img")
        run(workflow, "MultiProc")
        return stamp(tmp_path)

    first = run_chain(connected=False)
    assert run_chain(connected=True) == first


def test_an_absolute_out_file_is_cached(tmp_path, image):
    inputs = {"formula": "img + 1", "img": image, "out_file": str(tmp_path / "out.nii")}
    assert run_once(tmp_path, **inputs) == run_once(tmp_path, **inputs)


def test_a_touched_file_runs_again(tmp_path, image):
    first = run_once(tmp_path, formula="img + 1", img=image)
    os.utime(image, (1, 1))
    assert run_once(tmp_path, formula="img + 1", img=image) != first


@pytest.mark.parametrize("method", ["timestamp", "content"])
def test_a_changed_file_runs_again(tmp_path, save, method):
    config.set("execution", "hash_method", method)
    image = save("a.nii", np.zeros((2, 2, 2), np.int16))
    first = run_once(tmp_path, formula="img + 1", img=image)
    save("a.nii", np.ones((2, 2, 2), np.int16))
    assert run_once(tmp_path, formula="img + 1", img=image) != first


def test_equal_bytes_of_a_forced_parent_leave_the_child_cached(tmp_path, image):
    def run_chain(*, force: bool) -> tuple[int, int]:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path))
        parent = pe.Node(MathImg("img + 1", img=image), "parent", overwrite=force)
        workflow.connect(parent, "out_file", pe.Node(MathImg("img * 2"), "child"), "img")
        run(workflow)
        return stamp(tmp_path, "parent"), stamp(tmp_path, "child")

    config.set("execution", "hash_method", "content")
    first = run_chain(force=False)
    again = run_chain(force=True)
    assert again[0] != first[0]
    assert again[1] == first[1]


@pytest.mark.parametrize("iterfield", [["k"], ["formula", "k"]])
def test_mapnode_numbers_count_to_the_last_digit(tmp_path, image, iterfield):
    def run_mapped(numbers, formulas) -> int:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path))
        mapped = pe.MapNode(MathImg("img + k", img=image), iterfield, "math")
        mapped.inputs.k = numbers
        if "formula" in iterfield:
            mapped.inputs.formula = formulas
        workflow.add_nodes([mapped])
        run(workflow)
        return stamp(tmp_path)

    spaced = ["img  +  k", "(img - k)"]
    first = run_mapped([1e-11, 3e-11], ["img + k", "img - k"])
    assert run_mapped([1e-11, 3e-11], spaced) == first
    assert run_mapped([1e-11, 4e-11], spaced) != first


def test_join_node_of_this_package_counts_what_is_set_on_its_interface(tmp_path, save):
    paths = [save(f"{i}.nii", np.full((2, 2, 2), i, np.int16)) for i in (1, 2)]

    def run_joined(formula: str, k: float, threads: int = 1) -> int:
        workflow = pe.Workflow("wf", base_dir=str(tmp_path))
        source = pe.Node(niu.IdentityInterface(["img"]), "source", iterables=("img", paths))
        interface = MathImg(formula, k=k, num_threads=threads)
        joined = node(interface, "math", joinsource="source", joinfield="imgs")
        workflow.connect(source, "img", joined, "imgs")
        run(workflow, "MultiProc")
        return stamp(tmp_path)

    first = run_joined("np.sum(imgs, axis=-1) * k", 1e-11)
    assert run_joined("np.sum(imgs, axis=-1)*k", 1e-11, threads=2) == first
    changed = run_joined("np.max(imgs, axis=-1) * k", 1e-11)
    assert changed != first
    assert run_joined("np.max(imgs, axis=-1) * k", 2e-11) != changed
