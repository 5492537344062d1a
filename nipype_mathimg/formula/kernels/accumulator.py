"""What an accumulator is: a value that grows while blocks of its operand pass by."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from nipype_mathimg.formula.kernels.kernel import Kernel, Value
from nipype_mathimg.formula.types.limits import LIMITS, Limits
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = ["Accumulator", "AnyOrder", "State"]


class State(Protocol):
    """What is known of a value, or of a part of it, while blocks pass by."""

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Take a block of the operand.

        Parameters
        ----------
        block : ndarray
            Values of the operand, with all of its axes.
        mask : ndarray or None
            What counts of them, or their labels; its axes have the length of the block's, or 1.
        region : Region
            Which part of the operand it is.
        """

    def finish(self) -> bool:
        """End a pass over the operand; False where another pass is needed."""

    def result(self) -> Value:
        """Return the value; once, after the last pass."""


class Accumulator(Kernel):
    """How a value is accumulated: a reduction, or an order statistic.

    Where all of the operand is at hand, it is computed as by any other kernel.

    Attributes
    ----------
    domain : tuple of int
        Shape of the operand.
    masked : bool
        Whether a second operand says what counts: a mask, or labels.
    at_most : bool
        Whether the value may turn out shorter than its shape says: how long a list of the values
        that occur is, is known only after reading.
    made : int
        So many axes stand in the value before those that are kept.
    """

    domain: tuple[int, ...]
    masked: bool
    at_most: bool = False
    made: int = 0

    @property
    @abstractmethod
    def kept(self) -> tuple[int, ...]:
        """Axes of the operand that the value keeps."""

    @property
    @abstractmethod
    def uncut(self) -> int:
        """How many leading axes of the operand have to be there from end to end."""

    @property
    @abstractmethod
    def in_order(self) -> bool:
        """Whether each part of the kept axes takes its blocks in file order, in its own state.

        Otherwise one state takes all blocks, in any order and from several threads at once.
        """

    @property
    def streams(self) -> bool:
        """Whether a file that is read once in its order will do."""
        return True

    @property
    def passes(self) -> int:
        """How many passes it may take."""
        return 1

    @property
    def group(self) -> Hashable:
        """What those have in common that take a block of one operand together, in `update`."""
        return id(self)

    def update(
        self,
        states: Sequence[State],
        block: Array,
        masks: Sequence[Array | None],
        region: Region,
    ) -> None:
        """Let a state of this accumulator and those of others in its group take a block.

        Parameters
        ----------
        states : sequence of State
            For the same part of the operand.
        block, region
            As for `State.update`.
        masks : sequence of (ndarray or None)
            The mask of each state.
        """
        for state, mask in zip(states, masks, strict=True):
            state.update(block, mask, region)

    @abstractmethod
    def state_bytes(self, limits: Limits) -> int:
        """Return the bytes of the states for the whole value."""

    @abstractmethod
    def update_bytes(self, size: int, limits: Limits) -> int:
        """Return the bytes that `State.update` takes for a block of as many elements."""

    def lean(self) -> Accumulator:
        """Return what gives the same value with the least memory, perhaps in more passes."""
        return self

    @abstractmethod
    def start(self, part: Region, limits: Limits) -> State:
        """Return the state of a part of the operand that is whole along what is reduced."""

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Value:
        """Return the value of one block, which holds all that is reduced."""
        state, finished = self.start(regions[0], LIMITS), False
        while not finished:
            state.update(blocks[0], blocks[1] if self.masked else None, regions[0])
            finished = state.finish()
        return state.result()


class AnyOrder(Accumulator):
    """Takes all of its operand into one state, block by block in any order."""

    @property
    def kept(self) -> tuple[int, ...]:
        """None of the axes."""
        return ()

    @property
    def uncut(self) -> int:
        """No axis has to be there from end to end."""
        return 0

    @property
    def in_order(self) -> bool:
        """Blocks may come in any order."""
        return False
