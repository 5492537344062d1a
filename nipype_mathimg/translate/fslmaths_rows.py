"""Every operation of fslmaths, one row each.

Where FSL says too little, niimath is the reference (its source is open, and tests run it): zeros
that stay, neighbours outside of the image, ranks.
"""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.translate.rows import Row, table, texts

__all__ = ["FSLMATHS", "KERNELS"]

_HALVES = "np.round rounds halves to even"
_NEGATIVE = "np.log gives NaN for negative values, and -inf for 0"
_ZERO = "x / 0 is 0, not inf"
_RANDOM = "a formula gives the same result each time, so there are no random numbers"
_TENSOR = "it writes ten images by a decomposition of tensors, which has no row"

_NUMBERS = (
    Row("-add", ("{x} + {v}",), ("either:v",), example="b"),
    Row("-sub", ("{x} - {v}",), ("either:v",), example="b"),
    Row("-mul", ("{x} * {v}",), ("either:v",), example="b"),
    Row(
        "-div",
        ("np.where({v} != 0, {x} / {v}, 0)",),
        ("either:v",),
        of_number=("{x} / {v}",),
        note=_ZERO,
        example="b",
    ),
    Row(
        "-rem",
        ("whole = np.trunc({v})", "np.where({whole} != 0, np.fmod(np.trunc({x}), {whole}), {x})"),
        ("either:v",),
        of_number=("np.trunc(np.fmod({x}, {v}))",),
        note="np.remainder takes the sign of the divisor and keeps fractions; x rem 0 is x",
        example="b",
    ),
    Row("-mas", ("np.where({m} > 0, {x}, 0)",), ("image:m",), example="b"),
    Row("-thr", ("np.where({x} < {v}, 0, {x})",), ("either:v",), example="0.5"),
    Row("-uthr", ("np.where({x} > {v}, 0, {x})",), ("either:v",), example="0.5"),
    Row("-max", ("np.maximum({x}, {v})",), ("either:v",), example="b"),
    Row("-min", ("np.minimum({x}, {v})",), ("either:v",), example="b"),
    Row(
        "-inm",
        (
            "total = np.sum(np.where({x} > 0, {x}, 0), axis=(0, 1, 2))",
            "count = np.sum({x} > 0, axis=(0, 1, 2))",
            "{x} * np.where({total} != 0, {n} * {count} / {total}, 1)",
        ),
        ("number:n",),
        note="the mean is that of the voxels above 0, in each volume",
        example="100",
    ),
    Row(
        "-ing",
        (
            "total = np.sum(np.where({x} > 0, {x}, 0))",
            "count = np.sum({x} > 0)",
            "{x} * np.where({total} != 0, {n} * {count} / {total}, 1)",
        ),
        ("number:n",),
        note="the mean is that of the voxels above 0, in all volumes",
        example="100",
    ),
    Row("-seed", takes=("number:n",), refused=_RANDOM, example="3"),
)

_RANGE = "the robust range is 2 to 98 percent of 1000 bins, not the percentiles"


def _of_range(name: str, line: str, voxels: str) -> Row:
    return Row(
        name,
        (
            f"span = robust_range({voxels})",
            "limit = {span}[0] + {n} / 100 * ({span}[1] - {span}[0])",
            line,
        ),
        ("number:n",),
        note=_RANGE,
        example="30",
    )


_ABOVE, _BELOW = "np.where({x} < {limit}, 0, {x})", "np.where({x} > {limit}, 0, {x})"
_ALL, _POSITIVE = "{x}", "{x}[{x} > 0]"

_OF_RANGES = (
    _of_range("-thrp", _ABOVE, _ALL),
    _of_range("-thrP", _ABOVE, _POSITIVE),
    _of_range("-uthrp", _BELOW, _ALL),
    _of_range("-uthrP", _BELOW, _POSITIVE),
    _of_range("-clamp", "np.maximum({x}, {limit})", _ALL),
    _of_range("-uclamp", "np.minimum({x}, {limit})", _ALL),
)

