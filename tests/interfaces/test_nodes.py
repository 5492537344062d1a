"""Every kind of node, under Linear and MultiProc."""

from __future__ import annotations

import runpy
from pathlib import Path

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.interfaces import CompareHeaders, CopyHeader, MathImg, MathValue
from tests.interfaces.helpers import PLUGINS, run, voxels

pytestmark = [pytest.mark.timeout(60), pytest.mark.parametrize("plugin", PLUGINS)]


@pytest.fixture
def workflow(tmp_path):
    return pe.Workflow("wf", base_dir=str(tmp_path / "work"))


def means(paths):
    return [voxels(path).astype(float).mean(axis=-1) for path in paths]


def assert_images(found, expected):
    assert len(found) == len(expected)
    for path, data in zip(found, expected, strict=True):
        np.testing.assert_allclose(voxels(path), data, rtol=1e-5)


def test_a_chain_of_all_four(workflow, runs, plugin):
    mean = pe.Node(MathImg("np.mean(bold, axis=-1)", bold=runs[0]), "mean")
    highest = pe.Node(MathValue("np.max(img)"), "highest")
    scaled = pe.Node(MathImg("img / top"), "scaled")
    header = pe.Node(CopyHeader(hdr_file=runs[0]), "header")
    compare = pe.Node(CompareHeaders(reference_file=runs[0]), "compare")
    sink = pe.Node(niu.IdentityInterface(["same"]), "sink")
    workflow.connect(
        [
            (mean, highest, [("out_file", "img")]),
            (mean, scaled, [("out_file", "img")]),
            (highest, scaled, [("out", "top")]),
            (scaled, header, [("out_file", "in_file")]),
            (header, compare, [("out_file", "in_file")]),
            (compare, sink, [("same", "same")]),
        ]
    )
    done = run(workflow, plugin)
    expected = means(runs[:1])[0]
    assert_images([done["header"].result.outputs.out_file], [expected / expected.max()])
    assert done["compare"].result.outputs.same is False


@pytest.mark.parametrize(
    ("interface", "iterfield", "expected"),
    [
        (lambda: MathImg("np.mean(a, axis=-1)"), ["a"], lambda m: m),
        (
            lambda: MathImg("np.mean(a, axis=-1) - k"),
            ["a", "k"],
            lambda m: [image - k for k, image in enumerate(m)],
        ),
        (
            lambda: MathImg(names=["a"]),
            ["a", "formula"],
            lambda m: [m[0], m[1] + 1, m[2] * 2],
        ),
    ],
)
def test_mapnode(workflow, runs, plugin, interface, iterfield, expected):
    mapped = pe.MapNode(interface(), iterfield=iterfield, name="mapped")
    values = {
        "a": runs,
        "k": [0, 1, 2],
        "formula": [f"np.mean(a, axis=-1) {rest}" for rest in ("", "+ 1", "* 2")],
    }
    for name in iterfield:
        setattr(mapped.inputs, name, values[name])
    workflow.add_nodes([mapped])
    done = run(workflow, plugin)
    assert_images(done["mapped"].result.outputs.out_file, expected(means(runs)))


def test_mapnode_over_stacks(workflow, volumes, plugin):
    mapped = pe.MapNode(MathImg("np.mean(a, axis=-1)"), ["a"], name="mapped")
    mapped.inputs.a = [volumes[:2], volumes[1:]]
    workflow.add_nodes([mapped])
    done = run(workflow, plugin)
    m = [voxels(path).astype(float) for path in volumes]
    expected = [(m[0] + m[1]) / 2, (m[1] + m[2]) / 2]
    assert_images(done["mapped"].result.outputs.out_file, expected)


def test_nested_mapnode(workflow, runs, plugin):
    mapped = pe.MapNode(MathImg("np.mean(a, axis=-1)"), ["a"], name="mapped", nested=True)
    mapped.inputs.a = [runs[:1], runs[1:]]
    workflow.add_nodes([mapped])
    out = run(workflow, plugin)["mapped"].result.outputs.out_file
    assert [len(group) for group in out] == [1, 2]
    assert_images([path for group in out for path in group], means(runs))


def test_formula_over_a_connection(workflow, runs, plugin):
    source = pe.Node(niu.IdentityInterface(["formula"]), "source")
    source.inputs.formula = "np.mean(a, axis=-1)"
    math = pe.Node(MathImg(names=["a"], a=runs[0]), "math")
    workflow.connect(source, "formula", math, "formula")
    done = run(workflow, plugin)
    assert_images([done["math"].result.outputs.out_file], means(runs[:1]))


