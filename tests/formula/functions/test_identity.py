"""Two calls that differ in a static argument are two computations, in every row of the table."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.formula.engine.run import run
from nipype_mathimg.formula.functions import FUNCTIONS, Function, elementwise, statistics, widened
from nipype_mathimg.formula.graph.voxelwise import voxelwise
from nipype_mathimg.formula.infer import infer
from nipype_mathimg.formula.kernels.kernel import Blockwise, identity
from nipype_mathimg.formula.kernels.view import View
from nipype_mathimg.formula.plan.plan import make_plan
from nipype_mathimg.formula.program import input_names, parse
from nipype_mathimg.frozen import Frozen
from tests.formula.harness import PLENTY, MemoryStore, inferred, leaf_of, same_bits

SHAPE = (5, 4, 3, 6)
RNG = np.random.default_rng(11)


def _with_holes() -> np.ndarray:
    values = RNG.normal(0, 10, SHAPE).astype(np.float32)
    values.ravel()[::7] = np.nan
    values.ravel()[::11] = np.inf
    return values


IMAGES = {
    "a": RNG.normal(0, 10, SHAPE).astype(np.float32),
    "b": (RNG.random(SHAPE[:3]) > 0.4).astype(np.uint8),
    "c": RNG.normal(0, 1, SHAPE) + 1j * RNG.normal(0, 1, SHAPE),
    "h": _with_holes(),
    "i": RNG.integers(-9, 9, SHAPE).astype(np.int16),
    "u": RNG.random(SHAPE[:3]).astype(np.float32),
}

Pairs = dict[str, list[tuple[str, str, str]]]


def _of(names: str, *pairs: tuple[str, str, str]) -> Pairs:
    """Return for each row its calls, the text with one value or with the other in its place."""
    return {
        name: [(call.replace("NAME", name), one, other) for call, one, other in pairs]
        for name in names.split()
    }


_AXIS = ("np.NAME(a, axis=#)", "0", "1")
_KEEP = ("np.NAME(a, axis=0, keepdims=#)", "False", "True")
_DTYPE = ("np.NAME(i, axis=0, dtype=#)", "None", "np.float32")
_MODE = ("NAME(u, mode=#)", "'nearest'", "'constant'")
_CVAL = ("NAME(u, mode='constant', cval=#)", "0", "50")
_SIZE = ("NAME(u, size=#)", "3", "2")
_WINDOW = (
    ("NAME(u, size=3, mode=#)", "'nearest'", "'wrap'"),
    ("NAME(u, size=3, mode='constant', cval=#)", "-9", "50"),
    ("NAME(u, size=3, origin=#)", "0", "1"),
    ("NAME(a, size=3, axes=#)", "(0,)", "(1,)"),
)
_STRUCTURE = (
    ("NAME(np.pad(b, 2), structure=#)", "box(1)", "box(2)"),
    ("NAME(np.pad(b, 2), structure=box(2), origin=#)", "0", "-1"),
)
STATIC: Pairs = {
    "round": [("np.round(a, #)", "0", "1"), ("np.round(a, #)", "-1", "2")],
    "angle": [("np.angle(c, deg=#)", "False", "True")],
    "astype": [("a.astype(#)", "'float64'", "int"), ("i.astype(#)", "'int32'", "'int64'")],
    "nan_to_num": [
        ("np.nan_to_num(h, nan=#)", "0", "-0.0"),
        ("np.nan_to_num(h, posinf=#)", "1", "2"),
        ("np.nan_to_num(-h, neginf=#)", "1", "2"),
    ],
    "isin": [("np.isin(i, #)", "[1, 2]", "[1, 3]"), ("np.isin(i, 1, invert=#)", "0", "1")],
    "isclose": [
        ("np.isclose(a, 3, rtol=#)", "1", "0"),
        ("np.isclose(a, 3, atol=#)", "5", "0"),
        ("np.isclose(h, h, equal_nan=#)", "True", "False"),
    ],
    "digitize": [
        ("np.digitize(i, #)", "[0, 1]", "[0, 2]"),
        ("np.digitize(i, [0, 1], right=#)", "False", "True"),
    ],
    "interp": [
        ("np.interp(a, #, [1, 2])", "[0, 1]", "[0, 2]"),
        ("np.interp(a, [0, 1], #)", "[0, 1]", "[-0.0, 1]"),
        ("np.interp(a, [0, 1], [1, 2], left=#)", "0", "-0.0"),
        ("np.interp(a, [0, 1], [1, 2], right=#)", "7", "8"),
    ],
    "where": [("np.where(b > 0, #, a)", "0.0", "-0.0")],
    "select": [("np.select([a > 3], [a], default=#)", "0.0", "-0.0")],
    "clip": [("np.clip(a, #, 4)", "-1", "1"), ("np.clip(a, a_max=#)", "3", "4")],
    # Reductions
    **_of("sum nansum prod nanprod mean nanmean", _AXIS, _KEEP, _DTYPE),
    **_of("std nanstd var nanvar", _AXIS, _KEEP, _DTYPE, ("np.NAME(a, axis=0, ddof=#)", "0", "1")),
    **_of("min nanmin max nanmax argmin nanargmin argmax nanargmax ptp", _AXIS, _KEEP),
    **_of("any all count_nonzero", ("np.NAME(i, axis=#)", "0", "1"), _KEEP),
    **_of("average linalg.norm median nanmedian", _AXIS, _KEEP),
    **_of(
        "percentile nanpercentile quantile nanquantile",
        ("np.NAME(a, 0.5, axis=#)", "0", "1"),
        ("np.NAME(a, #, axis=0)", "0.5", "0.25"),
        ("np.NAME(a, #)", "[0.5]", "[0.25]"),
        ("np.NAME(a, #)", "0.5", "[0.5]"),
    ),
    "unique": [("np.unique(i, return_counts=True)[#]", "0", "1")],
    "bincount": [("np.bincount(np.ravel(b), minlength=#)", "2", "5")],
    "histogram": [
        ("np.histogram(a, #)[0]", "3", "4"),
        ("np.histogram(a, #)[0]", "[0, 1, 2]", "[0, 1, 3]"),
        ("np.histogram(a, 3, range=#)[0]", "(0, 1)", "(0, 2)"),
        ("np.histogram(a, 3, density=#)[0]", "False", "True"),
        ("np.histogram(a, 3)[#]", "0", "1"),
    ],
    # Along an axis
    **_of("cumsum cumprod nancumsum nancumprod sort", _AXIS),
    **_of("maximum.accumulate minimum.accumulate", _AXIS),
    **_of("fft.fft fft.ifft fft.rfft fft.irfft", _AXIS, ("np.NAME(a, n=#)", "3", "4")),
    "roll": [("np.roll(a, #, axis=0)", "1", "2"), ("np.roll(a, 1, axis=#)", "0", "1")],
    "diff": [("np.diff(a, #)", "1", "2"), ("np.diff(a, axis=#)", "0", "1")],
    "gradient": [("np.gradient(a, #, axis=0)", "1", "2"), ("np.gradient(a, axis=#)", "0", "1")],
    "pad": [
        ("np.pad(a, #)", "1", "2"),
        ("np.pad(a, 1, constant_values=#)", "0.0", "-0.0"),
        ("np.pad(a, 1, mode=#)", "'constant'", "'edge'"),
        ("np.pad(a, #, mode='edge')", "1", "((2, 0), (1, 1), (1, 1), (1, 1))"),
    ],
    "take": [
        ("np.take(a, #, axis=0)", "[0, 2, 3]", "[0, 3, 2]"),
        ("np.take(a, #, axis=0)", "1", "2"),
        ("np.take(a, [0, 2, 1], axis=#)", "0", "1"),
    ],
    "repeat": [("np.repeat(a, #, axis=0)", "2", "3"), ("np.repeat(a, 2, axis=#)", "0", "1")],
    "tile": [("np.tile(a, #)", "2", "3")],
    **_of("linalg.eigvalsh", ("np.NAME(a[:, :, :2, :2], UPLO=#)", "'L'", "'U'")),
    **_of("linalg.eigh", ("np.NAME(a[:, :, :2, :2])[#]", "0", "1")),
    "symmetric()": [("symmetric(a[..., :3], #)", "'upper'", "'diagonal'")],
    # Shapes
    **_of("zeros_like ones_like", ("np.NAME(i, dtype=#)", "None", "float")),
    "full_like": [
        ("np.full_like(a, #)", "0.0", "-0.0"),
        ("np.full_like(i, #)", "1", "2"),
        ("np.full_like(i, 1, dtype=#)", "None", "float"),
    ],
    "array": [("np.array(i, dtype=#)", "np.int32", "float")],
    "stack": [("np.stack([a, a], axis=#)", "0", "1")],
    "concatenate": [("np.concatenate([a, a], axis=#)", "0", "1")],
    "squeeze": [("np.squeeze(a[:1, :, :1], axis=#)", "0", "2")],
    "expand_dims": [("np.expand_dims(a, #)", "0", "1")],
    "transpose": [("np.transpose(a, #)", "(0, 1, 3, 2)", "(1, 0, 2, 3)")],
    "swapaxes": [("np.swapaxes(a, 0, #)", "1", "2")],
    "moveaxis": [("np.moveaxis(a, 0, #)", "1", "2")],
    "flip": [("np.flip(a, axis=#)", "0", "1")],
    "reshape": [("np.reshape(a, #)", "(20, 18)", "(18, 20)")],
    "arange": [
        ("a[..., np.arange(#)]", "2", "3"),
        ("a[..., np.arange(#, 4)]", "1", "2"),
        ("a[..., np.arange(0, 6, #)]", "2", "3"),
    ],
    # Lists
    **_of(
        "add.reduce multiply.reduce maximum.reduce minimum.reduce",
        ("np.NAME(a, axis=#)", "0", "1"),
        ("np.NAME([a, b], axis=#)", "0", "1"),
        _KEEP,
    ),
    **_of(
        "logical_and.reduce logical_or.reduce",
        ("np.NAME([i > 1, i > 2], axis=#)", "0", "1"),
        _KEEP,
    ),
    # Series
    "matmul": [("a @ #", "[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, 7]")],
    "regress()": [
        ("regress(a, #)", "[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, 9]"),
        ("regress(a, [1, 2, 3, 4, 5, 6], constant=#)", "True", "False"),
    ],
    "detrend()": [
        ("detrend(a, #)", "1", "2"),
        ("detrend(a, constant=#)", "True", "False"),
        (
            "detrend(np.pad(a, ((0, 1), (0, 2), (0, 0), (0, 0)), mode='constant'), axis=#)",
            "0",
            "1",
        ),
    ],
    "bandpass()": [
        ("bandpass(np.tile(a, 5), high=#, order=1, tr=2)", "0.1", "0.2"),
        ("bandpass(np.tile(a, 5), high=0.1, order=#, tr=2)", "1", "2"),
        ("bandpass(np.tile(a, 5), high=0.1, order=1, tr=#)", "1", "2"),
    ],
    "bptf()": [("bptf(a, #)", "2", "3"), ("bptf(a, 2, #)", "1", "2")],
    # Neighbours
    "ndimage.gaussian_filter": [
        ("ndimage.gaussian_filter(u, #)", "1", "2"),
        ("ndimage.gaussian_filter(u, fwhm=#)", "1", "2"),
        ("ndimage.gaussian_filter(u, 1, order=#)", "0", "1"),
        ("ndimage.gaussian_filter(u, 1, truncate=#)", "1", "2"),
        ("ndimage.gaussian_filter(u, 1, radius=#)", "1", "2"),
        ("ndimage.gaussian_filter(u, 1, axes=#)", "(0,)", "(1,)"),
        ("ndimage.gaussian_filter(u, 1, mode=#)", "'nearest'", "'wrap'"),
        ("ndimage.gaussian_filter(u, 1, mode='constant', cval=#)", "0", "50"),
    ],
    **_of(
        "ndimage.gaussian_gradient_magnitude ndimage.gaussian_laplace",
        ("NAME(u, #)", "1", "2"),
        ("NAME(u, 1, truncate=#)", "1", "2"),
        ("NAME(u, 1, mode=#)", "'nearest'", "'wrap'"),
    ),
    **_of("ndimage.laplace", _MODE, _CVAL, ("NAME(u, axes=#)", "(0,)", "(1,)")),
    **_of("ndimage.sobel ndimage.prewitt", _MODE, _CVAL, ("NAME(u, axis=#)", "0", "1")),
    **_of(
        "ndimage.minimum_filter ndimage.maximum_filter ndimage.uniform_filter "
        "ndimage.grey_erosion ndimage.grey_dilation",
        *_WINDOW,
    ),
    **_of("ndimage.median_filter", *_WINDOW[:-1]),
    **_of("ndimage.correlate ndimage.convolve", ("NAME(u, #)", "box(3)", "cross(3)")),
    "ndimage.rank_filter": [("ndimage.rank_filter(u, #, size=3)", "1", "2")],
    "ndimage.percentile_filter": [("ndimage.percentile_filter(u, #, size=3)", "10", "90")],
    **_of(
        "ndimage.grey_opening ndimage.grey_closing ndimage.morphological_gradient "
        "ndimage.white_tophat ndimage.black_tophat",
        _SIZE,
    ),
    **_of(
        "ndimage.binary_erosion", *_STRUCTURE, ("NAME(np.pad(u, 3) < 2, iterations=#)", "1", "2")
    ),
    **_of("ndimage.binary_dilation", *_STRUCTURE, ("NAME(u > 0.9, iterations=#)", "1", "2")),
    **_of(
        "ndimage.binary_opening ndimage.binary_closing",
        ("NAME(b, structure=#)", "box(2)", "box(1)"),
    ),
    "ndimage.binary_propagation": [
        (
            "ndimage.binary_propagation(b * (u > 0.9), mask=u > 0.1, structure=#)",
            "box(1)",
            "box(3)",
        )
    ],
    "ndimage.binary_fill_holes": [("ndimage.binary_fill_holes(u < 0.7, #)", "box(1)", "box(3)")],
    "ndimage.binary_hit_or_miss": [("ndimage.binary_hit_or_miss(b, #)", "box(1)", "box(2)")],
    **{
        f"{name}()": [(f"ndimage.binary_dilation(u > 0.95, {name}(#))", "1", "3")]
        for name in ("ball", "itk_ball", "box", "cross")
    },
    "ndimage.label": [("ndimage.label(u > 0.7, #)[0]", "cross(3)", "box(3)")],
    "ndimage.distance_transform_edt": [
        ("ndimage.distance_transform_edt(b, #)", "[1, 1, 1]", "[2, 1, 3]"),
    ],
    "ndimage.distance_transform_cdt": [
        ("ndimage.distance_transform_cdt(b, #)", "'chessboard'", "'taxicab'"),
    ],
    "ndimage.shift": [
        ("ndimage.shift(u, #)", "1", "2"),
        ("ndimage.shift(u, 1, mode=#)", "'nearest'", "'mirror'"),
        ("ndimage.shift(u, 1, cval=#)", "0", "50"),
    ],
    "ndimage.generate_binary_structure": [
        (
            "ndimage.binary_dilation(u > 0.95, ndimage.generate_binary_structure(3, #))",
            "1",
            "3",
        )
    ],
    "ndimage.iterate_structure": [
        ("ndimage.binary_dilation(u > 0.95, ndimage.iterate_structure(cross(3), #))", "1", "2")
    ],
    **_of(
        "ndimage.sum ndimage.sum_labels ndimage.mean ndimage.median ndimage.standard_deviation "
        "ndimage.variance ndimage.minimum ndimage.maximum ndimage.center_of_mass",
        ("NAME(np.abs(a), b, [#])", "0", "1"),
        ("NAME(np.abs(a), b, #)[0]", "0", "1"),
    ),
    "largest()": [
        ("largest(u > 0.7, #)", "1", "2"),
        ("largest(u > 0.7, structure=#)", "cross(3)", "box(3)"),
    ],
    "components()": [("components(u > 0.7, structure=#)", "cross(3)", "box(3)")],
    "remove_small()": [
        ("remove_small(u > 0.7, voxels=#)", "1", "2"),
        ("remove_small(u > 0.7, voxels=2, structure=#)", "cross(3)", "box(3)"),
    ],
    "fill_zeros()": [
        ("fill_zeros(b * u, #)", "'mean'", "'max'"),
        ("fill_zeros(b * u, structure=#)", "cross(3)", "box(3)"),
        ("fill_zeros(b * (u > 0.9), iterations=#)", "1", "-1"),
    ],
    "smooth_in()": [
        ("smooth_in(u, b, #)", "1", "2"),
        ("smooth_in(u, b, 1, truncate=#)", "1", "2"),
    ],
    "mirror()": [("mirror(u, #)", "0", "1")],
    **_of(
        "ndimage.uniform_filter1d ndimage.minimum_filter1d ndimage.maximum_filter1d",
        ("NAME(a, #)", "2", "3"),
        ("NAME(a, 3, axis=#)", "0", "1"),
    ),
    **_of(
        "ndimage.correlate1d ndimage.convolve1d",
        ("NAME(a, #)", "[1, 2]", "[1, 3]"),
        ("NAME(a, [1, 2], axis=#)", "0", "1"),
    ),
    "ndimage.gaussian_filter1d": [
        ("ndimage.gaussian_filter1d(a, #)", "1", "2"),
        ("ndimage.gaussian_filter1d(a, 1, axis=#)", "0", "1"),
    ],
    # They need voxel sizes: test_itk.py and test_features.py.
    "anisotropic_diffusion()": [],
    "inpaint()": [
        ("inpaint(u, b, #)", "1", "2"),
        ("inpaint(u, b, 1, iterations=#)", "1", "2"),
    ],
    "hessian()": [],
    "objectness()": [],
    "itk_recursive_gaussian()": [
        ("itk_recursive_gaussian(u, #)", "1", "2"),
        ("itk_recursive_gaussian(u, 1, order=#)", "1", "2"),
        ("itk_recursive_gaussian(a, 1, axes=#)", "0", "1"),
    ],
    "itk_canny()": [
        ("itk_canny(u, #, 0, 0)", "0.5", "1"),
        ("itk_canny(u, 0.5, #, 0.3)", "0", "0.2"),
        ("itk_canny(u, 0.5, 0, #)", "0", "0.4"),
    ],
    "itk_gaussian()": [
        ("itk_gaussian(u, #)", "1", "2"),
        ("itk_gaussian(u, 1, maximum_error=#)", "0.1", "0.001"),
        ("itk_gaussian(u, 3, maximum_kernel_width=#)", "1", "2"),
    ],
    "staple()": [
        ("staple(np.stack([u > 0.5, b, u > 0.7]), 0, #)", "1", "0.5"),
        ("staple(np.stack([u > 0.5, b, u > 0.7]), 0, iterations=#)", "1", "2"),
    ],
    "otsu()": [("otsu(a, bins=#)", "10", "100")],
    "mode()": [("mode(i, #)", "0", "1"), ("mode(i, 0, keepdims=#)", "False", "True")],
    "z_to_p()": [("z_to_p(a, #)", "False", "True")],
    "t_to_p()": [("t_to_p(a, 9, #)", "False", "True")],
    "r_to_p()": [("r_to_p(u, 9, #)", "False", "True")],
    "p_to_z()": [("p_to_z(u, #)", "False", "True")],
}
"""For each row calls with a place, and two values for it."""

WITHOUT = {
    row.key
    for row in (*elementwise.ROWS, *widened.ROWS, *statistics.ROWS)
    if row.key not in STATIC
} | {
    "corrcoef", "robust_range()", "sphere()", "ravel", "min()", "max()", "sum()", "len()",
    "crop()", "orient()", "geodesic_distance()",
}  # fmt: skip
"""Rows that take nothing but their operands, or give slices of them: these are their own."""


def test_every_row_is_here() -> None:
    assert set(STATIC) | WITHOUT == set(FUNCTIONS)
    assert not set(STATIC) & WITHOUT


def results(*calls: str) -> list[np.ndarray]:
    """Return the results of some calls that are computed in one run."""
    names = [f"r{k}" for k in range(len(calls))]
    text = "\n".join(f"{name} = {call}" for name, call in zip(names, calls, strict=True))
    program = parse(text)
    images = {name: leaf_of(name, IMAGES[name]) for name in input_names(text)}
    found = infer(program, {name: leaf.spec for name, leaf in images.items()}, names)
    plan = make_plan(found, images, memory=PLENTY, threads=1, written=())
    values = run(plan, MemoryStore)
    return [np.asarray(values[name]) for name in names]


CALLS = [
    pytest.param(call.replace("#", one), call.replace("#", other), id=f"{call}-{one}-{other}")
    for pairs in STATIC.values()
    for call, one, other in pairs
]


@pytest.mark.parametrize(("one", "other"), CALLS)
def test_a_static_argument_tells_two_calls_apart(one: str, other: str) -> None:
    alone = [results(one)[0], results(other)[0]]
    assert not same_bits(*alone), "the argument has to matter here"
    together = results(one, other)
    assert all(same_bits(*pair) for pair in zip(together, alone, strict=True))


class Wrap(Frozen, Blockwise):
    """A kernel as someone new would write it."""

    name = "wrap"
    limit: float

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Wrap."""
        return block % self.limit


