"""Rounds: every tool checked once, then all timed in turns, so that a slow minute hits all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Literal

from tests.benchmarks.check import Answer, difference, right_answer
from tests.benchmarks.data import Runs
from tests.benchmarks.jobs import Cannot, Job
from tests.benchmarks.live import LIVE, LiveProcess
from tests.benchmarks.measure import CommandError, Cost, measure
from tests.benchmarks.tools import Tool

__all__ = ["Cell", "Runner", "median_ratio", "runner"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One tool on one job.

    Parameters
    ----------
    costs : tuple of Cost
        One per round; the same position is the same round for every tool.
    reason : str
        Why there are none.
    """

    costs: tuple[Cost, ...] = ()
    reason: str = ""

    @property
    def cost(self) -> Cost | None:
        """Medians over the rounds."""
        if not self.costs:
            return None
        return Cost(
            median(c.wall for c in self.costs),
            median(c.cpu for c in self.costs),
            int(median(c.peak_bytes for c in self.costs)),
            int(median(c.out_bytes for c in self.costs)),
        )


def median_ratio(ours: Cell, other: Cell, what: Literal["wall", "cpu"] = "wall") -> float | None:
    """Return the median over the rounds of one time by the other's: wall or processor seconds."""
    if not ours.costs or not other.costs:
        return None
    pairs = zip(ours.costs, other.costs, strict=True)
    return median(getattr(a, what) / getattr(b, what) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Runner:
    """What is needed to run a job with any tool.

    Parameters
    ----------
    work : Path
        Folder for results, which are removed again.
    live : mapping
        The processes that stay alive, by the tool's name.
    say : callable
        Takes a line about progress.
    """

    work: Path
    live: Mapping[str, LiveProcess]
    say: Callable[[str], None]

    def cells(self, job: Job, runs: Runs, tools: list[Tool], repeats: int) -> dict[str, Cell]:
        """Check every tool once, then time those that are right in turns.

        Parameters
        ----------
        job, runs
            What is computed, from which files.
        tools : list of Tool
            Those that are installed.
        repeats : int
            Rounds; 0 only checks.
        """
        reasons = self._problems(job, runs, tools)
        right = [tool for tool in tools if not reasons[tool.name]]
        costs = self.timed(job, runs, right, repeats)
        return {name: Cell(costs.get(name, ()), reasons[name]) for name in reasons}

    def timed(
        self, job: Job, runs: Runs, tools: list[Tool], repeats: int
    ) -> dict[str, tuple[Cost, ...]]:
        """Time tools in turns, without looking at their results."""
        costs: dict[str, list[Cost]] = {tool.name: [] for tool in tools}
        for _ in range(repeats):
            for tool in tools:
                costs[tool.name].append(self._once(tool, job, runs))
        return {name: tuple(found) for name, found in costs.items()}

    def _problems(self, job: Job, runs: Runs, tools: list[Tool]) -> dict[str, str]:
        """Return for each tool why it is not timed on a job; empty when its result is right."""
        answer = right_answer(job, runs, job.reference)
        own = answer
        if job.niimath_reference is not None:
            own = right_answer(job, runs, job.niimath_reference)
        answers = {tool.name: own if "niimath" in tool.name else answer for tool in tools}
        return {tool.name: self._problem(tool, job, runs, answers[tool.name]) for tool in tools}

    def _problem(self, tool: Tool, job: Job, runs: Runs, answer: Answer) -> str:
        try:
            made = self._start(tool, job, runs)
            if isinstance(made, Cannot):
                return made.reason
            wrong = difference(str(self._out(runs)), answer, tool.tolerance)
            problem = wrong and f"wrong: {wrong}"
        except CommandError as error:
            problem = f"failed: {error}"
        finally:
            self._clean()
        self.say(f"  {tool.name}: {problem or 'right'}")
        return problem

    def _once(self, tool: Tool, job: Job, runs: Runs) -> Cost:
        try:
            cost = self._start(tool, job, runs)
            if isinstance(cost, Cannot):
                raise CommandError(cost.reason)
            return replace(cost, out_bytes=os.path.getsize(self._out(runs)))
        finally:
            self._clean()

    def _start(self, tool: Tool, job: Job, runs: Runs) -> Cost | Cannot:
        out_file = str(self._out(runs))
        refused = tool.cannot(job, runs)
        if refused is not None:
            return refused
        if tool.commands is None:
            return self.live[tool.name].run(job.formula, runs.inputs(job.inputs), out_file)
        commands = tool.commands(job, runs, out_file)
        if isinstance(commands, Cannot):
            return commands
        environment = dict(tool.environment)
        if runs.suffix == ".nii" and "FSLOUTPUTTYPE" in environment:
            environment["FSLOUTPUTTYPE"] = "NIFTI"
        return measure(commands, environment)

    def _out(self, runs: Runs) -> Path:
        return self.work / f"out{runs.suffix}"

    def _clean(self) -> None:
        for path in self.work.glob("out*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def runner(work: Path, say: Callable[[str], None]) -> Iterator[Runner]:
    """Start the processes that stay alive, and end them."""
    with ExitStack() as stack:
        live = {name: stack.enter_context(LiveProcess(name)) for name in LIVE}
        yield Runner(work, live, say)
