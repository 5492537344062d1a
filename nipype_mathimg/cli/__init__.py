"""The command ``mathimg``: formulas and headers from a terminal.

`commands` is the group of all commands; each is loaded when it is asked for: `img`, `value`,
`table`, `explain` take a formula, `batch` many: `rows` reads its table, `row_checks` refuses what
is wrong in every row, `work` computes one, `row_processes` several at once, and `failures` is the
log of those that failed. `headers`, `translation` and `information` (with `examples`) take none.
`command` is the kind of command that takes a formula, and `meant` says what is meant by words that
none takes;
`options` reads what is written behind one, `shared` has those that several commands have.
`function_page` writes the page of functions in the guide. `output` prints results, `report` writes
the page about them, `progress` draws the bar, `ending` has errors and the exit status, `stopping`
ends a command that is told to stop.
"""

from __future__ import annotations

import gc
import os

__all__ = ["main"]


def main(*, prog_name: str | None = None) -> None:
    """Run the command line of this process, which ends with it.

    Parameters
    ----------
    prog_name : str, optional
        What it is called in messages.
    """
    # A third of the start would go to looking for garbage among modules, which live to the end,
    # some of it when the process ends.
    gc.disable()
    # OpenBLAS, which NumPy brings, starts a thread for each core, and each looks for work for
    # 0.1 s before it sleeps. A formula is cut into pieces for threads of its own. The child
    # processes of `batch` find this too, and whoever sets it for a reason has the last word.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nipype_mathimg.cli.commands import main as commands

    commands(prog_name=prog_name, obj=_loaded)


def _loaded() -> None:
    """Look for garbage from now on, in what comes from now on."""
    gc.freeze()
    gc.enable()
