"""The command ``mathimg``: formulas and headers from a terminal.

`command` is the kind of command that takes a formula, and how mistakes are shown; `stopping` ends
one that is told to stop; `options` reads what is written behind one; `commands` are those that
there are.
"""

from __future__ import annotations

from nipype_mathimg.cli.commands import main

__all__ = ["main"]
