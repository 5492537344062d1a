"""A domain cut into slabs, as an arithmetic: ten slabs or ten billion take the same memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import overload

from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen

__all__ = ["Slabs"]

TOLERATED = 1.5
"""A slab may be so many times what is aimed at: a whole volume beats a volume in uneven parts."""


class Slabs(Frozen, Sequence[Region]):
    """The slabs of a domain, in file order.

    Parameters
    ----------
    shape : tuple of int
        Shape of the domain.
    cut : int
        Axis that is cut into pieces; the axes below it are whole, those above it are taken one by
        one, but for the closed ones. `len(shape)` where nothing is cut.
    pieces : int
        Number of pieces along that axis.
    closed : frozenset of int
        Axes that are always whole.
    """

    shape: tuple[int, ...]
    cut: int
    pieces: int
    closed: frozenset[int]

    @classmethod
    def of(cls, shape: Sequence[int], target: int, closed: Collection[int] = ()) -> Slabs:
        """Cut a domain into runs in file order of about `target` elements.

        The cuts depend on nothing but the arguments, so that equal results are written in equal
        pieces. Axes in `closed` are never cut; without them every slab is contiguous in Fortran
        order.

        Examples
        --------
        >>> list(Slabs.of((4, 4, 4), 32))
        [((0, 4), (0, 4), (0, 2)), ((0, 4), (0, 4), (2, 4))]
        >>> len(Slabs.of((10**9, 10**9), 1000))
        1000000000000000
        """
        unit = 1
        for axis in closed:
            unit *= shape[axis]
        for axis, length in enumerate(shape):
            if axis in closed:
                continue
            if length > 1 and unit * length > TOLERATED * target:
                most = max(1, round(target / max(unit, 1)))
                return cls(tuple(shape), axis, -(-length // most), frozenset(closed))
            unit *= length
        return cls(tuple(shape), len(shape), 1, frozenset(closed))

    # Asked for with every slab, of which there may be thousands.
    @cached_property
    def single(self) -> tuple[int, ...]:
        """The axes that are taken one by one."""
        above = range(self.cut + 1, len(self.shape))
        return tuple(axis for axis in above if axis not in self.closed)

    @property
    def largest(self) -> Region:
        """A slab that has as many elements as any other."""
        return self[len(self) - 1]  # the last piece is never smaller than another

    @property
    def inner(self) -> Region:
        """A slab that has neighbours along the cut axis on both sides, where there is one."""
        return self[max(self.pieces - 2, 0)]

    @cached_property
    def _count(self) -> int:
        count = self.pieces
        for axis in self.single:
            count *= self.shape[axis]
        return count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Region: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Region]: ...

    def __getitem__(self, index: int | slice) -> Region | Sequence[Region]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        rest, piece = divmod(index % self._count, self.pieces)
        parts = [(0, length) for length in self.shape]
        if self.cut < len(self.shape):
            length = self.shape[self.cut]
            # Pieces that differ by one at most: full ones and
            # a rest would keep a thread waiting at the end.
            start, stop = (length * k // self.pieces for k in (piece, piece + 1))
            parts[self.cut] = (start, stop)
        for axis in self.single:
            rest, k = divmod(rest, self.shape[axis])
            parts[axis] = (k, k + 1)
        return tuple(parts)
