"""Three planes of a volume with a colour bar: for the picture in a notebook, and for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.frozen import Unique
from nipype_mathimg.images.headers.affines import voxel_sizes
from nipype_mathimg.spec import Array, FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Box", "Volume", "axes_in", "draw_planes", "height_of", "volume_of"]

Box = tuple[float, float, float, float]
"""Left, bottom, width and height of a part of a figure, in inches."""

SIGNED = 0.2
"""Where both signs reach this share of the largest size, zero is in the middle of the colours: the
noise around the background of an image reaches less."""

NOT_FINITE = "#e8413c"
"""NaN and infinity: no colour of the maps used here comes near."""

_BAR = 0.12
"""Width of a colour bar, in inches."""

_NUMBERS = 0.8
"""Room for the numbers beside it: nine characters, as of -0.001234."""

_BELOW = 0.2
"""Room for the coordinate below a plane."""

_GAP = 0.08


class Volume(Unique):
    """A volume whose axes point to the right, to the front and up, as nearly as its grid can.

    Parameters
    ----------
    values : array
        Real numbers, of three axes.
    affine : array
        4 x 4, from voxels to mm.
    """

    values: Array
    affine: FloatArray

    @property
    def steps(self) -> FloatArray:
        """Size of a voxel in mm, at least a little: a damaged header may say 0."""
        sizes = voxel_sizes(self.affine)
        return np.where(sizes > 0, sizes, 1.0)

    def centre(self) -> FloatArray:
        """Return the middle, in mm, of the box around all voxels that are not zero."""
        seen = np.nan_to_num(self.values) != 0
        low_high = []
        for axis in range(3):
            along = np.flatnonzero(seen.any(axis=tuple(k for k in range(3) if k != axis)))
            low_high.append((along[0] + along[-1]) / 2 if along.size else seen.shape[axis] // 2)
        return np.asarray(self.affine[:3, :3] @ low_high + self.affine[:3, 3])

    def voxel(self, place: FloatArray) -> tuple[int, ...]:
        """Return the voxel at a place in mm, or the nearest one that there is."""
        found = np.linalg.lstsq(self.affine[:3, :3], place - self.affine[:3, 3], rcond=None)[0]
        last = np.array(self.values.shape) - 1
        return tuple(int(k) for k in np.clip(np.rint(found), 0, last))


def volume_of(image: Any) -> Volume | None:  # noqa: ANN401 - of any class of nibabel
    """Return the first volume of an image; None where it has no three axes of space.

    Complex numbers count by their size.
    """
    from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation

    if len(image.shape) < 3 or 0 in image.shape:
        return None
    # The first volume lies at the start of the file.
    values = np.asanyarray(image.dataobj[(...,) + (0,) * (len(image.shape) - 3)])
    if values.dtype.kind == "c":
        values = np.abs(values)
    if values.dtype.kind not in "biuf":
        return None
    affine = np.asarray(image.affine, float)
    turned = io_orientation(affine)
    if np.isnan(turned).any():  # a damaged affine: as it lies in the file
        return Volume(values, affine)
    back = inv_ornt_aff(turned, values.shape)
    return Volume(np.asarray(apply_orientation(values, turned)), affine @ back)


def _colours(values: Array) -> tuple[str, float, float]:
    """Return a map of colours and its ends, from all voxels that are finite and not zero."""
    shown = values[np.isfinite(values) & (values != 0)]
    if not shown.size:
        return "gray", 0.0, 1.0
    # A few voxels of vessels must not make all others black.
    low, high = (float(end) for end in np.percentile(shown, (2, 98)))
    if min(-low, high) > SIGNED * max(-low, high):
        end = max(-low, high)
        return "RdBu_r", -end, end
    if (values == 0).any():
        low, high = min(low, 0.0), max(high, 0.0)
    return "gray", low, high if high > low else low + max(abs(low), 1.0)


_PLANES = ((1, 2), (0, 2), (0, 1))
"""Axes to the right and upwards of a sagittal, a coronal and an axial plane."""


def _scale(volume: Volume, width: float, height: float) -> tuple[float, FloatArray]:
    """Return inches in a mm, and how large the volume is in mm."""
    sizes = volume.steps * volume.values.shape
    # One scale for the three, so that they are of one head.
    room = width - 3 * _GAP - _BAR - _NUMBERS
    across, up = sum(sizes[x] for x, _ in _PLANES), max(sizes[y] for _, y in _PLANES)
    return float(min(room / across, (height - _BELOW) / up)), sizes


def height_of(volume: Volume, width: float, height: float) -> float:
    """Return how much of a height in inches the planes of a volume need."""
    scale, sizes = _scale(volume, width, height)
    return float(scale * max(sizes[y] for _, y in _PLANES) + _BELOW)


def draw_planes(
    figure: Figure, volume: Volume, box: Box, centre: FloatArray, colours: str = ""
) -> None:
    """Draw a sagittal, a coronal and an axial plane, left on the left, with a colour bar.

    Parameters
    ----------
    figure : Figure
        Where.
    volume : Volume
        What.
    box : Box
        The part of the figure that there is; the planes start at its upper left corner.
    centre : array of shape (3,)
        Through which place the planes go, in mm.
    colours : str, optional
        A map of matplotlib in place of the one that the values suggest.
    """
    from matplotlib import colormaps

    left, bottom, width, height = box
    scale, sizes = _scale(volume, width, height)
    tall = height_of(volume, width, height) - _BELOW
    name, low, high = _colours(volume.values)
    limits: dict[str, Any] = {"cmap": colormaps[colours or name].with_extremes(bad=NOT_FINITE)}
    limits |= {"vmin": low, "vmax": high}
    at, base = volume.voxel(centre), bottom + height - tall
    for axis, (x, y) in enumerate(_PLANES):
        place = (left, base, scale * sizes[x], scale * sizes[y])
        _draw_plane(figure, place, np.take(volume.values, at[axis], axis=axis), limits)
        where = round(float((volume.affine @ [*at, 1])[axis]))
        middle = left + scale * sizes[x] / 2
        _write(figure, middle, base - 0.04, f"{'xyz'[axis]} = {where} mm", va="top")
        if x == 0:
            _write_sides(figure, place)
        left += scale * sizes[x] + _GAP
    _draw_bar(figure, (left, base, _BAR, tall), limits)


def axes_in(figure: Figure, box: Box) -> Any:  # noqa: ANN401 - Axes, untyped in part
    """Return new axes in a part of a figure."""
    width, height = figure.get_size_inches()
    left, bottom, wide, high = box
    return figure.add_axes((left / width, bottom / height, wide / width, high / height))


def _write(figure: Figure, x: float, y: float, text: str, **how: Any) -> None:  # noqa: ANN401
    width, height = figure.get_size_inches()
    how = {"ha": "center", "fontsize": 7.5, "parse_math": False} | how
    figure.text(x / width, y / height, text, None, **how)


def _write_sides(figure: Figure, box: Box) -> None:
    """Say which side of a plane is left."""
    left, bottom, width, height = box
    behind: dict[str, Any] = {"facecolor": "black", "alpha": 0.5, "pad": 1, "lw": 0}
    how: dict[str, Any] = {"va": "top", "color": "white", "bbox": behind}
    _write(figure, left + 0.04, bottom + height - 0.04, "L", ha="left", **how)
    _write(figure, left + width - 0.04, bottom + height - 0.04, "R", ha="right", **how)


def _draw_plane(figure: Figure, box: Box, plane: Array, limits: dict[str, Any]) -> None:
    axes = axes_in(figure, box)
    shown = np.ma.masked_invalid(plane.T.astype(np.float64))
    axes.imshow(shown, origin="lower", aspect="auto", interpolation="none", **limits)
    axes.set_axis_off()


def _draw_bar(figure: Figure, box: Box, limits: dict[str, Any]) -> None:
    axes = axes_in(figure, box)
    low, high = limits["vmin"], limits["vmax"]
    ramp = np.linspace(low, high, 128)[:, None]
    axes.imshow(ramp, origin="lower", aspect="auto", extent=(0, 1, low, high), **limits)
    axes.yaxis.tick_right()
    axes.set_xticks([])
    ticks = np.linspace(low, high, 5)
    # As many digits as tell them apart, up to all that a float has.
    said = ([f"{tick:.{digits}g}" for tick in ticks] for digits in range(4, 18))
    axes.set_yticks(ticks, next(labels for labels in said if len(set(labels)) == 5))
    axes.tick_params(labelsize=7, length=2)
