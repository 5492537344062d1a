"""What the elements of an image are called: a volume has voxels, a surface vertices."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.axis import GRAYORDINATE, PARCEL, VERTEX, Axis
from nipype_mathimg.frozen import Frozen

__all__ = ["VOXELS", "Domain", "domain_of"]


class Domain(Frozen):
    """Words for one kind of image, for messages.

    Parameters
    ----------
    one, many : str
        An element, and several.
    times : str
        What follows one another in time.
    """

    one: str
    many: str
    times: str

    def counted(self, count: int) -> str:
        """Return a number of elements.

        Examples
        --------
        >>> VOXELS.counted(1), VOXELS.counted(2)
        ('1 voxel', '2 voxels')
        """
        return f"{count} {self.one if count == 1 else self.many}"


VOXELS = Domain("voxel", "voxels", "volumes")
"""Of volumes, and of what is no image."""

_LISTED = {
    GRAYORDINATE: Domain("grayordinate", "grayordinates", "time points"),
    VERTEX: Domain("vertex", "vertices", "time points"),
    PARCEL: Domain("region", "regions", "time points"),
}


def domain_of(axes: Sequence[Axis]) -> Domain:
    """Return the words for an array with these axes.

    Examples
    --------
    >>> domain_of([Axis("vertex"), Axis("t")]).many, domain_of([Axis("x"), Axis("t")]).many
    ('vertices', 'voxels')
    """
    return next((_LISTED[axis.source] for axis in axes if axis.source in _LISTED), VOXELS)
