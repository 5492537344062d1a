"""How long a stage takes, roughly: enough to say which one is dearest, and when to have a coffee.

The rates are of a core of a current server, where ``python -m tests.benchmarks.costs`` finds most
estimates within a factor of two of the time that the processor takes, and all within one of five:
how well voxels are compressed decides about half of many formulas (an image of noise takes two to
three times as long as one with zeros around the brain), and whether a file is compressed at all, a
plan does not know. Another machine, or one with others on it, adds its own factor.
"""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.plan.ports import Leaf
from nipype_mathimg.formula.plan.sinks import Accumulate, Write
from nipype_mathimg.formula.plan.stage import Stage

__all__ = ["processor_seconds", "read_bytes", "seconds_of"]

_INFLATE = 300e6
"""Bytes of a decoded image that one thread inflates in a second."""

_READ = 2e9
"""Bytes of an image without compression that are read in a second, from the page cache."""

_DEFLATE = 220e6
"""Bytes of a result that one thread compresses in a second; most results are compressed."""

_ELEMENT = 1.5e-9
"""Seconds for an element of a cheap operation, with its memory; see `Kernel.effort`."""


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
    # A reader for each image runs beside the threads that compute.
    shared = _work(stage) / min(threads, max(len(stage.cut.slabs), 1))
    return max([shared, *_streams(stage, images)])


def processor_seconds(stage: Stage, images: Mapping[int, Leaf]) -> float:
    """Return how long processors work for a stage, all threads and readers together.

    Parameters
    ----------
    stage : Stage
        The stage.
    images : mapping
        For the index of an operation, its image.
    """
    return _work(stage) + sum(_streams(stage, images))


def _streams(stage: Stage, images: Mapping[int, Leaf]) -> list[float]:
    """Return how long each image is read."""
    return [
        _size(images[index]) / (_INFLATE if reading.decodes and not plain else _READ)
        for index, reading in stage.readings.items()
        for plain in [images[index].random_access]
    ]


def _work(stage: Stage) -> float:
    """Return how long one thread computes, and compresses what is written."""
    ops = {
        op.index: op
        for task in stage.cut.tasks
        for op in task.tape.ops
        if op.index not in task.tape.leaves and not op.is_constant and not op.is_free
    }
    work = sum(map(_computing, ops.values()))
    for sink in stage.cut.sinks:
        if isinstance(sink, Accumulate):
            size = sum(arg.spec.size for arg in sink.operands)
            work += sink.passes * size * sink.op.kernel.effort() * _ELEMENT
        elif isinstance(sink, Write):
            work += sink.op.spec.size * min(sink.op.spec.dtype.itemsize, 4) / _DEFLATE
    return work


def _computing(op: Op) -> float:
    return op.kernel.effort() * _ELEMENT * max([op.spec.size, *(arg.spec.size for arg in op.args)])


def _size(leaf: Leaf) -> int:
    return leaf.spec.size * leaf.stored_dtype.itemsize
