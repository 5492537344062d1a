"""One run over a domain, as a part of a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.tape import Tape
from nipype_mathimg.formula.plan.reads import Access, Reading
from nipype_mathimg.formula.types.regions import Region, span_of, whole

__all__ = ["Stage", "StageKind", "mib"]


class StageKind(Enum):
    """What a stage is for."""

    REDUCE = "accumulate"
    COLLECT = "compute"
    WRITE = "write"


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One run over a domain.

    Parameters
    ----------
    kind : StageKind
        What happens with the values.
    targets : tuple of Op
        What is known afterwards.
    tape : Tape
        How the values are computed from the leaves.
    domain : tuple of int
        Shape of what is run over.
    slabs : tuple of Region
        The pieces.
    readings : mapping
        For the index of an image, how it is read.
    on_disk : bool
        The result is kept on disk, not in memory.
    kept_bytes : int
        Memory of the result and of the accumulators.
    slab_bytes : int
        Memory of the computation of one slab.
    buffer_bytes : int
        Memory of the blocks that are read ahead.
    narrowing : frozenset of int
        Indices of the order statistics that are looked for in windows of values.
    """

    kind: StageKind
    targets: tuple[Op, ...]
    tape: Tape
    domain: tuple[int, ...]
    slabs: tuple[Region, ...]
    readings: Mapping[int, Reading]
    on_disk: bool
    kept_bytes: int
    slab_bytes: int
    buffer_bytes: int
    narrowing: frozenset[int]

    def wanted(self, region: Region) -> list[Region]:
        """Return the regions of the tape's targets for a part of the domain."""
        if self.kind is not StageKind.REDUCE:
            return [region]
        return [
            tuple((0, 1) if n == 1 else part for n, part in zip(op.shape, region, strict=True))
            for op in self.tape.targets
        ]

    def spans(
        self, shapes: Mapping[int, Sequence[int]]
    ) -> dict[int, list[tuple[int, int] | None]]:
        """Return the run of each image that each slab needs, in order; None where it needs none.

        Parameters
        ----------
        shapes : mapping
            For the index of an image, its shape.
        """
        found: dict[int, list[tuple[int, int] | None]] = {index: [] for index in shapes}
        for slab in self.slabs if found else ():
            demand = self.tape.demand(self.wanted(slab))
            for index, shape in shapes.items():
                found[index].append(span_of(demand[index], shape))
        return found

    def read_by(self, access: Access) -> list[int]:
        """Return the images that are read in one way."""
        return [index for index, reading in self.readings.items() if reading.access is access]

    def __str__(self) -> str:
        names = ", ".join(dict.fromkeys(op.name for op in self.targets))
        size = " x ".join(map(str, self.domain)) or "1"
        axis = _cut_name(self)
        cut = f"{len(self.slabs)} slabs along {axis}" if len(self.slabs) > 1 else "in one piece"
        lines = [f"{self.kind.value} {names}: {size}, {cut}, {mib(self.slab_bytes)} each"]
        if self.on_disk:
            lines.append("    kept on disk")
        lines += [f"    {reading}" for reading in self.readings.values()]
        return "\n".join(lines)


def _cut_name(stage: Stage) -> str:
    if len(stage.slabs) < 2:
        return ""
    full = whole(stage.domain)
    cut = next(k for k, part in enumerate(stage.slabs[0]) if part != full[k])
    target = stage.tape.targets[0].spec
    source = target.axes[cut].source if cut < target.ndim else None
    return source or f"axis {cut}"


def mib(count: float) -> str:
    """Return a number of bytes in MiB, for people."""
    mib = count / (1 << 20)
    # Upwards: who gives what a message asks for gets by with it.
    return f"{math.ceil(mib)} MiB" if mib >= 10 else f"{math.ceil(10 * mib) / 10:.1f} MiB"
