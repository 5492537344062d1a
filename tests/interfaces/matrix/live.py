"""What runs in the calling process, whatever the plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nipype.pipeline.engine as pe
from nipype.caching import Memory

from tests.interfaces.matrix.column import Cell, each
from tests.interfaces.matrix.kinds import add_subworkflow, ready
from tests.interfaces.matrix.plugins import python_path
from tests.interfaces.matrix.samples import Sample
from tests.requirements import missing

GRAPHS = ("orig", "flat", "hierarchical", "exec", "colored")


def interface_run(sample: Sample, images: list[str], folder: Path) -> None:
    outputs = ready(sample, images).run(cwd=str(folder)).outputs
    assert_expected(sample, outputs, *sample.pairs(images)[0])


def assert_expected(sample: Sample, outputs: Any, image: str, second: Any) -> None:
    for view in sample.views():
        found = getattr(outputs, view.output)
        assert each(view.see, found) == view.expected(image, second), view.output


def write_graph(sample: Sample, images: list[str], folder: Path) -> None:
    workflow = pe.Workflow("graph", base_dir=str(folder))
    add_subworkflow(workflow, sample, images, folder)
    for form in GRAPHS:
        workflow.write_graph(str(folder / f"{form}.dot"), graph2use=form, simple_form=False)
        written = [path.read_text() for path in folder.rglob(f"{form}*.dot")]
        assert any(sample.name in text for text in written), form


def caching_memory(sample: Sample, images: list[str], folder: Path) -> None:
    cached = Memory(str(folder)).cache(sample.cls)
    image, second = sample.pairs(images)[0]
    results = [cached(**{sample.image: image, sample.second: second}) for _ in range(2)]
    for one in results:
        assert_expected(sample, one.outputs, image, second)
    assert len(list(folder.rglob("result_*.pklz"))) == 1


def nipypecli_run(sample: Sample, images: list[str], folder: Path) -> None:
    module = "tests.interfaces.matrix.samples"
    # In the order of the help, which is that of the names.
    given = dict(zip((sample.image, sample.second), sample.pairs(images)[0], strict=True))
    if sample.name in ("MathImg", "MathValue", "Program"):
        given = {"img": images[0], "k": 2}
    command = "from nipype.scripts.cli import cli; cli()"
    done = subprocess.run(
        [
            *(sys.executable, "-c", command, "run", module, sample.cls.__name__),
            *(str(given[name]) for name in sorted(given)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": python_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1500:]
    assert any(folder.iterdir()) or sample.name == "MathValue"


def interface_help(sample: Sample, _images: list[str], _folder: Path) -> None:
    text = sample.cls.help(returnhelp=True)
    shown = (sample.image, sample.second, *(view.output for view in sample.views()))
    assert all(f"{name}: (" in text for name in shown)


@dataclass(frozen=True)
class Live:
    """Something to do with an interface, and what it needs (see `tests.requirements`)."""

    do: Callable[[Sample, list[str], Path], Any]
    needs: str | None = None


LIVE = {
    "interface.run": Live(interface_run),
    "write_graph": Live(write_graph, "graphviz"),
    "caching.Memory": Live(caching_memory),
    "nipypecli run": Live(nipypecli_run),
    "interface.help()": Live(interface_help),
}


def run_live(name: str, sample: Sample, images: list[str], folder: Path) -> Cell:
    live = LIVE[name]
    why = missing(live.needs) if live.needs else None
    if why:
        return Cell("impossible", why)
    folder.mkdir(parents=True)
    try:
        live.do(sample, images, folder)
    except Exception as error:
        return Cell("failed", f"{sample.name}: {error!r}")
    return Cell("passed")
