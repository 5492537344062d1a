"""What a start takes above what its users have anyway: ``python -m tests.benchmarks.start``.

Whole processes in turns, so that a slow minute hits all; the seconds of the processor count. Of
each, the least is what other programs on the machine disturb least, and the median says how much
they did. The same difference over the pairs of a round has its median, too.
"""

from __future__ import annotations

import sys
from statistics import median

from tests.benchmarks.measure import measure

NIPYPE = """
from nipype import JoinNode, MapNode, Node, Workflow
from nipype.interfaces.base import BaseInterface, File, TraitedSpec, traits
"""
"""What whoever writes a workflow imports."""

STARTS = {
    "a workflow": (NIPYPE, NIPYPE + "import nipype_mathimg.interfaces"),
    "a workflow with our plugin": (
        NIPYPE + "import nipype.pipeline.plugins",
        NIPYPE + "from nipype_mathimg.interfaces import WatchfulMultiProcPlugin",
    ),
    "Python": ("import numpy", "import numpy\nfrom nipype_mathimg import math_img"),
    "the terminal": ("import numpy, click", "import nipype_mathimg.cli.commands, numpy, click"),
}
"""What is compared: without this package, and with it."""


def seconds(statement: str) -> float:
    """Return the processor seconds of a process that runs a statement."""
    return measure([[sys.executable, "-c", statement]], {}).cpu


def main(rounds: int = 20) -> None:
    """Print, for each start, the milliseconds without this package, with it, and above."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    for number in range(-1, rounds):
        for name, (without, with_it) in STARTS.items():
            pair = 1000 * seconds(without), 1000 * seconds(with_it)
            if number >= 0:  # The first round reads the files from disk.
                taken[name].append(pair)
    print(f"milliseconds of the processor, {rounds} rounds: least (median)")
    for name, pairs in taken.items():
        without, with_it = (sorted(column) for column in zip(*pairs, strict=True))
        above = median(b - a for a, b in pairs)
        print(
            f"{name}: {without[0]:.0f} ({median(without):.0f}) without, "
            f"{with_it[0]:.0f} ({median(with_it):.0f}) with: {with_it[0] - without[0]:.0f} above "
            f"({above:.0f})"
        )


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
