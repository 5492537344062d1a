"""Commands of Convert3D (c3d), one row each."""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.translate.rows import Row, table

__all__ = ["BINARY", "CONVERT3D", "OF_ALL"]

_RANDOM = "a formula gives the same result each time, so there are no random numbers"
_GRID = "it gives voxels another place, which is the work of a tool that resamples"
_HEADER = "it changes the header only; see copy_header"
_OTHER = "registration and segmentation are no arithmetic"
_PRINTS = "it prints; see `mathimg value`"
_BESSEL = (
    "ITK's discrete Gaussian has other weights than a sampled one; see ndimage.gaussian_filter"
)
_SORTED = "labels sorted by size have no row; see largest(mask) and ndimage.label"
_COLOUR = "colours are not computed with"


def _refused(names: str, why: str) -> list[Row]:
    return [Row(f"-{name}", refused=why) for name in names.split()]


def _functions(names: str) -> list[Row]:
    return [Row(f"-{name}", (f"np.{name}({{x}})",)) for name in names.split()]


def _aliased(names: str, row: Row) -> list[Row]:
    return [row.changed(name=f"-{name}") for name in names.split()]


_VOXELWISE = (
    *_functions("abs ceil cos exp floor log10 sin sqrt"),
    *_aliased("log ln", Row("", ("np.log({x})",))),
    *_aliased("acos", Row("", ("np.arccos({x})",))),
    *_aliased("asin", Row("", ("np.arcsin({x})",))),
    Row("-reciprocal", ("1 / {x}",)),
    Row("-scale", ("{x} * {n}",), ("number:n",), example="2.5"),
    Row("-shift", ("{x} + {n}",), ("number:n",), example="3"),
    Row("-erf", ("special.erf(({x} - {m}) / {s})",), ("number:m", "number:s"), example="5 2"),
    Row("-clip", ("np.clip({x}, {lo}, {hi})",), ("number:lo", "number:hi"), example="1 4"),
    Row(
        "-stretch",
        ("({x} - {u1}) * ({v2} - {v1}) / ({u2} - {u1}) + {v1}",),
        ("number:u1", "number:u2", "number:v1", "number:v2"),
        example="0 5 0 100",
    ),
    *_aliased(
        "thresh threshold",
        Row(
            "",
            ("np.where(({x} >= {u1}) & ({x} <= {u2}), {v1}, {v2})",),
            ("number:u1", "number:u2", "number:v1", "number:v2"),
            note="both ends belong to the range",
            example="1 4 1 0",
        ),
    ),
    Row("-binarize", ("np.where({x} != 0, 1, 0)",)),
    Row("-round", note="the type of integers in the file is rounded to; this is the default"),
)

_BINARY = (
    Row("-add", ("{y} + {x}",)),
    *_aliased("multiply times", Row("", ("{y} * {x}",))),
    *_aliased("max maximum", Row("", ("np.maximum({y}, {x})",))),
    *_aliased("min minimum", Row("", ("np.minimum({y}, {x})",))),
    Row("-subtract", ("{x} - {y}",), note="as c3d 1.4.4 does: the last minus the one before"),
    Row(
        "-divide",
        ("{x} / {y}",),
        note="as c3d 1.4.4 does: the last by the one before; its manual says otherwise",
    ),
    Row(
        "-atan2",
        ("np.arctan2({x}, {y})",),
        note="as c3d 1.4.4 does: of the last and the one before; its manual says otherwise",
    ),
)

_ALL = (
    Row("-mean", ("np.mean(np.stack([{all}]), axis=0)",)),
    Row("-vote", ("np.argmax(np.stack([{all}]), axis=0)",), note="of equal images the first"),
)

