"""The page of a report: blocks below each other, each of which knows its height."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nipype_mathimg.calc.planes import Volume, axes_in, draw_planes, height_of
from nipype_mathimg.frozen import Unique
from nipype_mathimg.report.reading import Seen
from nipype_mathimg.spec import FloatArray
from nipype_mathimg.words import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Block", "Curves", "Planes", "Space", "Words", "drawn"]

WIDTH = 9.6
"""Of the page in inches: at 800 pixels the smallest letters are 9 pixels high."""

MARGIN = 0.25

_LINE = 1.45
"""Height of a line in heights of its letters."""

_TALLEST = 2.6
"""Height of planes in inches: the three fill the width, for a head."""

_BLUE, _ORANGE = "#1f77b4", "#d95f02"


class Block(Protocol):
    """A part of the page."""

    def height(self) -> float:
        """Return the height in inches."""

    def draw(self, figure: Figure, top: float) -> None:
        """Draw it below a place, in inches above the lower edge of the page."""


class Words(Unique):
    """Lines of text.

    Parameters
    ----------
    text : str
        The text; lines that are too long are broken.
    size : float
        Of its letters, in points.
    family : str
        The font.
    weight : str
        Of its letters.
    most : int
        Lines that are shown.
    indent : str
        In front of all lines but the first.
    """

    text: str
    size: float = 8.5
    family: str = "sans-serif"
    weight: str = "normal"
    most: int = 12
    indent: str = ""

    def lines(self) -> list[str]:
        """Return the text in lines that fit, the last of which says what is left out."""
        # A letter of DejaVu Sans Mono is 0.602 of its size wide, running text in DejaVu Sans
        # less, in bold letters more; other fonts are narrower.
        each = 0.74 if self.weight == "bold" else 0.61
        room = int((WIDTH - 2 * MARGIN) * 72 / (each * self.size))
        found: list[str] = []
        for line in self.text.splitlines():
            found += textwrap.wrap(printable(line), room, subsequent_indent=self.indent) or [""]
        if len(found) <= self.most:
            return found
        left = len(found) - self.most + 1
        return [*found[: self.most - 1], f"... ({left} more lines)"]

    def height(self) -> float:
        """See `Block`."""
        return len(self.lines()) * self.size * _LINE / 72 + 0.04

    def draw(self, figure: Figure, top: float) -> None:
        """See `Block`."""
        width, height = figure.get_size_inches()
        for k, line in enumerate(self.lines()):
            base = top - (k * _LINE + 1.05) * self.size / 72
            how: dict[str, Any] = {"family": self.family, "weight": self.weight}
            how |= {"fontsize": self.size, "parse_math": False}
            figure.text(MARGIN / width, base / height, line, None, **how)


class Space(Unique):
    """Nothing.

    Parameters
    ----------
    inches : float
        How much of it.
    """

    inches: float

    def height(self) -> float:
        """See `Block`."""
        return self.inches

    def draw(self, figure: Figure, top: float) -> None:
        """See `Block`."""


class Planes(Unique):
    """Three planes of a volume.

    Parameters
    ----------
    volume : Volume
        What is shown.
    centre : array of shape (3,)
        Through which place, in mm.
    colours : str
        A map of matplotlib; empty for the one that the values suggest.
    """

    volume: Volume
    centre: FloatArray
    colours: str = ""

    def height(self) -> float:
        """See `Block`."""
        return height_of(self.volume, WIDTH - 2 * MARGIN, _TALLEST) + 0.08

    def draw(self, figure: Figure, top: float) -> None:
        """See `Block`."""
        box = (MARGIN, top - _TALLEST, WIDTH - 2 * MARGIN, _TALLEST)
        draw_planes(figure, self.volume, box, self.centre, self.colours)


class Curves(Unique):
    """The histogram of an image, and the mean of each of its volumes beside it."""

    seen: Seen

    def height(self) -> float:
        """See `Block`."""
        return 2.05

    def draw(self, figure: Figure, top: float) -> None:
        """See `Block`."""
        left, width = MARGIN + 0.55, (WIDTH - 2 * MARGIN - 0.6)
        both = self.seen.signal is not None and self.seen.counts is not None
        wide = (width - 0.8) / 2 if both else width
        if self.seen.counts is not None:
            self._draw_histogram(axes_in(figure, (left, top - 1.6, wide, 1.35)))
            left += wide + 0.8
        if self.seen.signal is not None:
            self._draw_signal(axes_in(figure, (left, top - 1.6, wide, 1.35)))

    def _draw_histogram(self, axes: Any) -> None:  # noqa: ANN401 - Axes, untyped in part
        from matplotlib import ticker

        # Logarithmic: the background has a hundred times as many voxels as any tissue.
        counts = np.asarray(self.seen.counts)
        axes.stairs(counts, self.seen.edges, fill=True, color=_BLUE)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
        axes.yaxis.set_minor_locator(ticker.NullLocator())
        axes.set_ylim(0.7, max(int(counts.max()), 1) * 1.5)
        axes.set_xlim(self.seen.edges[0], self.seen.edges[-1])
        axes.locator_params(axis="x", nbins=5)
        _titled(axes, f"Histogram: {self.seen.counted}", "value")

    def _draw_signal(self, axes: Any) -> None:  # noqa: ANN401
        signal = np.asarray(self.seen.signal, float)
        axes.plot(signal, color=_ORANGE, linewidth=1)
        axes.set_xlim(0, max(len(signal) - 1, 1))
        axes.ticklabel_format(axis="y", useOffset=False)
        _titled(axes, "Global signal: mean of each volume", "volume")


def _titled(axes: Any, title: str, below: str) -> None:  # noqa: ANN401
    axes.set_title(title, loc="left", fontsize=8.5, fontweight="bold")
    axes.set_xlabel(below, fontsize=7.5)
    axes.ticklabel_format(axis="x", useOffset=False)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def drawn(blocks: Iterable[Block]) -> Figure:
    """Return a page with these blocks below each other."""
    from matplotlib.figure import Figure

    placed: Sequence[tuple[Block, float]] = [(block, block.height()) for block in blocks]
    height = sum(high for _, high in placed) + 2 * MARGIN
    figure, top = Figure((WIDTH, height)), height - MARGIN
    for block, high in placed:
        block.draw(figure, top)
        top -= high
    return figure
