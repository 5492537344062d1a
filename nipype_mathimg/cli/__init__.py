"""The command ``mathimg``: formulas and headers from a terminal.

`options` reads what is written behind a command, `commands` does it.
"""

from __future__ import annotations

from nipype_mathimg.cli.commands import main

__all__ = ["main"]
