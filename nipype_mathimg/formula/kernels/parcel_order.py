"""The order that brings the voxels of each region of a label image together."""

from __future__ import annotations

import math

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["ParcelOrder", "ParcelOrders", "columns"]

KEPT = 1 << 21
"""Orders of so many voxels are kept: two volumes of a template of 2 mm."""

VOXEL_BYTES = 16
"""A voxel of an order that is kept: its label as int64 at most, and its place."""


class ParcelOrder(Frozen):
    """The voxels of some regions, one region after the other.

    Parameters
    ----------
    voxels : ndarray of int
        Places of voxels.
    starts : ndarray of int
        Where the voxels of each region begin.
    parcels : ndarray of int
        Which regions they are; those without a voxel are left out.
    """

    voxels: Array
    starts: Array
    parcels: Array


class ParcelOrders:
    """Finds the order of the voxels of label images, once for those that come again.

    Parameters
    ----------
    wanted : ndarray of int
        The labels of the regions.
    """

    def __init__(self, wanted: Array) -> None:
        self.places = np.argsort(wanted, kind="stable")
        self.sorted = wanted[self.places]
        self.kept: dict[int, tuple[Array, ParcelOrder]] = {}

    @staticmethod
    def most_bytes(voxels: int) -> int:
        """Return the bytes of what is kept for an image of so many voxels."""
        return VOXEL_BYTES * min(voxels, KEPT)

    def of(self, labels: Array, place: int | None) -> ParcelOrder:
        """Return the order of the voxels of a unit; safe from several threads.

        Parameters
        ----------
        labels : ndarray of int
            One axis: the label of each voxel.
        place : int or None
            Which unit it is, None for one that does not come again.
        """
        if place is None:
            return self._found(labels)
        known = self.kept.get(place)
        # Compared, not taken on trust: a hundredth of the time of the order.
        if known is not None and np.array_equal(known[0], labels):
            return known[1]
        order = self._found(labels)
        if (1 + len(self.kept)) * labels.size <= KEPT:
            self.kept[place] = labels.copy(), order
        return order

    def _found(self, labels: Array) -> ParcelOrder:
        voxels = np.flatnonzero(labels)
        own = labels[voxels].astype(np.int64)
        at = np.minimum(np.searchsorted(self.sorted, own), self.sorted.size - 1)
        here = self.sorted[at] == own
        voxels, parcels = voxels[here], self.places[at[here]]
        order = np.argsort(parcels, kind="stable")
        voxels, parcels = voxels[order], parcels[order]
        first = np.ones(parcels.size, bool)
        first[1:] = parcels[1:] != parcels[:-1]
        starts = np.flatnonzero(first)
        return ParcelOrder(voxels, starts, parcels[starts])


def columns(array: Array, leading: int) -> Array:
    """Return a column of voxels for each volume."""
    voxels = math.prod(array.shape[:leading])
    return array.reshape((voxels, math.prod(array.shape[leading:])), order="F")
