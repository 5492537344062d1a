"""How long a stage takes, roughly: enough to say which one is dearest, and when to have a coffee.

The rates were measured on two busy cores of a current server, with runs of 200 volumes; other
machines are within a factor of three of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.sinks import Accumulate, Write
from nipype_mathimg.formula.plan.stage import Stage

__all__ = ["read_bytes", "seconds_of"]

_INFLATE = 300e6
"""Bytes of a decoded image that one thread inflates in a second."""

_READ = 2e9
"""Bytes of an image without compression that are read in a second, from the page cache."""

_DEFLATE = 100e6
"""Bytes of a result that one thread compresses in a second; most results are compressed."""

_ELEMENT = 2.5e-9
"""Seconds that NumPy takes for an element of a cheap operation, with its memory."""

_NEIGHBOURS = 120e-9
"""Seconds for a voxel of a function that looks at its neighbours."""


def read_bytes(stage: Stage, images: Mapping[int, Leaf]) -> int:
    """Return how many bytes of decoded images a stage reads."""
    return sum(_size(images[index]) for index in stage.readings)


def seconds_of(stage: Stage, images: Mapping[int, Leaf], threads: int) -> float:
    """Return how long a stage takes: what its readers or its threads need, whichever is more.

    Parameters
    ----------
    stage : Stage
        The stage.
    images : mapping
        For the index of an operation, its image.
    threads : int
        Threads that compute.
    """
    streams = [
        _size(images[index]) / (_INFLATE if reading.decodes and not plain else _READ)
        for index, reading in stage.readings.items()
        for plain in [images[index].random_access]
    ]
    ops = {
        op.index: op
        for task in stage.cut.tasks
        for op in task.tape.ops
        if op.index not in task.tape.leaves and not op.is_constant and not op.is_free
    }
    work = sum(map(_computing, ops.values()))
    for sink in stage.cut.sinks:
        if isinstance(sink, Accumulate):
            work += sink.passes * sum(arg.spec.size for arg in sink.operands) * _ELEMENT
        elif isinstance(sink, Write):
            work += sink.op.spec.size * min(sink.op.spec.dtype.itemsize, 4) / _DEFLATE
    # A reader for each image runs beside the threads that compute.
    return max([work / min(threads, max(len(stage.cut.slabs), 1)), *streams])


def _computing(op: Op) -> float:
    each = _NEIGHBOURS if op.kernel.neighbours else _ELEMENT
    return each * max([op.spec.size, *(arg.spec.size for arg in op.args)])


def _size(leaf: Leaf) -> int:
    return leaf.spec.size * leaf.stored_dtype.itemsize
