"""A plan for people, for a notebook and for scripts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nipype_mathimg.display import html_table
from nipype_mathimg.words import in_units

if TYPE_CHECKING:
    from nipype_mathimg.formula.graph.op import Op
    from nipype_mathimg.formula.plan.plan import Plan

__all__ = ["as_dict", "as_html", "as_text", "duration"]


def as_text(plan: Plan) -> str:
    """Return a plan as lines: results, steps, memory, disk and time."""
    lines = [f"formula: {plan.inferred.formula.strip()}"]
    for name, op in plan.results.items():
        lines.append(f"result{' ' if name else ''}{name}: {_result(plan, name, op)}")
    lines += [f"{k}. {stage}" for k, stage in enumerate(plan.stages, 1)]
    return "\n".join([*lines, *(f"{what}: {said}" for what, said in _costs(plan))])


def as_html(plan: Plan) -> str:
    """Return a plan as a small table."""
    rows = [("formula", plan.inferred.formula.strip())]
    rows += [(f"result {name}", _result(plan, name, op)) for name, op in plan.results.items()]
    rows += [(f"step {k}", str(stage).split("\n")[0]) for k, stage in enumerate(plan.stages, 1)]
    return html_table([*rows, *_costs(plan)])


def as_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values, for JSON.

    Amounts are in bytes; ``peak_mib``, rounded upwards, is what ``sbatch --mem`` takes.
    ``seconds`` are an estimate.
    """
    return {
        "formula": plan.inferred.formula.strip(),
        "results": {
            name: {
                "shape": list(op.shape),
                "computed_in": str(op.spec.dtype),
                "stored_in": str(plan.stored[name]) if name in plan.stored else None,
            }
            for name, op in plan.results.items()
        },
        "steps": [
            {
                "does": stage.deeds,
                "slabs": len(stage.cut.slabs),
                "reads": dict(str(one).split(": ", 1) for one in stage.readings.values()),
                "seconds": seconds,
            }
            for stage, seconds in zip(plan.stages, plan.stage_seconds, strict=True)
        ],
        "threads": plan.threads,
        "memory": {
            "peak": plan.peak_bytes,
            "peak_mib": math.ceil(plan.peak_bytes / (1 << 20)),
            "above_start": plan.work_bytes,
            "allowed_above_start": plan.memory,
        },
        "disk": {"temporary": plan.disk_bytes, "folder": _folder() if plan.disk_bytes else None},
        "reads": plan.read_bytes,
        "seconds": sum(plan.stage_seconds),
    }


def duration(seconds: float) -> str:
    """Return a time in the unit in which people think of it; an estimate has no more digits.

    Examples
    --------
    >>> duration(0.2), duration(12.4), duration(200), duration(9000)
    ('less than 1 s', '12 s', '3 min', '2.5 h')
    """
    if seconds < 1:
        return "less than 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.2g} h"


def _result(plan: Plan, name: str, op: Op) -> str:
    size = " x ".join(map(str, op.shape)) or "a number"
    if op.accumulator is not None and op.accumulator.at_most:
        size = f"at most {size}"
    stored = f", stored in {plan.stored[name]}" if name in plan.stored else ""
    return f"{size}, computed in {op.spec.dtype}{stored}"


def _costs(plan: Plan) -> list[tuple[str, str]]:
    most = f", most in {plan.neediest}" if len(plan.stages) > 1 else ""
    rows = [
        (
            "memory",
            f"about {in_units(plan.peak_bytes)} at the peak ({in_units(plan.work_bytes)} of "
            f"{in_units(plan.memory)} allowed above the start){most}",
        )
    ]
    if plan.disk_bytes:
        rows.append(
            (
                "disk",
                f"about {in_units(plan.disk_bytes)} of temporary files in {_folder()} "
                "(the environment variable TMPDIR names another folder)",
            )
        )
    times = plan.stage_seconds
    if times:
        most = f", most in {plan.dearest}" if len(times) > 1 else ""
        threads = f" with {plan.threads} threads" if plan.threads > 1 else ""
        rows.append(("time", f"{_about(sum(times))}{threads}{most}"))
    return rows


def _about(seconds: float) -> str:
    return f"{'about ' if seconds >= 1 else ''}{duration(seconds)}"


def _folder() -> str:
    from tempfile import gettempdir  # few formulas need a disk, and it loads slowly

    return gettempdir()
