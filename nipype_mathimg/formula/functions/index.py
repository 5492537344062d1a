"""Which module has which row of the function table, so that none is loaded for its names alone.

A formula names a few functions, and each module of rows takes half a millisecond of every start.
The rows of `elementwise`, which nearly every formula needs, are not listed: they are always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations, product
from types import MappingProxyType

__all__ = [
    "BORDERS",
    "FILLS",
    "HOMES",
    "METRICS",
    "MODULES",
    "ORIENTATIONS",
    "PAD_MODES",
    "TRIANGLES",
    "WORLD",
    "key_of",
]

MODULES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "np": {
            "parametrised": """
                round angle astype where select clip nan_to_num isin isclose
                digitize interp
            """,
            "reductions": """
                sum nansum prod nanprod mean nanmean std nanstd var nanvar min
                nanmin max nanmax argmin nanargmin argmax nanargmax ptp any all
                count_nonzero
            """,
            "composed": """
                average linalg.norm corrcoef
            """,
            "order_statistics": """
                median nanmedian percentile nanpercentile quantile nanquantile
            """,
            "counts": """
                unique bincount histogram
            """,
            "scans": """
                cumsum cumprod nancumsum nancumprod maximum.accumulate
                minimum.accumulate sort fft.fft fft.ifft fft.rfft fft.irfft
            """,
            "shapes": """
                zeros_like ones_like full_like array stack concatenate arange
                squeeze expand_dims transpose swapaxes moveaxis flip ravel
                reshape
            """,
            "axis_elements": """
                roll diff gradient pad take repeat tile
            """,
            "folds": """
                add.reduce multiply.reduce maximum.reduce minimum.reduce
                logical_and.reduce logical_or.reduce
            """,
            "product": """
                matmul
            """,
            "matrices": """
                linalg.eigvalsh linalg.eigh
            """,
            "widened": """
                tan sinc logaddexp logaddexp2
            """,
        },
        "": {
            "statistics": """
                t_to_z() z_to_t() f_to_z() chi2_to_z() r_to_z() z_to_p()
                t_to_p() r_to_p() f_to_p() chi2_to_p() p_to_z()
            """,
            "builtins": """
                min() max() sum() len()
            """,
            "structures": """
                ball() itk_ball() box() cross()
            """,
            "components": """
                largest() components() remove_small()
            """,
            "fills": """
                fill_zeros() smooth_in()
            """,
            "fronts": """
                geodesic_distance()
            """,
            "places": """
                sphere() mirror()
            """,
            "raters": """
                staple()
            """,
            "typical": """
                robust_range() otsu() mode()
            """,
            "matrices": """
                symmetric()
            """,
            "extents": """
                crop() orient()
            """,
            "itk": """
                itk_gaussian() itk_recursive_gaussian() hessian()
                anisotropic_diffusion() inpaint()
            """,
            "features": """
                itk_canny() objectness()
            """,
            "time_series": """
                regress() detrend() bandpass() bptf()
            """,
        },
        "ndimage": {
            "smoothing": """
                gaussian_filter gaussian_gradient_magnitude gaussian_laplace
                laplace sobel prewitt uniform_filter correlate convolve
            """,
            "lines": """
                gaussian_filter1d uniform_filter1d minimum_filter1d
                maximum_filter1d correlate1d convolve1d
            """,
            "ranks": """
                minimum_filter maximum_filter median_filter rank_filter
                percentile_filter grey_erosion grey_dilation grey_opening
                grey_closing morphological_gradient white_tophat black_tophat
            """,
            "binary_morphology": """
                binary_erosion binary_dilation binary_opening binary_closing
                binary_propagation binary_fill_holes binary_hit_or_miss
            """,
            "structures": """
                generate_binary_structure iterate_structure
            """,
            "volumes": """
                label distance_transform_edt distance_transform_cdt shift
            """,
            "measurements": """
                sum sum_labels mean median standard_deviation variance
                minimum maximum center_of_mass
            """,
        },
        "stats": {
            "statistics": """
                norm.cdf norm.sf norm.logcdf norm.logsf norm.ppf norm.isf
                norm.pdf norm.logpdf t.cdf t.sf t.logcdf t.logsf t.ppf t.isf
                t.pdf t.logpdf f.cdf f.sf f.logcdf f.logsf f.ppf f.isf f.pdf
                f.logpdf chi2.cdf chi2.sf chi2.logcdf chi2.logsf chi2.ppf
                chi2.isf chi2.pdf chi2.logpdf beta.cdf beta.sf beta.logcdf
                beta.logsf beta.ppf beta.isf beta.pdf beta.logpdf gamma.cdf
                gamma.sf gamma.logcdf gamma.logsf gamma.ppf gamma.isf gamma.pdf
                gamma.logpdf binom.cdf binom.sf binom.logcdf binom.logsf
                binom.ppf binom.isf binom.pmf binom.logpmf poisson.cdf
                poisson.sf poisson.logcdf poisson.logsf poisson.ppf poisson.isf
                poisson.pmf poisson.logpmf
            """,
        },
        "special": {
            "statistics": """
                erf erfc erfcx gammaln ndtr log_ndtr expit logit log_expit i0
                i0e i1 i1e j0 j1 y0 y1 erfinv erfcinv ndtri ndtri_exp gamma digamma beta
                betaln betainc betaincc betaincinv betainccinv gammainc
                gammaincc gammaincinv gammainccinv xlogy xlog1py
            """,
        },
    }
)
"""For each namespace the names in each module; functions without a namespace end with brackets."""

BORDERS = (
    "reflect", "constant", "nearest", "mirror", "wrap",
    "grid-mirror", "grid-constant", "grid-wrap",
)  # fmt: skip
"""How an image goes on beyond its border, in SciPy's words."""

METRICS = ("chessboard", "taxicab", "cityblock", "manhattan")
"""Distances that are whole numbers, in SciPy's words."""

FILLS = ("mean", "mode", "max")
"""What `fill_zeros` puts into a voxel that is 0 of its neighbours that are not."""

PAD_MODES = ("constant", "edge")
"""What `np.pad` puts around an array, in NumPy's words."""


TRIANGLES = ("upper", "lower", "diagonal")
"""In which order a file has the elements of a symmetric matrix: row by row from the diagonal on
(ANTs, FSL), row by row up to the diagonal (NIfTI, DIPY), the diagonal first (MRtrix3)."""

WORLD = ("RL", "AP", "SI")
"""Letters of the directions along x, y and z of the world: to the right, then to the left."""

ORIENTATIONS = tuple(
    "".join(pair[end] for pair, end in zip(pairs, ends, strict=True))
    for pairs in permutations(WORLD)
    for ends in product((0, 1), repeat=3)
)
"""Where the axes of an image point to, in nibabel's letters: ``"RAS"`` to the right, to the
front, up."""


def key_of(namespace: str, name: str) -> str:
    """Return the key of a row in the table: the functions of NumPy go by their names alone."""
    return name if namespace in ("", "np") else f"{namespace}.{name}"


HOMES: Mapping[str, str] = MappingProxyType(
    {
        key_of(namespace, name): module
        for namespace, modules in MODULES.items()
        for module, names in modules.items()
        for name in names.split()
    }
)
"""For each row, by its key in the table, the module that has it."""