_UNARY = (
    Row("-exp", ("np.exp({x})",)),
    Row("-log", ("np.where({x} <= 0, 0, np.log({x}))",), note=_NEGATIVE),
    Row("-sin", ("np.sin({x})",)),
    Row("-cos", ("np.cos({x})",)),
    Row("-tan", ("np.tan({x})",)),
    Row("-asin", ("np.arcsin({x})",)),
    Row("-acos", ("np.arccos({x})",)),
    Row("-atan", ("np.arctan({x})",)),
    Row("-sqr", ("np.square({x})",)),
    Row("-sqrt", ("np.sqrt({x})",)),
    Row("-recip", ("np.where({x} != 0, 1 / {x}, 0)",), note=_ZERO),
    Row("-abs", ("abs({x})",)),
    Row(
        "-bin", ("np.where({x} > 0, 1, 0)",), note="above 0; `x != 0` counts what is negative too"
    ),
    Row("-binv", ("np.where({x} > 0, 0, 1)",), note="what is negative gives 1"),
    Row(
        "-edge",
        (
            "gx = ndimage.correlate({x}, [[[-1]], [[0]], [[1]]]) / {x}.zooms[0]",
            "gy = ndimage.correlate({x}, [[[-1], [0], [1]]]) / {x}.zooms[1]",
            "gz = ndimage.correlate({x}, [[[-1, 0, 1]]]) / {x}.zooms[2]",
            "scale = 2 * np.sqrt(np.sum(1 / np.square({x}.zooms)))",
            "inside = ndimage.correlate(np.ones_like({x}), box(3), mode='constant') > 26.5",
            "np.where({inside}, np.sqrt({gx}**2 + {gy}**2 + {gz}**2) / {scale}, {x})",
        ),
        note="voxels at the border of the image keep their value",
    ),
    Row("-nan", ("np.where(np.isnan({x}), 0, {x})",), note="np.nan_to_num takes infinities too"),
    Row("-nanm", ("np.where(np.isnan({x}), 1, 0)",)),
    Row(
        "-grid",
        ("np.where(({x}.i % {n} == 0) | ({x}.j % {n} == 0) | ({x}.k % {n} == 0), {value}, {x})",),
        ("number:value", "whole:n"),
        example="5 4",
    ),
    Row("-range", ("{x}",), note="`cal_min` and `cal_max` are always the range of the data"),
    Row("-fillh", ("np.where(ndimage.binary_fill_holes({x} > 0), 1, 0)",)),
    Row("-fillh26", ("np.where(ndimage.binary_fill_holes({x} > 0, box(3)), 1, 0)",)),
    Row("-rand", refused=_RANDOM),
    Row("-randn", refused=_RANDOM),
    Row(
        "-tfce",
        takes=("number:h", "number:e", "whole:c"),
        refused="it sums over the sizes of clusters at many thresholds, for which there is no row",
        example="2 0.5 6",
    ),
    Row(
        "-tfceS",
        takes=("number:h", "number:e", "whole:c", "whole:i", "whole:j", "whole:k", "number:t"),
        refused="it sums over the sizes of clusters at many thresholds, for which there is no row",
        example="2 0.5 6 3 3 3 1",
    ),
    Row("-tensor_decomp", refused=_TENSOR),
)

_ON_GRIDS = (
    Row(
        "-index",
        (
            "n = np.where({x} != 0, 1, 0)",
            "within = np.cumsum({n}{along}, axis=0){along} - {n}",
            "rows = np.sum({n}, axis=0, keepdims=True)",
            "planes = np.sum({rows}, axis=1, keepdims=True)",
            "before = np.cumsum({rows}, axis=1) - {rows} + np.cumsum({planes}, axis=2) - {planes}",
            "np.where({x} != 0, {within} + {before}, 0)",
        ),
        note="counts from 0, so the first voxel becomes 0; x runs downwards where the image is "
        "stored in neurological order",
    ),
    Row(
        "-subsamp2",
        (
            "weights = [[[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[2, 4, 2], [4, 8, 4], [2, 4, 2]], "
            "[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]",
            "sums = ndimage.correlate({x}, {weights}, mode='constant')",
            "there = ndimage.correlate(np.ones_like({x}), {weights}, mode='constant')",
            "({sums} / {there})[{first}::2, ::2, ::2]",
        ),
        note="x begins at the second voxel where their number is even and the image is stored in "
        "neurological order",
    ),
    Row(
        "-subsamp2offc",
        (
            "sums = ndimage.correlate({x}, box(2), mode='constant', origin=[{shift}, -1, -1])",
            "there = ndimage.correlate(np.ones_like({x}), box(2), mode='constant', "
            "origin=[{shift}, -1, -1])",
            "({sums} / {there})[::2, ::2, ::2]",
        ),
    ),
)

