"""The figures as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks.jobs import JOBS
from tests.benchmarks.suite import Figures, Growth, Row
from tests.benchmarks.tools import TOOLS

__all__ = ["write_plots"]

_COLOURS = {
    "ours": "#0b5fa5",
    "ours-1": "#2f7fc0",
    "ours-warm": "#4a9bdc",
    "ours-node": "#a3cdf0",
    "prototype": "#111111",
    "prototype-warm": "#555555",
    "niimath": "#c8571b",
    "niimath-gz1": "#eba57c",
    "nilearn": "#3f8f4f",
    "mrtrix": "#8a6bb1",
    "wb_command": "#999999",
}
_MB = 1e6


def write_plots(figures: Figures, folder: Path) -> list[Path]:
    """Write the wall times of float32 .nii.gz, and how time and memory grow.

    Returns
    -------
    list of Path
        The pictures.
    """
    rows = [r for r in figures.rows if (r.kind, r.suffix) == ("float32", ".nii.gz")]
    rows = [r for r in rows if any(c.cost for c in r.cells.values())]
    made = []
    if rows:
        made.append(_saved(_bars(rows), folder / "benchmark.png"))
    if figures.growth:
        made.append(_saved(_curves(figures.growth), folder / "growth.png"))
    return made


def _axes(*args: int, **size: Any) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained", **size)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(*args, squeeze=False)


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=120)
    return path


def _bars(rows: list[Row]) -> Any:
    """Draw one panel per job and one bar per tool; each job has its own scale."""
    across = min(len(rows), 5)
    down = -(-len(rows) // across)
    figure, axes = _axes(down, across, figsize=(3.3 * across, 2.4 * down + 0.4))
    for axis in axes.flat[len(rows) :]:
        axis.remove()
    for row, axis in zip(rows, axes.flat, strict=False):
        _bars_of_job(axis, row)
    figure.suptitle("Wall time in seconds, float32 .nii.gz in and out")
    return figure


def _bars_of_job(axis: Any, row: Row) -> None:
    costs = {name: cell.cost for name, cell in row.cells.items()}
    walls = {name: cost.wall for name, cost in costs.items() if cost is not None}
    names = [name for name in TOOLS if name in walls]
    bars = axis.barh(names, [walls[n] for n in names], color=[_COLOURS[n] for n in names])
    axis.bar_label(bars, fmt="%.2f", padding=2, fontsize=7)
    axis.invert_yaxis()
    axis.margins(x=0.2)
    axis.set_title(JOBS[row.job].name.replace("_", " "), fontsize=9)
    axis.tick_params(labelsize=7)
    axis.spines[["top", "right"]].set_visible(False)


def _curves(growth: list[Growth]) -> Any:
    jobs = list(dict.fromkeys(g.job for g in growth))
    figure, axes = _axes(2, len(jobs), figsize=(3.6 * len(jobs), 5.2))
    for column, job in enumerate(jobs):
        points = [g for g in growth if g.job == job]
        for tool in dict.fromkeys(g.tool for g in points):
            own = [g for g in points if g.tool == tool]
            lengths = [g.volumes for g in own]
            for axis, values in (
                (axes[0, column], [g.cost.wall for g in own]),
                (axes[1, column], [g.cost.peak_bytes / _MB for g in own]),
            ):
                axis.plot(lengths, values, marker="o", label=tool, color=_COLOURS[tool])
        axes[0, column].set_title(job.replace("_", " "), fontsize=9)
        axes[1, column].set_xlabel("volumes")
    axes[0, 0].set_ylabel("wall, s")
    axes[1, 0].set_ylabel("peak memory, MB")
    axes[0, 0].legend(frameon=False, fontsize=8)
    for axis in axes.flat:
        axis.set_ylim(bottom=0)
        axis.spines[["top", "right"]].set_visible(False)
    return figure