def test_iterables_and_joinnode(workflow, runs, plugin):
    source = pe.Node(niu.IdentityInterface(["run"]), "source", iterables=("run", runs))
    mean = pe.Node(MathImg("np.mean(bold, axis=-1)"), "mean")
    group = pe.JoinNode(
        MathImg("np.mean(imgs, axis=-1) + k", k=1), "group", joinsource="source", joinfield="imgs"
    )
    workflow.connect([(source, mean, [("run", "bold")]), (mean, group, [("out_file", "imgs")])])
    done = run(workflow, plugin)
    expected = np.mean(means(runs), axis=0) + 1
    assert_images([done["group"].result.outputs.out_file], [expected])


def test_iterables_on_a_number(workflow, image, plugin):
    math = pe.Node(MathImg("img * k", img=image), "math", iterables=("k", [1, 2, 3]))
    workflow.add_nodes([math])
    name, arguments = PLUGINS[plugin]
    nodes = workflow.run(plugin=name, plugin_args=arguments).nodes()
    found = sorted((node.inputs.k, node.result.outputs.out_file) for node in nodes)
    assert_images([path for _, path in found], [voxels(image) * k for k in (1, 2, 3)])


def test_merge_in_front_of_a_list(workflow, volumes, plugin):
    merge = pe.Node(niu.Merge(3), "merge")
    merge.inputs.in1, merge.inputs.in2, merge.inputs.in3 = volumes
    group = pe.Node(MathImg("np.max(imgs, axis=-1)"), "group")
    workflow.connect(merge, "out", group, "imgs")
    done = run(workflow, plugin)
    expected = np.max([voxels(path) for path in volumes], axis=0)
    assert_images([done["group"].result.outputs.out_file], [expected])


def test_clone_of_a_subworkflow(workflow, runs, plugin):
    inner = pe.Workflow("inner")
    inner.add_nodes([pe.Node(MathImg("np.mean(a, axis=-1)", a=runs[0]), "math")])
    other = inner.clone("other")
    other.inputs.math.a = runs[1]
    workflow.add_nodes([inner, other])
    name, arguments = PLUGINS[plugin]
    graph = workflow.run(plugin=name, plugin_args=arguments)
    found = {node.fullname: node.result.outputs.out_file for node in graph.nodes()}
    assert_images([found["wf.inner.math"], found["wf.other.math"]], means(runs[:2]))


def test_export_gives_the_same_workflow(tmp_path, workflow, runs, plugin):
    mean = pe.Node(MathImg("np.mean(bold, axis=-1)", bold=runs[0]), "mean")
    top = pe.Node(MathValue(names=["img"], formula="np.max(img)"), "top")
    workflow.connect(mean, "out_file", top, "img")
    workflow.export(str(tmp_path / "exported.py"))
    again = runpy.run_path(str(tmp_path / "exported.py"))["wf"]
    again.base_dir = str(tmp_path / "again")
    out = run(again, plugin)["wf_top"].result.outputs.out
    assert out == pytest.approx(means(runs[:1])[0].max(), rel=1e-6)


def test_saved_node_runs_again(tmp_path, image, plugin):
    node = pe.Node(MathImg("img * k", img=image, k=2), "math", base_dir=str(tmp_path))
    node.save(str(tmp_path / "node.pklz"))
    loaded = pe.Node.load(str(tmp_path / "node.pklz"))
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([loaded])
    out_file = run(workflow, plugin)["math"].result.outputs.out_file
    assert_images([out_file], [voxels(image) * 2])
    assert Path(out_file).is_file()


def test_two_folders_give_equal_bytes(tmp_path, runs, plugin):
    contents = []
    for folder in ("one", "two"):
        workflow = pe.Workflow("wf", base_dir=str(tmp_path / folder))
        workflow.add_nodes([pe.Node(MathImg("a / 3 - b", a=runs[0], b=runs[1]), "math")])
        out_file = run(workflow, plugin)["math"].result.outputs.out_file
        contents.append(Path(out_file).read_bytes())
    assert contents[0] == contents[1]


def test_a_typo_fails_when_it_is_connected(workflow, runs, plugin):
    first = pe.Node(MathImg("a + 1", a=runs[0]), "first")
    second = pe.Node(MathImg("img + 1"), "second")
    with pytest.raises(Exception, match="imgg"):
        workflow.connect(first, "out_file", second, "imgg")
