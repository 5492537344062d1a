"""A progress bar on a terminal, for what takes longer than a second."""

from __future__ import annotations

import sys
from time import monotonic, time
from typing import TYPE_CHECKING

import click

from nipype_mathimg.formula.engine.progress import Done
from nipype_mathimg.words import in_units

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

__all__ = ["Bar"]

_AFTER = 1.0
"""Seconds before it is drawn: what is done sooner needs none."""

_STEPS = 1000
"""Steps of the bar, more than a terminal has columns."""


class Bar:
    """Draws how far a run is, on the terminal that shows errors; nothing elsewhere.

    Parameters
    ----------
    hidden : bool
        Draw nothing at all.
    """

    def __init__(self, *, hidden: bool = False) -> None:
        self._hidden = hidden or not sys.stderr.isatty()
        self._began, self._clock = monotonic(), time()
        self._bar: ProgressBar[int] | None = None
        self._text = ""

    def __call__(self, done: Done) -> None:
        """Draw the bar anew."""
        if self._hidden or monotonic() - self._began < _AFTER:
            return
        self._text = f"{in_units(done.share * done.total_bytes)} of {in_units(done.total_bytes)}"
        if self._bar is None:
            self._bar = click.progressbar(
                length=_STEPS,
                file=sys.stderr,
                width=0,
                item_show_func=lambda _: self._text,
                bar_template="[%(bar)s] %(info)s",
            )
            # For the time that is left: the work began before the bar.
            self._bar.start = self._bar.last_eta = self._clock
        self._bar.update(round(done.share * _STEPS) - self._bar.pos, 0)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        # Also after an error: the bar hides the cursor.
        if self._bar is not None:
            self._bar.render_finish()
