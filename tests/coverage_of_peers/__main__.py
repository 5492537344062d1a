"""The command: ``python -m tests.coverage_of_peers``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.coverage_of_peers.claims import LEVELS, make_samples, share, untrue
from tests.coverage_of_peers.peers import GOALS, PEERS


def main() -> int:
    """Compute what is claimed, and print how much counts; return how many claims are untrue."""
    parser = argparse.ArgumentParser(prog="python -m tests.coverage_of_peers")
    parser.add_argument("--list", action="store_true", help="print what does not count, and why")
    given = parser.parse_args()
    print("| peer | operations | counted | % | goal | " + " | ".join(LEVELS) + " |")
    print("|---" * (5 + len(LEVELS)) + "|")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples = make_samples(folder)
        for peer, found in PEERS.items():
            wrong += [why for claim in found() if (why := untrue(claim, samples, folder))]
            numbers = [sum(claim.level == level for claim in found()) for level in LEVELS]
            counted = sum(numbers[:3])
            percent = f"{100 * share(found()):.1f}"
            cells = [peer, sum(numbers), counted, percent, f"{100 * GOALS[peer]:.0f}", *numbers]
            print("| " + " | ".join(map(str, cells)) + " |")
    if given.list:
        for peer, found in PEERS.items():
            for claim in found():
                if claim.level in ("near", "no"):
                    print(f"{peer}: {claim.name}: {claim.level}: {claim.text}")
    print("\n".join(wrong))
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
