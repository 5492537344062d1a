"""Each bad input ends within seconds in a message that names it, and in a crash file."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg.interfaces import CompareHeaders, CopyHeader, MathImg, MathValue
from tests.interfaces.helpers import PLUGINS, run, ways
from tests.interfaces.matrix import plugins

pytestmark = pytest.mark.timeout(30)
UNRELATED_WARNINGS = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning",
    # ipyparallel closes its sockets in its own time.
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
under_plugins = pytest.mark.parametrize("plugin", PLUGINS)


def bad_inputs(image: str, other_grid: str):
    """Return what is given to which interface, and the input, file and remedy of its message."""
    set_it = "set it to one, or connect"
    return {
        "missing file": (
            MathImg("img * mask", img=image),
            {"mask": "/no/m.nii"},
            ["'mask'", "/no/m.nii", "Check the path"],
        ),
        "unset": (
            MathImg("img * mask", img=image),
            {},
            ["`mask` is not set", "set inputs.mask"],
        ),
        "unset value": (MathValue("np.max(img)"), {}, ["`img` is not set", "set inputs.img"]),
        "unset header": (
            CopyHeader(in_file=image),
            {},
            ["`hdr_file` is not set", "set inputs.hdr_file"],
        ),
        "unset reference": (
            CompareHeaders(in_file=image),
            {},
            ["`reference_file` is not set", "set inputs.reference_file"],
        ),
        "no formula": (
            MathImg(names=["img"], img=image),
            {},
            ["`formula` is not set", "set inputs.formula"],
        ),
        "wrong formula": (
            MathImg(names=["a"], a=image),
            {"formula": "a +"},
            ["a +", "ends too early"],
        ),
        "other names": (MathImg("img", img=image), {"formula": "img - b"}, ["`b`", "names="]),
        "formula is a list": (
            MathImg(names=["a"], a=1),
            {"formula": ["a"]},
            ["`formula` is a list", "'a'", "iterfield of a MapNode"],
        ),
        "list of lists": (
            MathImg("np.max(a)"),
            {"a": [[image], [image]]},
            ["`a`", image, "flatten"],
        ),
        "mixed list": (
            MathImg("a"),
            {"a": [image, 2]},
            ["`a` is a list of 2", image, "inputs of their own"],
        ),
        "nothing": (MathImg("a"), {"a": None}, ["`a` is not set", "set inputs.a"]),
        "list for one file": (
            CopyHeader(in_file=image),
            {"hdr_file": [image]},
            ["`hdr_file`", image, "iterfield of a MapNode"],
        ),
        "threads": (
            MathImg("a", a=image),
            {"num_threads": "two"},
            ["`num_threads`", "'two'", set_it],
        ),
        "tolerance": (
            MathImg("a", a=image),
            {"grid_tolerance": -1},
            ["`grid_tolerance`", "-1", set_it],
        ),
        "other grid": (
            MathImg("img - b", img=image),
            {"b": other_grid},
            ["'img'", "'b'", image, other_grid, "Resample one of them"],
        ),
        "typo": (
            MathImg(names=["a"], a=image),
            {"formula": "np.maen(a)"},
            ["np.maen", "Did you mean np.mean?"],
        ),
        "damaged": (
            MathImg("a + 1"),
            {"a": damaged(image)},
            ["'a'", damaged(image), "damaged or truncated", "create the file again"],
        ),
        "no donor": (
            MathImg("img", img=image),
            {"copy_header_from": "imgg"},
            ["imgg", "Did you mean img?"],
        ),
    }


def damaged(image: str) -> str:
    """Write a copy of an image that lacks its last bytes."""
    path = image.replace("img.nii.gz", "damaged.nii.gz")
    if image:
        Path(path).write_bytes(Path(image).read_bytes()[:-12])
    return path


CASES = list(bad_inputs("", ""))
MAIN_CASES = ["missing file", "damaged", "other grid", "typo", "mixed list"]
"""One case of each kind, which runs alone; all of them run side by side under every plugin."""

CLUSTERS = ("SLURM", "SLURMGraph", "IPython")
ALONE = [
    pytest.param(*way.values, case, id=f"{case}-{way.id}", marks=way.marks)
    for way in ways()
    # A job on a cluster takes seconds.
    for case in (MAIN_CASES[:1] if way.id in CLUSTERS else MAIN_CASES)
]


def same(value):
    return value


def messages(crash: Path) -> str:
    """Return what a crash file says apart from the inputs, among which every file is listed."""
    head, _, text = crash.read_text().partition("Traceback")
    return head.partition("Node inputs")[0] + text


def fail(workflow: pe.Workflow, name: str, service) -> None:
    """Run a workflow that ends with an error."""
    way = plugins.WAYS[name]
    served = service(way.service)
    folder = workflow.base_dir
    workflow.config["execution"] = {"crashfile_format": "txt", "crashdump_dir": folder}
    # It returns when its jobs are submitted, and never looks at what becomes of them.
    silent = way.plugin == "SLURMGraph"
    with nullcontext() if silent else pytest.raises(RuntimeError):
        plugins.run(workflow, way, served)


@UNRELATED_WARNINGS
@pytest.mark.timeout(60, func_only=True)
@pytest.mark.parametrize(("name", "case"), ALONE)
def test_each_kind_of_bad_input(tmp_path, image, save, service, name, case):
    service(plugins.WAYS[name].service)
    interface, given, words = bad_inputs(image, save("other.nii", np.zeros((5, 5, 5))))[case]
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    source = pe.Node(niu.Function(["value"], ["value"], same), "source")
    ((field, source.inputs.value),) = given.items()
    workflow.connect(source, "value", pe.Node(interface, "culprit"), field)
    fail(workflow, name, service)
    (crash,) = tmp_path.glob("crash-*-culprit-*.txt")
    text = messages(crash)
    assert all(word in text for word in ["culprit", *words]), text
    assert not list(tmp_path.glob("wf/culprit/*.nii*"))


@under_plugins
@pytest.mark.parametrize("case", CASES)
def test_bad_input(tmp_path, image, save, plugin, case):
    other_grid = save("other.nii", np.zeros((5, 5, 5), np.int16))
    interface, connected, words = bad_inputs(image, other_grid)[case]
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    node = pe.Node(interface, "culprit")
    workflow.add_nodes([node])
    for name, value in connected.items():
        # Over a connection, from a node that runs: there Nipype itself raises too early.
        source = pe.Node(niu.Function(["value"], ["value"], same), f"{name}_source")
        source.inputs.value = value
        workflow.connect(source, "value", node, name)
    with pytest.raises(RuntimeError) as raised:
        run(workflow, plugin)
    crashes = list(tmp_path.glob("crash-*culprit*"))
    assert len(crashes) == 1
    assert all(word in str(raised.value) for word in ["culprit", *words])


@under_plugins
def test_a_failed_node_leaves_no_result(tmp_path, image, plugin):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(MathImg("a * b", a=image, b="/no/b.nii"), "culprit")])
    with pytest.raises(RuntimeError):
        run(workflow, plugin)
    assert not list(tmp_path.glob("wf/culprit/*.nii*"))


@under_plugins
def test_a_failed_job_of_a_mapnode_is_named(tmp_path, image, plugin):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    mapped = pe.MapNode(MathImg("a + 1"), ["a"], "culprit")
    mapped.inputs.a = [image, "/no/b.nii", image]
    workflow.add_nodes([mapped])
    with pytest.raises(RuntimeError, match=r"(?s)culprit.*/no/b\.nii"):
        run(workflow, plugin)


@UNRELATED_WARNINGS
@pytest.mark.timeout(120, func_only=True)
@pytest.mark.parametrize("name", ways("Linear", "MultiProc fork"))
def test_all_bad_inputs_at_once(tmp_path, image, save, service, name):
    service(plugins.WAYS[name].service)
    bad = bad_inputs(image, save("other.nii", np.zeros((5, 5, 5), np.int16)))
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    source = pe.Node(niu.Function(["values"], list(map(slot, bad)), values_in_order), "source")
    source.inputs.values = [next(iter(given.values()), None) for _, given, _ in bad.values()]
    for case, (interface, given, _) in bad.items():
        culprit = pe.Node(interface, f"culprit_{slot(case)}")
        workflow.connect([(source, culprit, [(slot(case), name)]) for name in given])
        workflow.add_nodes([] if given else [culprit])
    fail(workflow, name, service)
    for case, (_, _, words) in bad.items():
        (crash,) = tmp_path.glob(f"crash-*-culprit_{slot(case)}-*.txt")
        text = messages(crash)
        assert all(word in text for word in [f"culprit_{slot(case)}", *words]), (case, text)


def slot(case: str) -> str:
    return case.replace(" ", "_")


def values_in_order(values):
    return tuple(values)
