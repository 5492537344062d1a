"""How far a run is: the steps of each stage, weighed by the time that the plan expects of it."""

from __future__ import annotations

from collections.abc import Callable

from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.frozen import Frozen

__all__ = ["Done", "Progress", "Share", "shares_of"]


class Done(Frozen):
    """How far a run is.

    Parameters
    ----------
    share : float
        The part of the work that is done, from 0 to 1.
    total_bytes : int
        Bytes of decoded images that the whole run reads.
    """

    share: float
    total_bytes: int


Progress = Callable[[Done], None]
"""Is told how far a run is, in the thread that asked for it."""

Share = Callable[[], None]
"""Is told that a further step of a stage is done."""


def shares_of(plan: Plan, progress: Progress | None) -> list[Share]:
    """Return who is told of the steps of each stage.

    Parameters
    ----------
    plan : Plan
        How long each stage takes, and how many steps it has.
    progress : callable or None
        Who wants to know; never told less than before, nor more than all.
    """
    if progress is None:
        return [_nobody] * len(plan.stages)
    times = plan.stage_seconds
    total, nbytes = sum(times) or 1.0, plan.read_bytes

    def told(share: float) -> None:
        progress(Done(min(share, 1.0), nbytes))

    shares: list[Share] = []
    before = 0.0
    for stage, seconds in zip(plan.stages, times, strict=True):
        part = seconds / total
        shares.append(_share(told, before, before + part, len(stage.cut.slabs)))
        before += part
    return shares


def _share(told: Callable[[float], None], first: float, last: float, steps: int) -> Share:
    done = 0

    def step() -> None:
        nonlocal done
        # A stage that has to look again at its values has more steps than slabs.
        done = min(done + 1, steps)
        told(first + (last - first) * done / steps)

    return step


def _nobody() -> None:
    """Tell nobody."""
