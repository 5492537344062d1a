"""The sinks of a stage at work: who takes the values of a slab, and what is known in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from nipype_mathimg.formula.engine.workspace import Workspace
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.sinks import Keep, Sink, Spool, Write
from nipype_mathimg.formula.types.regions import Region, contiguous_runs, flat_range, local
from nipype_mathimg.spec import Array

__all__ = ["Piece", "Taker", "Writer", "plain", "takers_of"]


class Writer(Protocol):
    """Takes the pieces of one result."""

    def encode(self, values: Value, region: Region) -> Piece:
        """Make of a piece what is written; called in several threads at once."""


Piece = Callable[[], None]
"""Writes what a writer made of a slab; called in file order, in the thread that called `run`."""


class Taker(Protocol):
    """Takes the values of one operation, slab by slab, in several threads at once."""

    def take(self, values: Value, region: Region) -> Piece | None:
        """Take the values of a slab; what has to be appended in file order is returned."""

    def finish(self) -> None:
        """Make what was taken known to later stages."""


def takers_of(
    sinks: tuple[Sink, ...], workspace: Workspace, writers: Mapping[str, Writer]
) -> dict[Sink, Taker]:
    """Return who takes the values of the sinks that do not accumulate.

    Parameters
    ----------
    sinks : tuple of Sink
        Sinks of a stage.
    workspace : Workspace
        Receives what is kept and spooled.
    writers : mapping
        For the name of a result that is written, who writes it.
    """
    takers: dict[Sink, Taker] = {}
    for sink in sinks:
        match sink:
            case Write():
                takers[sink] = _Writing(writers[sink.name])
            case Spool():
                takers[sink] = _Spooling(sink.op, workspace)
            case Keep():
                takers[sink] = _Keeping(sink.op, workspace)
    return takers


def plain(op: Op, value: Value) -> Value:
    """Return a value without axes as a plain number of Python."""
    if op.shape:
        return np.asarray(value)
    number: Value = np.asarray(value).item()
    return number


class _Writing:
    """Lets a writer encode slabs, which are pieces of its file."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def take(self, values: Value, region: Region) -> Piece | None:
        return self.writer.encode(values, region)

    def finish(self) -> None:
        """Nothing is left: every piece was appended."""


class _Keeping:
    """Puts slabs together in memory."""

    def __init__(self, op: Op, workspace: Workspace) -> None:
        self.op = op
        self.workspace = workspace
        # In the order of files: a slab is contiguous in it, and so is what a later stage reads.
        self.whole: Array = np.empty(op.shape, op.spec.dtype, order="F")

    def take(self, values: Value, region: Region) -> Piece | None:
        # No lock: slabs do not overlap, so threads never write to the same element.
        self.whole[tuple(slice(low, high) for low, high in region)] = values
        return None

    def finish(self) -> None:
        self.workspace.values[self.op.index] = plain(self.op, self.whole)


class _Spooling:
    """Puts slabs together on local disk."""

    def __init__(self, op: Op, workspace: Workspace) -> None:
        self.op = op
        self.store = workspace.store(op.index, op.name, op.spec.dtype, op.spec.size)

    def take(self, values: Value, region: Region) -> Piece | None:
        # No lock here either: each run has a place of its own in the store.
        for run in contiguous_runs(region, self.op.shape):
            part = np.asarray(values)[local(run, region)]
            self.store.write_at(flat_range(run, self.op.shape)[0], part)
        return None

    def finish(self) -> None:
        """Nothing is left: the store is known already."""