class OtherWrap(Frozen, Blockwise):
    """Another one with the same fields."""

    name = "wrap"
    limit: float

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Wrap in another way."""
        return -block % self.limit


class Opaque(Blockwise):
    """No value at all: nothing is known of its identity."""

    name = "wrap"

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Wrap."""
        return block % self.limit


def test_a_row_that_forgets_everything_optional_does_not_merge_with_another() -> None:
    def row(kernel: type) -> Function:
        return Function(
            "fmod",
            "a, b",
            lambda build, args: voxelwise(
                build,
                "fmod",
                [args["a"]],
                lambda types: types[0],
                lambda *_: kernel(build.number(args["b"], "b")),
            ),
        )

    for first, second in ((Wrap, Wrap), (Opaque, Opaque), (Wrap, OtherWrap)):
        table = {**FUNCTIONS, "fmod": row(first), "fmax": row(second)}
        spec = {"a": leaf_of("a", IMAGES["a"]).spec}
        other = 7 if first is not second else 50
        ops = infer(parse(f"np.fmod(a, 7) - np.fmax(a, {other})"), spec, functions=table).ops
        assert len([op for op in ops if op.name == "wrap"]) == 2


def test_what_nothing_tells_apart_is_one() -> None:
    ops = inferred("a * 2.0 + np.round(a * 2.0, 1) + np.round(a * 2.0, 1)", {"a": IMAGES["a"]}).ops
    assert [op.name for op in ops if op.name in ("multiply", "round")] == ["multiply", "round"]


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.0, -0.0), (1, True), (1, 1.0), (0j, -0j), ((1, 0.0), (1, -0.0)), (Wrap(0.0), Wrap(-0.0)),
     (Wrap(2), OtherWrap(2)), (View(()), ()), (np.float32(0), np.float32(-0.0))],
)  # fmt: skip
def test_identity_is_stricter_than_equality(one: object, other: object) -> None:
    assert identity(one) != identity(other)
    assert identity(one) == identity(one)


def test_a_field_that_cannot_be_hashed_is_no_silent_identity() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        identity(Wrap(np.zeros(2)))
