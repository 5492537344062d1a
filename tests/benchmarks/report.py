"""The figures as a page of Markdown, and as numbers for other programs."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import numpy as np

from tests.benchmarks.goals import outcomes
from tests.benchmarks.jobs import JOBS
from tests.benchmarks.rounds import Cell, median_ratio
from tests.benchmarks.suite import Figures, Growth, Row, Wanted
from tests.benchmarks.tools import PEERS, TOOLS

__all__ = ["load_and_processor", "page", "write_report"]

_MB = 1e6


def write_report(figures: Figures, wanted: Wanted, folder: Path) -> Path:
    """Write ``benchmark.md`` and ``benchmark.json``.

    Returns
    -------
    Path
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = json.dumps(asdict(figures), indent=1)
    (folder / "benchmark.json").write_text(numbers, encoding="utf-8")
    target = folder / "benchmark.md"
    target.write_text(page(figures, wanted), encoding="utf-8")
    return target


def page(figures: Figures, wanted: Wanted) -> str:
    """Return the page."""
    lines = [*_heading(wanted), *_goals(figures.rows)]
    variants = dict.fromkeys((row.kind, row.suffix) for row in figures.rows)
    for kind, suffix in variants:
        rows = [r for r in figures.rows if (r.kind, r.suffix) == (kind, suffix)]
        lines += ["", f"## {kind} {suffix}", "", *_job_table(rows)]
    if figures.growth:
        lines += ["", "## Growth with the length of the run", "", *_growth_table(figures.growth)]
    return "\n".join([*lines, "", *_remarks(figures.rows)]) + "\n"


def _heading(wanted: Wanted) -> Iterator[str]:
    shape = " x ".join(map(str, (*wanted.shape, wanted.volumes)))
    yield "# Benchmark"
    yield ""
    yield f"Runs of {shape} voxels; medians of {wanted.repeats} rounds, in each of which every"
    yield "tool ran once; the ratios are medians of the rounds' ratios."
    yield f"{load_and_processor()},"
    yield f"{platform.system()},"
    yield f"Python {platform.python_version()}, NumPy {np.__version__}. MB are 1e6 bytes."


def load_and_processor() -> str:
    """Return what a figure depends on: the processor, its cores, and who else uses them."""
    return f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def _processor() -> str:
    """Return the name of the processor, with the widest vectors that it has."""
    try:
        known = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    name = re.search(r"model name\s*: (.*)", known)
    wide = "AVX-512" if "avx512f" in known else "AVX2" if " avx2 " in known else "no AVX2"
    return f"{name.group(1) if name else platform.machine()} ({wide})"


def _goals(rows: list[Row]) -> Iterator[str]:
    found = outcomes(rows)
    behind = sorted((o for o in found if not o.met), key=lambda o: o.limit / o.value)
    yield ""
    yield f"{len(found) - len(behind)} of {len(found)} goals are met."
    if behind:
        yield ""
        yield from _table(
            ("job", "goal that is not met", "measured", "limit"),
            ((o.job, o.goal, f"{o.value:.2f}", f"{o.limit:g}") for o in behind),
        )


def _job_table(rows: list[Row]) -> Iterator[str]:
    columns = (
        "job", "tool", "wall s", "CPU s", "peak MB", "out MB", "ours / it", "warm / it",
        "CPU ours / it", "CPU warm / it", "remark",
    )  # fmt: skip
    return _table(columns, (line for row in rows for line in _job_lines(row)))


def _job_lines(row: Row) -> Iterator[tuple[str, ...]]:
    fastest = _fastest(row)
    for number, (name, cell) in enumerate(row.cells.items()):
        label = f"`{JOBS[row.job].formula}`" if number == 0 else ""
        if name.startswith("prototype") and cell.cost is None:
            continue
        if cell.cost is None:
            yield (label, name, *[""] * 8, cell.reason)
            continue
        cost = cell.cost
        remark = "fastest peer" if name == fastest else ""
        if name == "ours":
            remark = f"planned peak / peak {row.planned_bytes / cost.peak_bytes:.2f}"
        yield (
            label,
            name,
            f"{cost.wall:.2f}",
            f"{cost.cpu:.2f}",
            f"{cost.peak_bytes / _MB:.0f}",
            f"{cost.out_bytes / _MB:.1f}",
            _ratio(row.cells["ours"], cell),
            _ratio(row.cells["ours-warm"], cell),
            _ratio(row.cells["ours"], cell, "cpu"),
            _ratio(row.cells["ours-warm"], cell, "cpu"),
            remark,
        )


def _fastest(row: Row) -> str:
    walls = {name: row.cells[name].cost for name in PEERS if name in row.cells}
    known = {name: cost.wall for name, cost in walls.items() if cost is not None}
    return min(known, key=lambda name: known[name], default="")


def _ratio(ours: Cell, other: Cell, what: Literal["wall", "cpu"] = "wall") -> str:
    ratio = median_ratio(ours, other, what)
    return "" if ratio is None or ours is other else f"{ratio:.2f}"


def _growth_table(growth: list[Growth]) -> Iterator[str]:
    lengths = sorted({g.volumes for g in growth})
    cells = {(g.job, g.tool, g.volumes): g.cost for g in growth}
    pairs = dict.fromkeys((g.job, g.tool) for g in growth)
    yield "wall s / peak MB of the whole process, float32 .nii.gz"
    yield ""
    yield from _table(
        ("job", "tool", *(f"{n} volumes" for n in lengths)),
        (
            (
                f"`{JOBS[job].formula}`",
                tool,
                *(
                    f"{cells[job, tool, n].wall:.2f} / {cells[job, tool, n].peak_bytes / _MB:.0f}"
                    for n in lengths
                ),
            )
            for job, tool in pairs
        ),
    )


def _remarks(rows: list[Row]) -> Iterator[str]:
    yield "Every result was compared with float64 NumPy before it was timed, where that is finite"
    yield "(for 0/0 tools have rules of their own); a tool whose result is wrong has no times."
    yield ""
    for name in dict.fromkeys(name for row in rows for name in row.cells):
        tool = TOOLS[name]
        yield f"- {name}: {tool.remark}; error allowed {tool.tolerance:g}."
    for job in dict.fromkeys(row.job for row in rows if JOBS[row.job].remark):
        yield f"- `{JOBS[job].formula}`: {JOBS[job].remark}."


def _table(columns: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for line in lines:
        yield f"| {' | '.join(line)} |"
