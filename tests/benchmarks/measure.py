"""Run commands as processes and measure them; also the small process that does it.

The largest resident size of a process begins, on Linux, at that of the process that started it.
So each measured process is started by a small one: this file as a script, without site-packages.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass

__all__ = ["CommandError", "Cost", "least", "measure"]


class CommandError(RuntimeError):
    """A measured command ended with an error."""


@dataclass(frozen=True)
class Cost:
    """What a run needed.

    Parameters
    ----------
    wall, cpu : float
        Seconds; CPU is user and system time of all processes.
    peak_bytes : int
        Largest resident size of the largest process.
    out_bytes : int
        Size of the result.
    """

    wall: float
    cpu: float
    peak_bytes: int
    out_bytes: int = 0


def measure(commands: list[list[str]], environment: dict[str, str]) -> Cost:
    """Run commands one after the other.

    Parameters
    ----------
    commands : list of list of str
        The program as a path, and its arguments.
    environment : dict
        Variables beside those of this process.

    Returns
    -------
    Cost
        Sums of wall and CPU time, the largest peak.

    Raises
    ------
    CommandError
        A command failed; with the last line that it printed.
    """
    import subprocess

    started = subprocess.run(
        [sys.executable, "-I", "-S", __file__],
        input=json.dumps([commands, {**_environment(), **environment}]),
        capture_output=True,
        text=True,
        check=False,
    )
    if started.returncode:
        *said, ended = started.stderr.strip().splitlines() or [str(started.returncode)]
        raise CommandError(f"{ended}: {said[-1][:200]}" if said else ended)
    return Cost(*json.loads(started.stdout.rsplit("\n", 1)[-1]))


def _environment() -> dict[str, str]:
    """Return the variables of this process, but let Python keep its compiled modules.

    Otherwise each start of a package that is installed in place compiles all of its source.
    """
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _one(command: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    # Whatever the tools print goes to the error stream, which is read when they fail.
    to_stderr = [(os.POSIX_SPAWN_DUP2, 2, 1)]
    begin = time.perf_counter()
    child = os.posix_spawnp(command[0], command, environment, file_actions=to_stderr)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begin
    if status:
        sys.exit(f"{os.path.basename(command[0])} ended with {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def _main() -> None:
    commands, environment = json.load(sys.stdin)
    found = [_one(command, environment) for command in commands]
    wall, cpu, peak = zip(*found, strict=True)
    print("\n" + json.dumps([sum(wall), sum(cpu), max(peak)]), end="")


if __name__ == "__main__":
    _main()


def least(commands: list[list[str]], repeats: int) -> Cost:
    """Return the least of each, which other processes on the machine disturb least."""
    found = [measure(commands, {}) for _ in range(repeats)]
    return Cost(
        min(one.wall for one in found),
        min(one.cpu for one in found),
        min(one.peak_bytes for one in found),
    )
