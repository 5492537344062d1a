"""Commands of Convert3D (c3d), one row each."""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.translate.rows import Row, table

__all__ = ["BINARY", "CONVERT3D", "OF_ALL", "SPLIT"]

_RANDOM = "a formula gives the same result each time, so there are no random numbers"
_GRID = "it gives voxels another place, which is the work of a tool that resamples"
_HEADER = "it changes the header only; see copy_header"
_OTHER = "registration and segmentation are no arithmetic"
_PRINTS = "it prints; see `mathimg value`"
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
    Row(
        "-otsu",
        (
            "w = np.ptp({x}) * (1 + 1 / 25600) / 256",
            "q = np.floor(({x} - np.min({x})) / {w})",
            "np.where({x} <= np.min({x}) + {w} * (otsu({q}) * 256 / 255 + 0.5), 1, 0)",
        ),
        note="1 below the threshold, which is the end of ITK's bin",
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
    Row("-staple", ("staple(np.stack([{all}]) == {n}, axis=0)",), ("number:n",), example="1"),
)

_LAPLACIAN = " + ".join(
    f"ndimage.correlate({{x}}, {weights}, mode='nearest') / {{x}}.zooms[{axis}]**2"
    for axis, weights in enumerate(
        ("[[[1]], [[-2]], [[1]]]", "[[[1], [-2], [1]]]", "[[[1, -2, 1]]]")
    )
)


_ALONG = ("[1, 0, 0]", "[0, 1, 0]", "[0, 0, 1]")


def _local(name: str, image: str) -> str:
    """Return the mean of a window, in which what is outside of the image counts as 0."""
    return f"{name} = ndimage.uniform_filter({image}, {{size}}, mode='constant')"