_NEIGHBOURS = (
    Row(
        "-dilate",
        ("grown = ndimage.binary_dilation({x} == {v}, itk_ball({r}))",
         "np.where({grown}, {v}, {x})"),
        ("number:v", "radius:r"), note="a ball in voxels", example="1 2x2x2vox",
    ),
    Row(
        "-erode",
        ("kept = ndimage.binary_erosion({x} == {v}, itk_ball({r}), border_value=1)",
         "np.where(({x} == {v}) & ~{kept}, 0, {x})"),
        ("number:v", "radius:r"), note="a ball in voxels; the border does not erode",
        example="1 2x2x2vox",
    ),
    *_aliased("mf median", Row(
        "", ("ndimage.median_filter({x}, size={size}, mode='nearest')",), ("window:size",),
        example="1x1x1vox",
    )),
    *_aliased("hf holefill", Row(
        "", ("full = ndimage.binary_fill_holes({x} == {v}{structure})",
             "np.where({full}, {v}, {x})"),
        ("number:v", "holes:structure"), example="1 0",
    )),
    *_refused("smooth smooth-fast", _BESSEL),
    *_refused("sdt signed-distance-transform", "where its 0 lies is not documented; see "
              "ndimage.distance_transform_edt"),
    *_refused("comp connected-components", _SORTED),
    *_refused("laplacian sharpen grad hessobj hesseig steig canny conv fft",
              "whether it counts in voxels or mm is not documented; see ndimage."),
)  # fmt: skip

_LABELS = (
    Row("-replace", note="the first pair that holds counts", example="1 5 2 7"),
    Row("-retain-labels", ("np.where(np.isin({x}, [{list}]), {x}, 0)",), example="1 3"),
    *_aliased("wsum weighted-sum", Row("", example="0.2 0.8")),
    *_refused("split merge", "the number of images depends on the data"),
    Row("-wsv", refused="the images have to be sorted first; write the sum"),
    Row("-weighted-sum-voxelwise", refused="the images have to be sorted first; write the sum"),
    Row("-rms", refused="its manual and the program differ; write np.sqrt(a**2 + b**2)"),
)

_STACK = tuple(
    Row(f"-{name}", note="on the stack")
    for name in ("as", "push", "popas", "pop", "dup", "clear", "pick", "foreach", "endfor",
                 "accum", "endaccum")
)  # fmt: skip

_FILES = (
    *(Row(f"-{name}") for name in ("o", "type", "compress", "no-compress", "verbose", "noverbose",
                                   "noround", "spm", "nospm")),
    *_refused("oo omc oomc", "the number of files depends on the stack"),
    *_refused("insert reorder", "write the images in the order that is meant"),
    *_refused("mcs nomcs rgb2hsv colormap overlay-label-image", _COLOUR),
)  # fmt: skip

_SHAPES = (
    Row("-region", ("{x}[{region}]",), ("vector:begin", "vector:size"),
        example="2x3x1vox 8x9x10vox"),
    Row("-pad", ("np.pad({x}, [{widths}], constant_values={n})",),
        ("vector:low", "vector:high", "number:n"), example="1x1x2vox 2x0x1vox 0"),
    Row("-slice", ("{x}[{slice}]",), ("axis:axis", "whole:k"), example="z 3"),
    *_refused("trim trim-to-size pad-to padto tile flip swapdim slice-all resample resample-mm "
              "resample-iso reslice-matrix reslice-itk reslice-identity warp warp-label wrap",
              _GRID),
    *_refused("copy-transform orient origin origin-voxel origin-voxel-coord set-sform spacing "
              "match-bounding-box align-landmarks", _HEADER),
)  # fmt: skip

_REST = (
    *_refused("noise noise-gaussian noise-poisson noise-salt-pepper noise-speckle "
              "fill-background-with-noise", _RANDOM),
    *_refused("info info-full probe voxel-sum voxel-integral centroid dicom-series-list "
              "label-statistics label-overlap overlap msq ncc ncor nmi mi mmi moments pixel "
              "version", _PRINTS),
    *_refused("anisotropic-diffusion antialias biascorr coordinate-map-voxel "
              "coordinate-map-physical create extrude-seg glm histmatch landmarks-to-spheres "
              "levelset levelset-curvature levelset-advection mixture otsu pca rank rf-train "
              "rf-apply staple supervoxel vote-label vote-mrf voxelwise-regression normpdf "
              "export-patches export-patches-aug centroid-mark nlw", _OTHER),
)  # fmt: skip

CONVERT3D: Mapping[str, Row] = table(
    (
        *_VOXELWISE,
        *_BINARY,
        *_ALL,
        *_NEIGHBOURS,
        *_LABELS,
        *_STACK,
        *_FILES,
        *_SHAPES,
        *_REST,
    )
)
"""All commands of c3d by name; those on the stack and on files are read by `convert3d`."""

BINARY = frozenset(row.name for row in _BINARY)
"""Commands that take the last two images."""

OF_ALL = frozenset(row.name for row in _ALL)
"""Commands that take all images, and leave one."""
