"""The command ``mathimg``: formulas and headers from a terminal.

`command` is the kind of command that takes a formula; `options` reads what is written behind one,
`shared` has those that several commands have. `commands` are those that take a formula; `batch`
(with `rows`), `headers`, `translation` and `information` (with `examples`) are loaded when they
are asked for; `function_page` writes the page of functions in the guide. `output` prints
results, `report` writes the page about them, `progress` draws the bar, `ending` has errors and the
exit status, `stopping` ends a command that is told to stop.
"""

from __future__ import annotations

from nipype_mathimg.cli.commands import main

__all__ = ["main"]
