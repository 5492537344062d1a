"""One column of the table: everything under one plugin, in one workflow."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nipype.pipeline.engine as pe
from nipype import config
from nipype.utils.filemanip import loadpkl

from tests.interfaces.matrix import plugins
from tests.interfaces.matrix.kinds import KINDS, Kind
from tests.interfaces.matrix.samples import SAMPLES, Sample

EQUAL_BYTES = "same bytes as under Linear"
CACHED = "second run is cached"


@dataclass(frozen=True)
class Cell:
    """What became of an interface in a kind of node: it passed, or why it did not."""

    state: str
    why: str = ""


@dataclass(frozen=True)
class Column:
    """What became of everything under one plugin."""

    cells: dict[tuple[str, str], Cell]
    files: dict[str, bytes]
    seconds: float


def run_column(
    name: str, folder: Path, images: list[str], service: dict[str, Any], linear: Column | None
) -> Column:
    """Run all kinds of nodes with all interfaces under one plugin, twice."""
    started = time.monotonic()
    way = plugins.WAYS[name]
    folder.mkdir()
    outcome = [_run(way, folder, images, service)]
    written = _times(folder)
    files = _files(folder)
    cells = {
        (kind.name, sample.name): _cell(kind, sample, folder, images, outcome[0])
        for kind in KINDS
        for sample in SAMPLES
    }
    outcome.append(_run(way, folder, images, service))
    again = _times(folder)
    repeated = sorted(path for path in again if again[path] != written.get(path))
    expected = files if linear is None else linear.files
    different = sorted(
        path for path in {*files, *expected} if files.get(path) != expected.get(path)
    )
    for sample in SAMPLES:
        cells[EQUAL_BYTES, sample.name] = _none_of(different, sample)
        cells[CACHED, sample.name] = _none_of(repeated, sample)
    return Column(cells, files, time.monotonic() - started)


def _run(way: plugins.Way, folder: Path, images: list[str], service: dict[str, Any]) -> str:
    """Run the workflow; return the error that it ended with, if any."""
    config.set("execution", "crashdump_dir", str(folder))
    config.set("execution", "poll_sleep_duration", "0.02")
    config.set("execution", "job_finished_timeout", "5")
    here = Path.cwd()
    os.chdir(folder)
    try:
        plugins.run(build(folder, images), way, service)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        os.chdir(here)
    return ""


def build(folder: Path, images: list[str]) -> pe.Workflow:
    """Return the workflow that has all interfaces in all kinds of nodes."""
    workflow = pe.Workflow("matrix", base_dir=str(folder))
    for kind in KINDS:
        part = pe.Workflow(kind.key)
        aside = folder / f"{kind.key}_files"
        aside.mkdir(exist_ok=True)
        for sample in SAMPLES:
            if sample.name not in kind.impossible:
                kind.add(part, sample, images, aside)
        workflow.add_nodes([part])
    return workflow


def _cell(kind: Kind, sample: Sample, folder: Path, images: list[str], outcome: str) -> Cell:
    if sample.name in kind.impossible:
        return Cell("impossible", f"{sample.name}: {kind.impossible[sample.name]}")
    results = sorted((folder / "matrix" / kind.key).rglob(f"result_{sample.name}.pklz"))
    try:
        outputs = [loadpkl(path).outputs for path in results]
        views = [
            (view, [each(view.see, getattr(one, view.output)) for one in outputs])
            for view in sample.views()
        ]
    except Exception as error:
        return Cell("failed", f"{sample.name}: {error!r} {outcome}")
    for view, seen in views:
        expected = kind.expected(view, images)
        # Folders of iterables sort in another order than their values.
        if sorted(seen, key=repr) != sorted(expected, key=repr):
            why = f"{sample.name}.{view.output}: {seen}, not {expected} {outcome}"
            return Cell("failed", why)
    return Cell("passed")


def each(see: Callable[[Any], Any], value: Any) -> Any:
    return [each(see, one) for one in value] if isinstance(value, list) else see(value)


def _times(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in (folder / "matrix").rglob("result_*.pklz")
    }


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in ("*.nii*", "*_headers.txt")
        for path in (folder / "matrix").rglob(pattern)
        if path.is_file()
    }


def _none_of(paths: list[str], sample: Sample) -> Cell:
    own = [path for path in paths if sample.name in path.split("/")]
    return Cell("failed", f"{sample.name}: {', '.join(own)}") if own else Cell("passed")