_NEIGHBOURS = (
    Row(
        "-dilM",
        ("fill_zeros({x}, 'mean', {structure})",),
        note="only zeros change, to the mean of the neighbours that are not 0",
    ),
    Row(
        "-dilD",
        ("fill_zeros({x}, 'mode', {structure})",),
        note="only zeros change, to the mode of the neighbours that are not 0 (of two the larger)",
    ),
    Row(
        "-dilall",
        ("fill_zeros({x}, 'mean', {structure}, iterations=-1)",),
        note="-dilM, until no zero is left that has a neighbour",
    ),
    Row("-dilF", ("ndimage.maximum_filter({x}, {window}, mode='nearest')",)),
    Row("-eroF", ("ndimage.minimum_filter({x}, {window}, mode='nearest')",)),
    Row(
        "-ero",
        (
            "kept = ndimage.binary_erosion({x} != 0, {structure}, border_value=1)",
            "np.where({kept}, {x}, 0)",
        ),
        note="values stay; what lies outside of the image does not erode, as it does in SciPy",
    ),
    Row("-fmean", ("{weighted} / {weights}",), note="outside of the image nothing counts"),
    Row("-fmeanu", ("{unnormalised}",), note="outside of the image are zeros"),
    Row("-fmedian", note="the upper middle where their number is even"),
    Row(
        "-s",
        (
            "weights = ndimage.gaussian_filter(np.ones_like({x}), {n}*mm, mode='constant', "
            "truncate=6)",
            "ndimage.gaussian_filter({x}, {n}*mm, mode='constant', truncate=6) / {weights}",
        ),
        ("number:n",),
        note="a standard deviation in mm, not FWHM; outside of the image nothing counts",
        example="3",
    ),
)

KERNELS: Mapping[str, Row] = table(
    (
        Row("-kernel 3D"),
        Row("-kernel 2D"),
        Row(
            "-kernel box",
            takes=("number:n",),
            note="as FSL has it, a cube n mm wide; niimath takes one of 2 n mm",
            example="5",
        ),
        Row("-kernel boxv", takes=("whole:n",), example="5"),
        Row("-kernel boxv3", takes=("whole:nx", "whole:ny", "whole:nz"), example="3 5 1"),
        Row("-kernel gauss", takes=("number:n",), example="2"),
        Row("-kernel sphere", takes=("number:n",), note="a radius in mm", example="5"),
        Row(
            "-kernel file",
            takes=("word:w",),
            refused="weights from a file are no part of a formula; write them as a list of lists",
            example="kernel.nii.gz",
        ),
    )
)
"""What ``-kernel`` may be, which holds for the operations behind it."""

_REDUCTIONS = (
    Row("mean", ("np.mean({x}, {axis})",)),
    Row("std", ("np.std({x}, {axis}, ddof=1)",), note="divides by n - 1, np.std by n"),
    Row("sum", ("np.sum({x}, {axis})",)),
    Row("max", ("np.max({x}, {axis})",)),
    Row("maxn", ("np.argmax({x}, {axis})",)),
    Row("min", ("np.min({x}, {axis})",)),
    Row(
        "median",
        ("np.sort({x}, axis={k})[{at}{x}.shape[{k}] // 2{end}]",),
        note="the upper middle; np.median takes the mean of both where the number is even",
    ),
    Row(
        "perc",
        (
            "np.sort({x}, axis={k})[{at}min(int({x}.shape[{k}] * {n} / 100), {x}.shape[{k}] - 1)"
            "{end}]",
        ),
        ("number:n",),
        note="a value of the data; np.percentile interpolates",
        example="75",
    ),
    Row(
        "ar1",
        (
            "rest = {x} - np.mean({x}, {keep})",
            "square = np.sum({rest}**2, {axis})",
            "np.where({square} != 0, np.sum({rest}[{at}1:] * {rest}[{at}:-1], {axis}) / {square}, "
            "0)",
        ),
    ),
)