_LOCAL = (
    Row("-conv", ('ndimage.convolve({y}, {x}, mode="nearest")',),
        note="the last image is the kernel; the border is repeated"),
    Row(
        "-ncc",
        ("p = {x}.astype('float64')", "q = {y}.astype('float64')",
         _local("n", "np.ones_like({p})"),
         _local("mp", "{p}") + " / {n}", _local("mq", "{q}") + " / {n}",
         _local("pp", "{p}**2") + " / {n}", _local("qq", "{q}**2") + " / {n}",
         _local("pq", "{p} * {q}") + " / {n}",
         "({pq} - {mp} * {mq}) / np.sqrt(({pp} - {mp}**2) * ({qq} - {mq}**2))"),
        ("window:size",), note="neighbours outside do not count, as in c3d 1.4.6",
        example="1x1x1vox",
    ),
    Row(
        "-histmatch",
        ("p = [{points}]", "h = np.histogram({x}, 256)", "g = np.histogram({y}, 256)",
         "s = np.interp({p}, np.concatenate([[0], np.cumsum({h}[0])]) / {x}.size, {h}[1])",
         "r = np.interp({p}, np.concatenate([[0], np.cumsum({g}[0])]) / {y}.size, {g}[1])",
         "np.interp({x}, {s}, {r})"),
        ("whole:n",), note="the last image is changed to match the one before", example="5",
    ),
    Row(
        "-nlw",
        ("p = {y}.astype('float64')", "inside = {x}.astype('float64')", _local("n", "{inside}"),
         _local("m", "{p} * {inside}") + " / {n}", _local("s", "{p}**2 * {inside}") + " / {n}",
         "({p} - {m}) / np.sqrt({s} - {m}**2)"),
        ("window:size",), note="the last image is a mask, as in c3d 1.4.6", example="1x1x1vox",
    ),
)  # fmt: skip

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
        ("number:v", "radius:r"), example="1 2x2x2vox",
        note="a ball in voxels; the border does not erode; where voxels go c3d 1.4.6 writes the "
        "least number that there is, and this 0",
    ),
    *_aliased("median median-filter", Row(
        "", ("ndimage.median_filter({x}, size={size}, mode='nearest')",), ("window:size",),
        example="1x1x1vox",
    )),
    *_aliased("mf mean-filter", Row(
        "", ("ndimage.uniform_filter({x}, size={size}, mode='nearest')",), ("window:size",),
        example="1x1x1vox",
    )),
    *_aliased("hf holefill", Row(
        "", ("full = ndimage.binary_fill_holes({x} == {v}{structure})",
             "np.where({full}, {v}, {x})"),
        ("number:v", "holes:structure"), example="1 0",
    )),
    Row("-smooth", ("itk_gaussian({x}, {size})",), ("lengths:size",), example="1.5mm"),
    *_aliased("sdt signed-distance-transform", Row(
        "", ("edge = ({x} != 0) & ~ndimage.binary_erosion({x} != 0, box(3), border_value=1)",
             "far = ndimage.distance_transform_edt(~{edge}, sampling={x}.zooms)",
             "np.where({x} != 0, -{far}, {far})"),
        note="0 at the outermost voxels inside, negative within",
    )),
    Row(
        "-anisotropic-diffusion", ("anisotropic_diffusion({x}, {k}, {n})",),
        ("number:k", "whole:n"), example="1.5 4",
    ),
    Row("-laplacian", (_LAPLACIAN,), note="in mm; the border is repeated"),
    Row(
        "-sharpen",
        ("curve = " + _LAPLACIAN,
         "sharp = {x} - ({curve} - np.min({curve})) * np.ptp({x}) / np.ptp({curve})",
         "np.clip({sharp} - np.mean({sharp}) + np.mean({x}), np.min({x}), np.max({x}))"),
        note="the Laplacian is scaled to the range of the image, as ITK does",
    ),
    Row(
        "-smooth-fast", ("itk_recursive_gaussian({x}, {size})",), ("lengths:size",),
        example="1.5mm",
    ),
    Row(
        "-hesseig", ("values = np.linalg.eigvalsh(hessian({x}, {s}*mm))", "{values}"),
        ("number:s",), note="three images, in ascending order", example="3",
    ),
    Row(
        "-steig",
        (*(f"g{axis} = itk_recursive_gaussian({{x}}, {{s}}*mm, order={order}) / {{x}}.zooms[{k}]"
           for k, (axis, order) in enumerate(zip("xyz", _ALONG, strict=True))),
         "tensor = np.stack([" + ", ".join(
             f"itk_recursive_gaussian({{g{one}}} * {{g{two}}}, {{w}}*mm)"
             for one, two in ("xx", "xy", "xz", "yy", "yz", "zz")) + "], axis=-1)",
         "values = np.linalg.eigvalsh(symmetric({tensor}))", "{values}"),
        ("number:s", "number:w"), note="three images, in ascending order", example="2 3",
    ),
    Row(
        "-hessobj", ("objectness({x}, [{scales}], {dimension}, bright={bright})",),
        ("whole:d", "number:low", "number:high"), example="1 2 4",
        note="blobs, tubes or sheets of ten scales in mm",
    ),
    Row(
        "-canny", ("np.where(itk_canny({x}, {size}, {low}, {high}), 1, 0)",),
        ("lengths:size", "number:low", "number:high"), example="2mm 0.5 1.5",
        note="the slope is per voxel",
    ),
    *_refused("comp connected-components", _SORTED),
    *_refused("grad fft", "its results are several images; see np.gradient, np.fft"),
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
    Row("-trim", ("crop({x}, margin={size})",), ("lengths:size",), example="1vox"),
    Row("-trim-to-size", ("crop({x}, size={size})",), ("lengths:size",), example="4x5x3vox"),
    Row("-wrap", ("np.roll({x}, [{steps}], axis=[0, 1, 2])",), ("vector:by",),
        example="2x3x1vox"),
    Row("-swapdim", ("orient({x}, '{code}')",), ("code:code",), example="ASR",
        note="its letters say where an axis comes from, those of nibabel where it goes"),
    Row("-extrude-seg", ("np.minimum.accumulate({x}, axis=0)",)),
    *_refused("pad-to padto tile flip slice-all resample resample-mm resample-iso "
              "reslice-matrix reslice-itk reslice-identity warp warp-label", _GRID),
    *_refused("copy-transform orient origin origin-voxel origin-voxel-coord set-sform spacing "
              "match-bounding-box align-landmarks", _HEADER),
)  # fmt: skip

_REST = (
    *_refused("noise noise-gaussian noise-poisson noise-salt-pepper noise-speckle "
              "fill-background-with-noise", _RANDOM),
    *_refused("info info-full probe voxel-sum voxel-integral centroid dicom-series-list "
              "label-statistics label-overlap overlap msq ncor nmi mi mmi moments pixel "
              "version", _PRINTS),
    *_refused("antialias biascorr coordinate-map-voxel "
              "coordinate-map-physical create glm landmarks-to-spheres "
              "levelset levelset-curvature levelset-advection mixture pca rank rf-train "
              "rf-apply supervoxel vote-label vote-mrf voxelwise-regression normpdf "
              "export-patches export-patches-aug centroid-mark", _OTHER),
)  # fmt: skip

CONVERT3D: Mapping[str, Row] = table(
    (
        *_VOXELWISE,
        *_BINARY,
        *_LOCAL,
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

BINARY = frozenset(row.name for row in (*_BINARY, *_LOCAL))
"""Commands that take the last two images."""

SPLIT = frozenset(("-hesseig", "-steig"))
"""Commands that leave an image for each of three eigenvalues."""

OF_ALL = frozenset(row.name for row in _ALL)
"""Commands that take all images, and leave one."""
