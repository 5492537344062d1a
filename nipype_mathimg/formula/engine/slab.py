"""The values of one slab, computed from the blocks that are at hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nipype_mathimg.formula.engine.pipeline import Blocks
from nipype_mathimg.formula.engine.streams import region_of
from nipype_mathimg.formula.engine.workspace import Workspace, read_region
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.cut import Task
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.types.regions import Region

__all__ = ["SlabValues"]


class SlabValues:
    """Computes slabs of tasks; called in several threads at once.

    Parameters
    ----------
    images : mapping
        For the index of an operation, its image.
    workspace : Workspace
        Everything that is not streamed.
    """

    def __init__(self, images: Mapping[int, Leaf], workspace: Workspace) -> None:
        self.images = images
        self.workspace = workspace

    def of(self, task: Task, region: Region, blocks: Blocks) -> list[Value]:
        """Return the values of the targets of a task, with blocks of what is streamed."""
        tape, wanted = task.tape, task.wanted(region)
        demand = tape.demand(wanted)

        def fetch(op: Op, part: Region) -> Value:
            return self._fetch(op, part, blocks)

        # In each thread anew: NumPy does not hand this state on to threads.
        with np.errstate(all="ignore"):
            return tape.run(demand, fetch, wanted)

    def _fetch(self, op: Op, region: Region, blocks: Blocks) -> Value:
        if op.index in self.workspace.values:
            value = self.workspace.values[op.index]
            if isinstance(value, np.ndarray):
                return value[tuple(slice(low, high) for low, high in region)]
            return value
        block = blocks.get(op.index)
        leaf = self.images.get(op.index)
        if block is not None and leaf is not None:
            return region_of(block, region, op.shape, leaf)
        found = self.workspace.anywhere(op.index, leaf)
        if found is None:
            raise AssertionError(f"{op.name} is not at hand")
        data = read_region(*found, region, op.shape, self.workspace.limits)
        return data if leaf is None else leaf.decode(data)
