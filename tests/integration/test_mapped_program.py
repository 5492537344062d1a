"""A program over images and formulas in a MapNode, its results in sinks, under three plugins."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path
from shutil import copyfile

import nipype.pipeline.engine as pe
import pytest

from nipype_mathimg.interfaces import MathImg, node
from tests.interfaces.helpers import ways
from tests.interfaces.matrix import plugins
from tests.interfaces.program import NAMES, PROGRAM, assert_outputs
from tests.requirements import missing
from tests.workflows.real_images import BOLD

if missing("niworkflows"):
    pytest.skip(missing("niworkflows"), allow_module_level=True)
with warnings.catch_warnings():
    # Of what niworkflows imports; nothing that is tested here.
    warnings.simplefilter("ignore")
    from niworkflows.interfaces import bids

pytestmark = [
    pytest.mark.needs("niworkflows"),
    pytest.mark.timeout(180),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

FORMULAS = [PROGRAM, PROGRAM.replace("50", "20")]
MAPS = {"tsnr": "boldmap", "mask": "mask"}
OTHERS = set(plugins.WAYS) - {"MultiProc fork", "SLURM"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Return two runs of a BIDS dataset."""
    folder = tmp_path_factory.mktemp("bids") / "sub-01" / "func"
    folder.mkdir(parents=True)
    paths = [folder / f"sub-01_task-rest_run-{k}_bold.nii.gz" for k in (1, 2)]
    for path in paths:
        copyfile(BOLD, path)
    return list(map(str, paths))


def build(base: Path, sources: list[str]) -> pe.Workflow:
    maps = node(
        MathImg(names=["bold"], outputs=NAMES, copy_header_from="bold"),
        "maps",
        iterfield=["bold", "formula"],
    )
    maps.inputs.bold, maps.inputs.formula = sources, FORMULAS
    workflow = pe.Workflow("mapped", base_dir=str(base / "work"))
    for name, suffix in MAPS.items():
        sink = bids.DerivativesDataSink(
            base_directory=str(base),
            out_path_base="mathimg",
            compress=True,
            desc=name,
            suffix=suffix,
        )
        # Not as jobs, as in fMRIPrep: each would import niworkflows, which takes seconds.
        into = pe.MapNode(
            sink, ["in_file", "source_file"], name=f"ds_{name}", run_without_submitting=True
        )
        into.inputs.source_file = sources
        workflow.connect(maps, name, into, "in_file")
    return workflow


def results(base: Path) -> dict[str, tuple[bytes, int]]:
    """Return what the MapNode wrote, and what its sinks stored, with the times of the files."""
    maps = {path: path.read_bytes() for path in base.glob("work/mapped/maps/**/*.nii.gz")}
    # The sink compresses anew, with the time of day.
    stored = {p: gzip.decompress(p.read_bytes()) for p in base.glob("mathimg/**/*.nii.gz")}
    return {
        str(path.relative_to(base)): (data, path.stat().st_mtime_ns)
        for path, data in (maps | stored).items()
    }


@pytest.fixture(scope="module")
def linear(sources, tmp_path_factory):
    """Return what the workflow gives without a plugin."""
    base = tmp_path_factory.mktemp("linear")
    graph = build(base, sources).run()
    (maps,) = [one for one in graph.nodes() if one.name == "maps"]
    outputs = maps.result.outputs
    assert_outputs({name: getattr(outputs, name)[0] for name in NAMES}, sources[0])
    return results(base)


@pytest.mark.parametrize("plugin", ["Linear", *ways(*OTHERS, "Linear")])
def test_the_bytes_are_equal_cached_and_in_sinks(tmp_path, sources, linear, service, plugin):
    way = plugins.WAYS[plugin]
    plugins.run(build(tmp_path, sources), way, service(way.service))
    found = results(tmp_path)
    assert len(found) == 2 * 2 * len(MAPS)
    assert {name: data for name, (data, _) in found.items()} == {
        name: data for name, (data, _) in linear.items()
    }
    stored = [Path(name).name for name in found if name.startswith("mathimg")]
    assert "sub-01_task-rest_run-2_desc-mask_mask.nii.gz" in stored
    plugins.run(build(tmp_path, sources), way, service(way.service))
    again = results(tmp_path)
    assert again.keys() == found.keys()
    # A sink of niworkflows runs always.
    computed = [name for name in found if name.startswith("work")]
    assert len(computed) == 2 * len(MAPS)
    assert [again[name] for name in computed] == [found[name] for name in computed]