_AXES = {
    "X": {"k": "0", "axis": "axis=0, keepdims=True", "at": "", "end": "]"},
    "Y": {"k": "1", "axis": "axis=1, keepdims=True", "at": ":, ", "end": "]"},
    "Z": {"k": "2", "axis": "axis=2, keepdims=True", "at": ":, :, ", "end": "]"},
    "T": {"k": "-1", "axis": "axis=-1", "at": "..., ", "end": ""},
}


def _along(letter: str, row: Row) -> Row:
    words = _AXES[letter] | {"keep": f"axis={_AXES[letter]['k']}, keepdims=True"}
    if letter != "T" and row.name in ("median", "perc"):
        # A list of one position keeps the axis.
        words["at"] += "["
    if letter == "T":
        words["keep"] = "axis=-1, keepdims=True"
    return texts(row, **words).changed(name=f"-{letter}{row.name}")


_SERIES = (
    Row("-bptf", ("bptf({x}, {hp}, {lp})",), ("number:hp", "number:lp"), example="4 1.5"),
    Row(
        "-roi",
        takes=("whole:x0", "whole:nx", "whole:y0", "whole:ny", "whole:z0", "whole:nz",
               "whole:t0", "whole:nt"),
        note="what is outside becomes 0; `img[5:10]` would cut it off",
        example="3 8 0 -1 2 9 0 -1",
    ),
    Row("-pval", ("np.sum({x} >= {x}[..., :1], axis=-1) / {x}.shape[-1]",)),
    Row(
        "-pval0",
        (
            "first = {x}[..., 0]",
            "rate = np.sum({x} >= {x}[..., :1], axis=-1) / np.sum({x} != 0, axis=-1)",
            "same = np.all({x} == {x}[..., :1], axis=-1)",
            "np.where({same}, 0, np.where({first} == 0, 1, {rate}))",
        ),
        note="zeros are counted among what is not less, but not in the number",
    ),
    Row(
        "-cpval",
        (
            "highest = np.max({x}[..., 1:], axis=(0, 1, 2))",
            "(1 + np.sum({highest} >= {x}[..., :1], axis=-1)) / {x}.shape[-1]",
        ),
    ),
    Row(
        "-rank",
        ("1 + np.sum({x}[..., None] > {x}[:, :, :, None], axis=-1)",),
        note="equal values get equal ranks here, where fslmaths gives them any order; takes n^2 "
        "comparisons",
    ),
    Row(
        "-ranknorm",
        (
            "rank = 1 + np.sum({x}[..., None] > {x}[:, :, :, None], axis=-1)",
            "z = stats.norm.ppf(({rank} - 0.5) / {x}.shape[-1])",
            "np.std({x}, axis=-1, ddof=1) * {z} + np.mean({x}, axis=-1)",
        ),
        note="as -rank",
    ),
    Row(
        "-ztop",
        ("np.where({x} > 8.2923, 0, np.where({x} < -5.419, 1, stats.norm.sf({x})))",),
        note="the upper tail; `z_to_p(z)` goes on to a z of 38",
    ),
    Row(
        "-ptoz",
        ("np.where(({x} > 0) & ({x} < 1), stats.norm.isf({x}), 0)",),
        note="the upper tail; 0 at p = 0 and 1",
    ),
    Row("-roc", takes=("number:t", "word:f", "image:m"), example="0.05 roc.txt b",
        refused="it writes a curve as text, and compares with a truth"),
)  # fmt: skip

_STATE = (
    Row("-restart", ("{m}",), ("image:m",), example="b"),
    Row("-save", ("{x}",), ("word:w",), note="one more result of the program", example="c"),
)

FSLMATHS: Mapping[str, Row] = table(
    (
        *_NUMBERS,
        *_OF_RANGES,
        *_UNARY,
        *_ON_GRIDS,
        *_NEIGHBOURS,
        *(_along(letter, row) for letter in _AXES for row in _REDUCTIONS),
        *_SERIES,
        *_STATE,
    )
)
"""All operations of fslmaths by name."""
