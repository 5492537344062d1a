"""MRtrix3's maskfilter and mrfilter: their help has these filters and options."""

from __future__ import annotations

from tests.coverage_of_peers.claims import Claim, claims

__all__ = ["MASKFILTER", "MRFILTER"]

_SMOOTH = (
    "ndimage.gaussian_filter(a, {0}, radius=[{1}], mode='constant') / "
    "ndimage.gaussian_filter(np.ones_like(a), {0}, radius=[{1}], mode='constant')"
)


def _smooth(sigma: str, radii: str) -> str:
    """Return a Gaussian that is cut at ceil(2.5 sigma / voxel) - 1 voxels."""
    return _SMOOTH.format(sigma, radii)


def _along(function: str) -> str:
    return f"np.fft.{function}(np.fft.{function}(np.fft.{function}(a, axis=0), axis=1), axis=2)"


def _gradient(image: str, zooms: bool = False) -> list[str]:
    return [
        f"np.gradient({image}, axis={k})" + (f" / a.zooms[{k}]" if zooms else "") for k in range(3)
    ]


def _stacked(parts: list[str]) -> str:
    return f"np.stack([{', '.join(parts)}], axis=-1)"


def _length(parts: list[str]) -> str:
    return f"np.sqrt({' + '.join(f'({part})**2' for part in parts)})"


def _rolled(text: str) -> str:
    for k in range(3):
        text = f"np.roll({text}, a.shape[{k}] // 2, axis={k})"
    return text


def _ranked(rank: int) -> str:
    return f"ndimage.rank_filter(a, {rank}, size=3, mode='constant', cval=np.inf)"


def _median() -> str:
    """Return the median of the neighbours that are inside of the image: 27, 18, 12 or 8."""
    middles = {n: f"({_ranked(n // 2 - 1)} + {_ranked(n // 2)}) / 2" for n in (8, 12, 18)}
    text = _ranked(13)
    for n in (18, 12, 8):
        text = f"np.where(n < {n + 0.5}, {middles[n]}, {text})"
    return f"n = ndimage.correlate(np.ones_like(a), box(3), mode='constant'); {text}"


_S = f"s = {_smooth('1', '2, 2, 2')}; "
_MEAN = (
    "a - ndimage.correlate(a, box({0}), mode='constant') / "
    "ndimage.correlate(np.ones_like(a), box({0}), mode='constant')"
)

MASKFILTER = claims("maskfilter.txt")

MRFILTER = [
    *(Claim(name, "same", formula) for name, formula in (
        ("fft", _along("fft")),
        ("fft -inverse", _along("ifft")),
        ("fft -magnitude", f"abs({_along('fft')})"),
        ("fft -magnitude -axes 0", "abs(np.fft.fft(a, axis=0))"),
        ("fft -magnitude -centre_zero", f"abs({_rolled(_along('fft'))})"),
        ("gradient", _S + _stacked(_gradient("s"))),
        ("gradient -stdev 0", _stacked(_gradient("a"))),
        ("gradient -magnitude", _S + _length(_gradient("s"))),
        ("gradient -scanner", _S + _stacked(_gradient("s", zooms=True))),
        ("median", _median()),
        ("normalise", _MEAN.format(3)),
        ("normalise -extent 5", _MEAN.format(5)),
        ("smooth", _smooth("1", "2, 2, 2")),
        ("smooth -stdev 3", _smooth("3*mm", "3, 3, 3")),
        ("smooth -fwhm 6", _smooth("6 / 2.3548 / a.zooms", "3, 3, 3")),
        ("smooth -stdev 3 -extent 5", _smooth("3*mm", "2, 2, 2")),
    )),
    Claim("median -extent 5", "near", "ndimage.median_filter(a, 5)"),
    Claim("zclean", "no", "it repeats over slices until nothing changes"),
]  # fmt: skip
"""On 2 x 2 x 2.5 mm, where the radii of Gaussians are those of its rule."""
