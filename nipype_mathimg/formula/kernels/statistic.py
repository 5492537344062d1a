"""What a statistic is: how values of cells are taken in, one by one or a plane at a time."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from nipype_mathimg.spec import Array

__all__ = ["ROW_VALUES", "EmptyError", "Fields", "OneByOne", "Statistic", "added", "rows_for"]

Fields = dict[str, Array]
"""A state: arrays by name, with an element for each cell."""

ROW_VALUES = 1 << 15
"""Values that `Statistic.fold_rows` should get at once: as float64 they stay in the second cache
of a core, and are enough that the calls of NumPy count for little."""


class EmptyError(Exception):
    """A cell has no value from which a result could be made."""


class Statistic(Protocol):
    """What is accumulated, and how it becomes the result.

    A statistic is `Frozen`, a field of the kernel `Reduction`: its class and its fields
    tell two statistics apart. A state is some arrays by name, each with an element for every cell,
    that is for every voxel of the result. Cells are filled in one of two ways, by `fold` or by
    `plane` and `merge`; the axes that go decide which, see the module.
    """

    @property
    def computed_in(self) -> np.dtype[Any] | None:
        """The dtype in which `fold` computes.

        It may be given values that were converted to it, as several statistics share them. None
        for one that computes in the dtype of the operand.
        """

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return the state of cells that have seen nothing.

        Its dtypes hold everything that `fold` and `plane` put there, counts of all voxels
        included.

        Parameters
        ----------
        cells : int
            The length of every array.
        alike : bool
            Every cell is offered the same number of values, all of them by `fold` and without a
            mask: a count for each cell would take memory and say nothing.
        """

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Add one value to every cell, in place.

        Parameters
        ----------
        state : dict of numpy.ndarray
            What `start` returned, or a part of it: arrays of shape (cells,).
        values : numpy.ndarray
            Shape (cells,), in the dtype of the operand or in `computed_in`: the next value of
            each cell. They are left as they are.
        mask : numpy.ndarray of bool, or None
            Shape (cells,): where a value counts; everywhere when None.
        position : int
            How many values each cell was offered before, if `alike`; with one axis that goes,
            the index along it.
        """

    def fold_rows(self, state: Fields, values: Array, position: int) -> None:
        """Add several values to every cell, one after the other: to the bits of `fold`.

        Parameters
        ----------
        state : dict of numpy.ndarray
            As for `fold`.
        values : numpy.ndarray
            Shape (values, cells), in the dtype of the operand.
        position : int
            As for `fold`, of the first of the values.
        """

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Return the state of planes, each seen as a whole.

        Parameters
        ----------
        values : numpy.ndarray
            Shape (elements of a plane, planes), in the dtype of the operand.
        mask : numpy.ndarray of bool, or None
            Of the same shape: where a value counts; everywhere when None.

        Returns
        -------
        dict of numpy.ndarray
            Shape (planes,); names and dtypes are those of `start`.
        """

    def segments(self, values: Array, starts: Array) -> Fields:
        """Return the state of segments, each seen as a whole.

        Parameters
        ----------
        values : numpy.ndarray
            Shape (cells, values), in the dtype of the operand; the values of a segment follow
            one another.
        starts : numpy.ndarray of int
            Where each segment begins; it ends where the next one does, and none is empty.

        Returns
        -------
        dict of numpy.ndarray
            Shape (cells, segments); names and dtypes are those of `start`.
        """

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Merge planes.

        Parameters
        ----------
        table : dict of numpy.ndarray
            The states of all planes, in the shape of the axes behind those of a plane.
        axes : tuple of int
            The axes of `table` that go; perhaps none.
        """

    def result(self, state: Fields, count: int) -> Array:
        """Return the result of every cell.

        Parameters
        ----------
        state : dict of numpy.ndarray
            The states, complete.
        count : int
            So many values were offered to every cell, whether a mask let them count or not.

        Raises
        ------
        FormulaError
            The values have no result.
        """


class OneByOne:
    """Folds several values as single ones."""

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """See `Statistic.fold`."""
        raise NotImplementedError

    def fold_rows(self, state: Fields, values: Array, position: int) -> None:
        """See `Statistic.fold_rows`."""
        for k, row in enumerate(values):
            self.fold(state, row, None, position + k)


def added(total: Array, rows: Array) -> Array:
    """Return a total to which rows are added one after the other, as ``+=`` adds them.

    Parameters
    ----------
    total : numpy.ndarray
        Shape (cells,).
    rows : numpy.ndarray
        Shape (1 + values, at least cells and 2), in the dtype of the total: NumPy adds row to row
        where there are several columns, and the numbers of a single one pairwise. The first row
        is written over.
    """
    rows[0, : total.size] = total
    return np.asarray(np.add.reduce(rows, axis=0)[: total.size])


def rows_for(total: Array, values: Array) -> tuple[Array, Array]:
    """Return the rows that `added` takes, and the view of them that has the values.

    Parameters
    ----------
    total : numpy.ndarray
        Shape (cells,).
    values : numpy.ndarray
        Shape (values, cells); they are converted to the dtype of the total.
    """
    count, cells = values.shape
    rows = np.empty((1 + count, max(cells, 2)), total.dtype)
    rows[:, cells:] = 0
    rows[1:, :cells] = values
    return rows, rows[1:, :cells]
