"""Where the axes of an array come from: which axis of an image, and which part of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise

from nipype_mathimg.frozen import Frozen

__all__ = [
    "AXIS_NAMES",
    "GRAYORDINATE",
    "MAP",
    "PARCEL",
    "SEED",
    "SEED_PARCEL",
    "SPACE",
    "TIME",
    "VERTEX",
    "Axis",
    "Parcels",
    "file_order",
    "image_axes",
    "shown_order",
]

SPACE = ("x", "y", "z")
"""The axes that an affine places in the scanner."""

TIME = "t"
"""The axis of volumes."""

AXIS_NAMES = (*SPACE, TIME, "u", "v", "w")
"""Names of the seven axes of a NIfTI image (``dim[1]`` to ``dim[7]``)."""

GRAYORDINATE, VERTEX, PARCEL = "grayordinate", "vertex", "parcel"
"""Places in the head that no affine lines up: of CIFTI-2, of GIFTI, and regions of an atlas."""

SEED, SEED_PARCEL = "seed", "seed parcel"
"""The second axis of a matrix of connectivity, of grayordinates or of parcels."""

MAP = "map"
"""The axis of several maps in one file."""

_ORDER = (*SPACE, GRAYORDINATE, VERTEX, PARCEL, SEED, SEED_PARCEL, TIME, MAP, *AXIS_NAMES[4:])
"""Every name of an axis, in the order in which a formula sees them."""


class Parcels(Frozen):
    """The regions that an axis has: which labels of which image, in which order.

    Two axes have the same regions only where all of this is equal: a list of as many labels of
    another atlas is another one.

    Parameters
    ----------
    image : str
        What the formula calls the label image.
    labels : tuple of int
        The labels, in order.
    names : tuple of str
        What each is called; the label itself where no table says it.
    """

    image: str
    labels: tuple[int, ...]
    names: tuple[str, ...]


class Axis(Frozen, apart=("size", "origin", "length", "spread")):
    """Where one axis of an array comes from.

    Parameters
    ----------
    source : str or None
        Name of the image axis ("x", "y", "z", "t", "u", "v", "w"; "grayordinate", "vertex",
        "parcel", "seed", "seed parcel", "map"), or None when the axis corresponds to none of
        them (new, sorted, a frequency axis, ...).
    start : float
        Position of the first element on the source axis, in voxels (or volumes). Whole, but for
        a spatial axis that was averaged with ``keepdims`` (its centre) or repeated.
    step : float
        Distance between neighbours on the source axis, in voxels (or volumes); negative after
        a flip.
    size : float or None
        Distance between neighbours on the source axis itself: mm for an axis of space, seconds
        for that of time; None where it is unknown. Axes are the same whatever it is: of several
        images on one grid it differs by rounding.
    origin : float
        Where the source axis begins: seconds (toffset) for the axis of time, else 0.
    length : int or None
        Number of elements of the source axis itself, None where it is unknown.
    spread : float
        How far apart the first elements of the parts lay, in voxels, where this axis lies in
        the middle between several; 0 elsewhere. So that the order in which they meet is of no
        account.
    places : tuple of float or None
        Positions of the elements on the source axis where they are not evenly spaced, empty
        where even these are unknown; None where `start` and `step` say all. `start` is then the
        least of them, `step` the distance between neighbours before.
    spectrum_of : tuple of (Axis, int) or None
        For an axis of frequencies: the axis that was transformed, and its length.
    domain : Hashable
        What its elements are, for an axis that no affine lines up: an identity of the models,
        parcels or names of a file. Two axes of one name are the same where it agrees.
    """

    source: str | None = None
    start: float = 0
    step: float = 1
    size: float | None = None
    origin: float = 0.0
    length: int | None = None
    spread: float = 0.0
    places: tuple[float, ...] | None = None
    spectrum_of: tuple[Axis, int] | None = None
    domain: Hashable = None

    @property
    def is_parcel(self) -> bool:
        """True for an axis of regions."""
        return self.source == PARCEL

    @property
    def parcels(self) -> Parcels | None:
        """Which regions of a label image it has; None where it has none."""
        return self.domain if isinstance(self.domain, Parcels) else None

    @property
    def is_space(self) -> bool:
        """True for an axis that an affine places in the scanner."""
        return self.source in SPACE

    @property
    def is_place(self) -> bool:
        """True for an axis of places in the head: x, y, z, vertices, grayordinates."""
        return self.is_space or self.source in (GRAYORDINATE, VERTEX)

    @property
    def is_listed(self) -> bool:
        """True for an axis whose elements are places that only a list in the file can tell."""
        return self.source in (GRAYORDINATE, VERTEX, PARCEL, SEED, SEED_PARCEL)

    @property
    def is_seed(self) -> bool:
        """True for the second axis of a matrix of connectivity."""
        return self.source in (SEED, SEED_PARCEL)

    @property
    def is_whole_only(self) -> bool:
        """True for places of which a part, or another order, is no axis of a file any more."""
        return self.source in (GRAYORDINATE, VERTEX, SEED, SEED_PARCEL)

    @property
    def is_time(self) -> bool:
        """True for the axis of volumes."""
        return self.source == TIME

    @property
    def order(self) -> tuple[int, str]:
        """Where it stands beside others in an image: space first, then time, then the rest."""
        name = self.source or ""
        known = name in _ORDER
        return (_ORDER.index(name) if known else len(_ORDER), name)

    @property
    def spacing(self) -> float | None:
        """Distance between its own elements: mm or seconds, None where it is unknown or uneven."""
        if self.size is None or self.places is not None:
            return None
        return abs(self.step) * self.size

    def is_whole(self, length: int) -> bool:
        """Tell whether it is all of the source axis, as it lies in the image."""
        at_begin = (self.start, self.step, self.spread, self.places) == (0, 1, 0, None)
        return at_begin and self.length == length

    def stepped(self, start: float, step: float) -> Axis:
        """Return the axis whose element i lies where element ``start + step * i`` of this would.

        Where the elements are not evenly spaced, their positions are unknown then; see `part`.
        Of a list of places only all in their order are one.
        """
        if self.source is None:
            return self
        if self.is_whole_only:
            return self if (start, step) == (0, 1) else Axis()
        places = None if self.places is None else ()
        first = self.start + self.step * start
        return self.changed(start=first, step=self.step * step, places=places)

    def part(self, positions: Sequence[int]) -> Axis:
        """Return the axis of the elements at these positions, which need not be evenly spaced."""
        if self.source is None or (self.is_whole_only and len(positions) != self.length):
            return Axis()
        if isinstance(positions, range) and not self.places:
            return self.stepped(positions.start, positions.step)
        if self.places:
            return self.at([self.places[k] for k in positions])
        return self.at([self.start + self.step * k for k in positions])

    def all(self, length: int) -> Sequence[float]:
        """Return the places of its elements on the source axis."""
        return self.places or [self.start + self.step * k for k in range(length)]

    def least(self, length: int) -> float:
        """Return the place of the element that comes first on the source axis."""
        return min(self.places or (self.start, self.start + self.step * (length - 1)))

    def unplaced(self) -> Axis:
        """Return the axis without the places of its elements, of which some are unknown."""
        return self.changed(places=())

    def at(self, places: Sequence[float]) -> Axis:
        """Return the axis whose elements lie at these places of the source axis.

        Time, maps and regions outlive uneven places: an affine has no room for them.
        """
        if self.is_whole_only:
            return Axis()
        steps = {later - before for before, later in pairwise(places)}
        if len(steps) <= 1 and 0 not in steps:
            step = steps.pop() if steps else self.step
            return self.changed(start=places[0], step=step, places=None)
        if self.source not in (TIME, MAP, PARCEL):
            return Axis()
        return self.changed(start=min(places), step=abs(self.step), places=tuple(places))

    def sorted(self) -> Axis:
        """Return what remains where each line was sorted by value: space stays space."""
        return self if self.is_space else Axis()

    def rolled(self) -> Axis:
        """Return the axis over which values moved round; space and time stay where they are."""
        return self if self.is_space or self.is_time else Axis()

    def spectrum(self, length: int) -> Axis:
        """Return the axis of the frequencies of this one."""
        if self.source is None:
            return self
        return Axis(f"{self.source} frequency", spectrum_of=(self, length))

    def transformed_back(self, length: int) -> Axis:
        """Return the axis that a spectrum came from, where it was as long; else a new one."""
        whole = (self.start, self.step, self.places) == (0, 1, None)
        if self.spectrum_of is None or not whole or self.spectrum_of[1] != length:
            return Axis()
        return self.spectrum_of[0]


def image_axes(
    ndim: int,
    sizes: Sequence[float | None] = (),
    toffset: float = 0.0,
    lengths: Sequence[int] = (),
) -> tuple[Axis, ...]:
    """Return the axes of an image of `ndim` dimensions as it lies in its file.

    Parameters
    ----------
    ndim : int
        Number of axes.
    sizes : sequence of float or None
        Of voxels along x, y and z in mm, and of the TR in seconds; what is missing is unknown.
    toffset : float
        Time of the first volume, in seconds.
    lengths : sequence of int
        Number of elements along each axis; what is missing is unknown.

    Examples
    --------
    >>> [axis.source for axis in image_axes(4)]
    ['x', 'y', 'z', 't']
    """
    known = (*sizes, *(None,) * ndim)
    counts = (*lengths, *(None,) * ndim)
    return tuple(
        Axis(name, size=size, origin=toffset if name == TIME else 0.0, length=count)
        for name, size, count in zip(AXIS_NAMES[:ndim], known, counts, strict=False)
    )


def shown_order(axes: Sequence[Axis]) -> tuple[int, ...]:
    """Return the order in which a formula sees the axes of a file: places first, then time.

    An affine fixes the order of x, y and z and what follows; only lists of places are moved.

    Examples
    --------
    >>> shown_order([Axis("t"), Axis("grayordinate")]), shown_order(image_axes(4))
    ((1, 0), (0, 1, 2, 3))
    """
    places = tuple(range(len(axes)))
    if not any(axis.is_listed for axis in axes):
        return places
    return tuple(sorted(places, key=lambda k: axes[k].order))


def file_order(axes: Sequence[Axis]) -> tuple[int, ...]:
    """Return the order in which the axes of an array lie in a file, the fastest first.

    In CIFTI-2 the rows of the matrix are the places, which vary slowest.

    Examples
    --------
    >>> file_order([Axis("grayordinate"), Axis("t")]), file_order(image_axes(4))
    ((1, 0), (0, 1, 2, 3))
    """
    rows = [k for k, axis in enumerate(axes) if axis.source in (GRAYORDINATE, PARCEL)]
    return (*(k for k in range(len(axes)) if k not in rows), *rows)
