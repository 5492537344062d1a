"""Run the whole table and print it: ``python -m tests.interfaces.matrix [plugin ...]``."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from nipype import config, logging

from tests.interfaces.matrix import plugins
from tests.interfaces.matrix.column import CACHED, EQUAL_BYTES, Cell, Column, run_column
from tests.interfaces.matrix.kinds import KINDS
from tests.interfaces.matrix.live import LIVE, run_live
from tests.interfaces.matrix.samples import SAMPLES, save_images
from tests.requirements import missing

QUIET = "[logging]\nworkflow_level = CRITICAL\ninterface_level = ERROR\nutils_level = ERROR\n"


def main(names: list[str]) -> int:
    # The workers read it when they start: nothing but the table.
    os.environ["NIPYPE_NO_ET"] = "1"
    settings = tempfile.mkdtemp(prefix="nipype_config_")
    atexit.register(shutil.rmtree, settings, ignore_errors=True)
    os.environ["NIPYPE_CONFIG_DIR"] = settings
    Path(settings, "nipype.cfg").write_text(QUIET)
    config.update_config({"logging": {"workflow_level": "CRITICAL", "interface_level": "ERROR"}})
    logging.update_logging(config)
    with tempfile.TemporaryDirectory(prefix="matrix_") as folder, ExitStack() as stack:
        columns = _columns(names or list(plugins.WAYS), Path(folder), stack)
        return _print(columns)


def _columns(
    names: list[str], folder: Path, stack: ExitStack
) -> dict[str, dict[tuple[str, str], Cell] | str]:
    """Return the cells of each column, or why it could not be run."""
    images = save_images(folder)
    found: dict[str, dict[tuple[str, str], Cell] | str] = {
        "no plugin": {
            (kind, sample.name): run_live(kind, sample, images, folder / kind / sample.name)
            for kind in LIVE
            for sample in SAMPLES
        }
    }
    services: dict[str | None, dict[str, Any]] = {None: {}}
    linear: Column | None = None
    for name in dict.fromkeys(["Linear", *names]):
        way = plugins.WAYS[name]
        why = missing(way.service) if way.service else None
        if why:
            found[name] = why
            continue
        if way.service not in services:
            services[way.service] = stack.enter_context(plugins.SERVICES[str(way.service)]())
        column = run_column(
            name, folder / name.replace(" ", "_"), images, services[way.service], linear
        )
        linear = linear or column
        found[name] = column.cells
        print(f"{name}: {column.seconds:.0f} s", file=sys.stderr)
    return found


def _print(columns: dict[str, dict[tuple[str, str], Cell] | str]) -> int:
    """Print the table with its footnotes; return the number of failed cells."""
    notes: dict[str, int] = {}
    failed = 0
    print(" | ".join(["kind of node".ljust(28), *(name.center(15) for name in columns)]))
    for kind in [*LIVE, *(one.name for one in KINDS), EQUAL_BYTES, CACHED]:
        shown = []
        for cells in columns.values():
            if isinstance(cells, str):
                shown.append(f"skipped [{notes.setdefault(cells, len(notes) + 1)}]")
                continue
            own = [cells[kind, s.name] for s in SAMPLES if (kind, s.name) in cells]
            failed += sum(cell.state == "failed" for cell in own)
            shown.append(_shown(own, notes))
        print(" | ".join([kind.ljust(28), *(text.center(15) for text in shown)]))
    for note, number in notes.items():
        print(f"[{number}] {note}")
    return failed


def _shown(cells: list[Cell], notes: dict[str, int]) -> str:
    if not cells:
        return "-"
    passed = sum(cell.state == "passed" for cell in cells)
    numbers = sorted({notes.setdefault(c.why, len(notes) + 1) for c in cells if c.why})
    state = "FAILED " if any(cell.state == "failed" for cell in cells) else ""
    return f"{state}{passed} of {len(cells)}" + "".join(f" [{n}]" for n in numbers)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
