"""A stage of a plan: a run over a domain, with how it reads and what it costs."""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.formula.plan.cut import Cut
from nipype_mathimg.formula.plan.reads import Access, Reading
from nipype_mathimg.formula.plan.sinks import Spool
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import whole
from nipype_mathimg.frozen import Unique
from nipype_mathimg.words import in_units

__all__ = ["Stage"]


class Stage(Unique):
    """One run over a domain.

    Parameters
    ----------
    cut : Cut
        What is computed, for whom, in which slabs.
    readings : mapping
        For the index of an image, how it is read.
    kept_bytes : int
        Memory of the results and of the accumulators.
    slab_bytes : int
        Memory of the computation of one slab in one thread.
    buffer_bytes : int
        Memory of the blocks that are read ahead.
    """

    cut: Cut
    readings: Mapping[int, Reading]
    kept_bytes: int
    slab_bytes: int
    buffer_bytes: int

    @classmethod
    def of(cls, cut: Cut, readings: Mapping[int, Reading], limits: Limits) -> Stage:
        """Return a stage with its costs."""
        views = {index for index, reading in readings.items() if reading.is_view}
        # Values of earlier stages are counted where they are kept.
        views |= {index for index in cut.leaves if index not in readings}
        return cls(
            cut,
            readings,
            cut.kept_bytes(limits),
            cut.work_bytes(views, limits),
            sum(reading.buffer_bytes for reading in readings.values()),
        )

    @property
    def deeds(self) -> str:
        """What is done with which operations: ``accumulate mean, std; write multiply``."""
        names: dict[str, dict[str, None]] = {}
        for sink in self.cut.sinks:
            names.setdefault(sink.verb, {})[sink.label] = None
        return "; ".join(f"{verb} {', '.join(labels)}" for verb, labels in names.items())

    @property
    def copied(self) -> list[int]:
        """The images that are decoded to disk in this stage."""
        return [
            index
            for index, reading in self.readings.items()
            if reading.copies or (reading.access is Access.SPOOL and reading.decodes)
        ]

    @property
    def spooled_bytes(self) -> int:
        """Disk that the values take which are kept there."""
        return sum(sink.op.spec.nbytes for sink in self.cut.sinks if isinstance(sink, Spool))

    def read_by(self, access: Access) -> list[int]:
        """Return the images that are read in one way."""
        return [index for index, reading in self.readings.items() if reading.access is access]

    def __str__(self) -> str:
        size = " x ".join(map(str, self.cut.domain)) or "1"
        count = len(self.cut.slabs)
        slabs = f"{count} slabs along {_cut_name(self.cut)}" if count > 1 else "in one piece"
        # What only passes by an accumulator takes no memory of its own.
        memory = f", {_each(self.slab_bytes, count)}" if self.slab_bytes else ""
        lines = [f"{self.deeds}: {size}, {slabs}{memory}"]
        if any(isinstance(sink, Spool) for sink in self.cut.sinks):
            lines.append("    kept on disk")
        lines += [f"    {reading}" for reading in self.readings.values()]
        return "\n".join(lines)


def _cut_name(cut: Cut) -> str:
    full = whole(cut.domain)
    axis = next(k for k, part in enumerate(cut.slabs[0]) if part != full[k])
    target = cut.tasks[0].tape.targets[0].spec
    source = target.axes[axis].source if axis < target.ndim else None
    return source or f"axis {axis}"


def _each(slab_bytes: int, count: int) -> str:
    return in_units(slab_bytes) + (" each" if count > 1 else "")
