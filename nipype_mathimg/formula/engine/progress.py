"""How far a run is: the steps of each stage, weighed by the time that the plan expects of it."""

from __future__ import annotations

from collections.abc import Callable

from nipype_mathimg.formula.plan.plan import Plan

__all__ = ["Progress", "Share", "shares_of"]

Progress = Callable[[float], None]
"""Is told the share of the work that is done, from 0 to 1, in the thread that asked for it."""

Share = Callable[[], None]
"""Is told that a further step of a stage is done."""


def shares_of(plan: Plan, progress: Progress | None) -> list[Share]:
    """Return who is told of the steps of each stage.

    Parameters
    ----------
    plan : Plan
        How long each stage takes, and how many steps it has.
    progress : callable or None
        Who wants to know; never told less than before, nor more than 1.
    """
    if progress is None:
        return [_nobody] * len(plan.stages)
    times = plan.stage_seconds
    total = sum(times) or 1.0
    shares: list[Share] = []
    before = 0.0
    for stage, seconds in zip(plan.stages, times, strict=True):
        part = seconds / total
        shares.append(_share(progress, before, before + part, len(stage.cut.slabs)))
        before += part
    return shares


def _share(progress: Progress, first: float, last: float, steps: int) -> Share:
    done = 0

    def step() -> None:
        nonlocal done
        # A stage that has to look again at its values has more steps than slabs.
        done = min(done + 1, steps)
        progress(min(first + (last - first) * done / steps, 1.0))

    return step


def _nobody() -> None:
    """Tell nobody."""
