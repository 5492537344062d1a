"""Who takes the values of a stage: accumulators, memory, a spool on disk, a file."""

from __future__ import annotations

from typing import ClassVar

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.accumulator import Accumulator
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, elements
from nipype_mathimg.frozen import Frozen

__all__ = ["Accumulate", "Keep", "Sink", "Spool", "Write"]


class Sink(Frozen):
    """Takes the values of one operation.

    Parameters
    ----------
    op : Op
        What is known, or written, afterwards.
    """

    op: Op
    verb: ClassVar[str] = "compute"

    @property
    def label(self) -> str:
        """What a plan calls the value."""
        return self.op.name

    @property
    def operands(self) -> tuple[Op, ...]:
        """What it takes the values of."""
        return (self.op,)

    @property
    def domain(self) -> tuple[int, ...]:
        """Shape of what is run over for it."""
        return self.op.shape

    @property
    def passes(self) -> int:
        """How often it may have to see the values."""
        return 1

    def wanted(self, region: Region) -> list[Region]:
        """Return the regions of the operands for a part of the domain."""
        return [region]

    def kept_bytes(self, limits: Limits) -> int:
        """Return the memory of what it holds, from its stage to the end."""
        return 0

    def work_bytes(self, region: Region, limits: Limits) -> int:
        """Return the memory that it takes while it takes a part of the domain."""
        return 0


class Accumulate(Sink):
    """Lets the values pass by an accumulator.

    Parameters
    ----------
    op : Op
        What is accumulated.
    accumulator : Accumulator
        How; it is the operation's, or that in its lean form.
    """

    accumulator: Accumulator
    verb: ClassVar[str] = "accumulate"

    @property
    def operands(self) -> tuple[Op, ...]:
        """The operand, and the mask if there is one."""
        return self.op.args

    @property
    def domain(self) -> tuple[int, ...]:
        """Shape of the operand."""
        return self.accumulator.domain

    @property
    def passes(self) -> int:
        """How often it may have to see the values."""
        return self.accumulator.passes

    def wanted(self, region: Region) -> list[Region]:
        """Return the regions of operand and mask, whose axes may have length 1 instead."""
        return [
            tuple((0, 1) if n == 1 else part for n, part in zip(arg.shape, region, strict=True))
            for arg in self.op.args
        ]

    def kept_bytes(self, limits: Limits) -> int:
        """Return the memory of the accumulators and of the value."""
        return self.accumulator.state_bytes(limits) + self.op.spec.nbytes

    def work_bytes(self, region: Region, limits: Limits) -> int:
        """Return what the accumulator takes to look at a part."""
        return self.accumulator.update_bytes(elements(region), limits)


class Keep(Sink):
    """Keeps the value in memory."""

    def kept_bytes(self, limits: Limits) -> int:
        """Return the memory of the value."""
        return self.op.spec.nbytes


class Spool(Sink):
    """Keeps the value on local disk."""


class Write(Sink):
    """Writes the value as a result, in file order.

    Parameters
    ----------
    op : Op
        The result.
    name : str
        Its name.
    """

    name: str
    verb: ClassVar[str] = "write"

    @property
    def label(self) -> str:
        """The name of the result, where it has one."""
        return self.name or self.op.name

    def work_bytes(self, region: Region, limits: Limits) -> int:
        """Return the memory of a piece as it is stored, and of what it is compressed to."""
        # Noise, which images are full of, does not get smaller when it is compressed.
        return 2 * elements(region) * min(self.op.spec.dtype.itemsize, 8)
