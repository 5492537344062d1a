"""How each row of the function table is called; ``{slots}`` stand for what the grammar fills in.

`any`, `real`, `int`, `bool`, `cplx` are operands of that kind; with an A they have axes, and
with a 2 they align with the first operand; `same` has its shape. `axis`, `axes`, `order`,
`index`, `mask`, `widths`, `reps` and `lengths` fit the first operand. The rest are literals: `n` a
whole number, `f` a fraction, `num` either, `pos` 1 to 3, `q` and `p` quantiles, `up` a rising
list, `list` any list.
"""

from __future__ import annotations

from nipype_mathimg.formula.functions import elementwise

__all__ = ["LEFT_OUT", "TEMPLATES"]


def _same(names: str, *templates: str) -> dict[str, tuple[str, ...]]:
    """Return equal templates for several names, which stand for NAME."""
    return {n: tuple(t.replace("NAME", n) for t in templates) for n in names.split()}


def _both(names: str, *templates: str) -> dict[str, tuple[str, ...]]:
    """Return equal templates for reductions and their variants that skip NaN."""
    return _same(" ".join(f"{n} nan{n}" for n in names.split()), *templates)


def _binary(name: str, operator: str, kind: str) -> dict[str, tuple[str, ...]]:
    call = f"np.{name}({{{kind}}}, {{{kind}2}})"
    return {name: (f"({{{kind}}} {operator} {{{kind}2}})", call)}


_REDUCED = (
    "np.NAME({KINDA}, axis={axis})",
    "np.NAME({KINDA}, axis={axes}{keep})",
    "np.NAME({KINDA})",
    "{KINDA}.NAME(axis={axis})",
    "np.NAME({KINDA}{mask})",
)


def _reduced(kind: str) -> tuple[str, ...]:
    return tuple(t.replace("KIND", kind) for t in _REDUCED)


_QUANTILES = (
    "np.NAME({realA}, Q, axis={axes}{keep})",
    "np.NAME({realA}, [Q, Q], axis={axis})",
    "np.NAME({realA}, Q)",
    "np.NAME({realA}{mask}, Q)",
)

TEMPLATES: dict[str, tuple[str, ...]] = {
    # Arithmetic
    **_binary("add", "+", "any"),
    **_binary("subtract", "-", "any"),
    **_binary("multiply", "*", "any"),
    **_binary("divide", "/", "any"),
    **_binary("floor_divide", "//", "real"),
    **_binary("remainder", "%", "real"),
    "power": (
        "({any} ** {pos})",
        "np.power({real}, {n})",
        "({real} ** {f})",
        "np.pow({int}, {small2})",
    ),
    **_same(
        "fmod copysign hypot arctan2 logaddexp logaddexp2 nextafter", "np.NAME({real}, {real2})"
    ),
    "float_power": ("np.float_power({real}, {num})", "np.float_power({any}, {pos})"),
    "negative": ("(-{any})", "np.negative({any})"),
    "absolute": ("abs({any})", "np.abs({any})"),
    **_same("positive square reciprocal", "np.NAME({any})"),
    **_same("sign fabs cbrt spacing", "np.NAME({real})"),
    "sqrt": ("np.sqrt({any})", "np.sqrt(np.abs({any}))"),
    **_same("maximum minimum fmax fmin", "np.NAME({real}, {real2})"),
    "heaviside": ("np.heaviside({real}, {num})", "np.heaviside({real}, {real2})"),
    "ldexp": ("np.ldexp({real}, {n})", "np.ldexp({real}, {small2})"),
    **_same("gcd lcm", "np.NAME({int}, {int2})", "np.NAME({int}, {n})"),
    # Exponents, trigonometry
    **_same("exp exp2 expm1 log log2 log10 log1p", "np.NAME({any})"),
    **_same("sin cos tan arcsin arccos arctan", "np.NAME({any})"),
    **_same("sinh cosh tanh arcsinh arccosh arctanh sinc", "np.NAME({any})"),
    **_same("deg2rad rad2deg degrees radians", "np.NAME({real})"),
    # Rounding
    **_same("floor ceil trunc rint", "np.NAME({real})"),
    "round": (
        "np.round({real})",
        "np.round({real}, {n} // 50)",
        "round({real}, {pos})",
        "{realA}.round(-{pos})",
    ),
    # Comparisons, logic, bits
    **_binary("less", "<", "real"),
    **_binary("less_equal", "<=", "real"),
    **_binary("greater", ">", "real"),
    **_binary("greater_equal", ">=", "real"),
    **_binary("equal", "==", "any"),
    **_binary("not_equal", "!=", "any"),
    "logical_and": ("np.logical_and({any}, {any2})", "({num} < {real} <= {num})"),
    **_same("logical_or logical_xor", "np.NAME({any}, {any2})"),
    "logical_not": ("np.logical_not({any})",),
    "bitwise_and": ("({int} & {int2})", "({bool} & {bool2})"),
    "bitwise_or": ("({int} | {int2})", "({bool} | {bool2})"),
    "bitwise_xor": ("({int} ^ {int2})", "({bool} ^ {bool2})"),
    "invert": ("(~{bool})", "(~{leaf})", "np.invert({leaf})"),
    "left_shift": ("({int} << {pos})", "np.left_shift({int}, {small2})"),
    "right_shift": ("({int} >> {pos})", "np.right_shift({int}, {small2})"),
    "bitwise_count": ("np.bitwise_count({int})",),
    # Tests and parts
    **_same("isnan isinf isfinite isreal iscomplex", "np.NAME({any})"),
    **_same("signbit isposinf isneginf", "np.NAME({real})"),
    "real": ("np.real({any})", "{anyA}.real"),
    "imag": ("np.imag({any})", "{anyA}.imag"),
    "conjugate": ("np.conj({any})", "{anyA}.conj()"),
    "angle": ("np.angle({any})", "np.angle({any}, deg=True)"),
    "astype": (
        "{anyA}.astype({dtype})",
        "float({real})",
        "int(np.clip({real}, -9, {pos}))",
        "bool({any})",
        "np.float32({any})",
    ),
    "where": (
        "np.where({bool}, {any2}, {any2})",
        "np.where({real} > {num}, {num}, {real2})",
        "np.where({any}, {int2}, {n})",
    ),
    "select": (
        "np.select([{bool}, {real2} > {num}], [{any2}, {num}], default={num})",
        "np.select([{bool}], [{real2}])",
    ),
    "clip": (
        "np.clip({real}, {n}, {num})",
        "np.clip({real}, None, {num})",
        "np.clip({real}, min={num})",
        "np.clip({real}, {real2}, {real2})",
    ),
    "nan_to_num": (
        "np.nan_to_num({any})",
        "np.nan_to_num({real}, nan={num}, posinf={num}, neginf=-{pos})",
        "np.nan_to_num({real} / {real2})",
    ),
    "isin": ("np.isin({real}, {list})", "np.isin({int}, [{n}, {n}], invert=True)"),
    "isclose": (
        "np.isclose({any}, {any2})",
        "np.isclose({real}, {real2}, atol={pos}, equal_nan=True)",
    ),
    "digitize": ("np.digitize({real}, {up})", "np.digitize({real}, {up}, right=True)"),
    "interp": (
        "np.interp({real}, {up}, {up})",
        "np.interp({real}, [-{pos}, 200], [{num}, {num}], left={num}, right=np.nan)",
    ),
    # Reductions
    **_both("sum mean", *_reduced("any"), "np.NAME({realA}, axis={axis}, dtype=float)"),
    **_both("prod", "np.NAME({anyA}, axis={axis})", "np.NAME({anyA}, axis={axes}{keep})"),
    **_both("std var", *_reduced("any"), "np.NAME({realA}, axis={axes}, ddof=1)"),
    **_both("min max median", *_reduced("real")),
    **_both("argmin argmax", "np.NAME({realA}, axis={axis}{keep})", "np.NAME({realA})"),
    **_both("percentile", *(t.replace("Q", "{p}") for t in _QUANTILES)),
    **_both("quantile", *(t.replace("Q", "{q}") for t in _QUANTILES)),
    **_same("ptp", *_reduced("real")[:4], "np.NAME({realA}{mask})"),
    **_same("any all count_nonzero", *(t for t in _reduced("any") if "}." not in t)),
    "average": (
        "np.average({anyA}, axis={axes})",
        "np.average({realA}, axis={axis}, weights={weights})",
        "np.average({realA}, weights={same})",
    ),
    "linalg.norm": (
        "np.linalg.norm({anyA}, axis={axis}{keep})",
        "np.linalg.norm({anyA})",
        "np.linalg.norm({anyA}, 2, axis={axis})",
    ),
    "corrcoef": ("np.corrcoef({realA}.ravel(), {same}.ravel())",),
    # Along an axis that stays
    **_same("cumsum nancumsum", "np.NAME({anyA}, axis={axis})"),
    **_same(
        "cumprod nancumprod",
        "np.NAME({realA}, axis={axis})",
        "np.NAME(np.clip({realA}, -2, 2), axis={axis})",
    ),
    **_same("maximum.accumulate minimum.accumulate", "np.NAME({realA}, axis={axis})"),
    "sort": ("np.sort({realA}, axis={axis})", "np.sort({realA})"),
    **_same("fft.fft fft.ifft", "np.NAME({anyA}, axis={axis})", "np.NAME({anyA}, {pos})"),
    **_same("fft.rfft", "np.NAME({realA}, axis={axis})", "np.NAME({realA}, n={pos}, axis={axis})"),
    "fft.irfft": (
        "np.fft.irfft({anyA}, n={pos}, axis={axis})",
        "np.fft.irfft(np.fft.rfft({realA}), axis=-1)",
    ),
    # Shapes
    **_same("zeros_like ones_like", "np.NAME({anyA})", "(np.NAME({anyA}, dtype={dtype}) + {pos})"),
    "full_like": ("np.full_like({anyA}, {num})", "np.full_like({anyA}, {n}, dtype=float)"),
    "array": ("np.array([{anyA}, {same}])", "np.array({anyA})", "np.array([{num}, {num}])"),
    "stack": (
        "np.stack([{anyA}, {same}], axis={axis})",
        "np.stack([{anyA}, {same}, {same}], axis=-1)",
    ),
    "concatenate": (
        "np.concatenate([{anyA}, {same}], axis={axis})",
        "np.concatenate([{anyA}, {same}, {same}])",
    ),
    "squeeze": ("np.squeeze({anyA})", "np.squeeze({anyA}[:1], axis=0)"),
    "expand_dims": ("np.expand_dims({anyA}, {axis})", "{anyA}[None]", "{anyA}[..., None]"),
    "transpose": (
        "np.transpose({anyA})",
        "{anyA}.T",
        "np.transpose({anyA}, {order})",
        "{anyA}.T.T",
    ),
    "swapaxes": ("np.swapaxes({anyA}, {axis}, {axis})",),
    "moveaxis": ("np.moveaxis({anyA}, {axis}, {axis})",),
    "flip": ("np.flip({anyA}, axis={axes})", "np.flip({anyA})"),
    "roll": (
        "np.roll({anyA}, {n}, axis={axis})",
        "np.roll({anyA}, ({n}, {n}), axis=({axis}, {axis}))",
    ),
    "diff": ("np.diff({anyA}, axis={axis})", "np.diff({anyA}, {pos}, {axis})"),
    "gradient": ("np.gradient({realA}, axis={axis})", "np.gradient({anyA}, {pos}, axis={axis})"),
    "pad": ("np.pad({anyA}, {pos})", "np.pad({anyA}, {widths}, constant_values={num})"),
    "take": (
        "np.take({anyA}, {places}, axis={axis})",
        "{anyA}{index}",
        "{anyA}{index}",
        "[{num}, {num}, {num}, {num}][{labels}]",
        "np.take({list4}, {labels})",
    ),
    "repeat": ("np.repeat({anyA}, {pos}, axis={axis})",),
    "tile": ("np.tile({anyA}, {reps})", "np.tile({anyA}, {pos})"),
    "ravel": ("np.ravel({anyA})", "{anyA}.flatten()"),
    "reshape": ("np.reshape({anyA}, {lengths})", "{anyA}.reshape(-1)"),
    # Python's own
    **_same(
        "min() max()", "({any} + PYTHON({n}, {n}))", "PYTHON([{num}, {num}, np.mean({realA})])"
    ),
    "sum()": ("sum([{any}, {any2}, {any2}])", "sum([{real}, {n}])"),
    "len()": ("({any} * len({anyA}))", "len([{n}, {n}])"),
}
for _name in ("min()", "max()"):
    TEMPLATES[_name] = tuple(t.replace("PYTHON", _name[:-2]) for t in TEMPLATES[_name])

for _row in elementwise.ROWS:
    # A new row needs no template of its own, unless some of its operands are of another kind.
    _operands = ("{real}", "{real2}", "{real2}")[: len(_row.parameters)]
    TEMPLATES.setdefault(_row.name, (f"np.{_row.name}({', '.join(_operands)})",))

_SERIES = "NumPy has no such function; tests/formula/functions/test_time_series.py has references"
_STATISTICS = "SciPy and exact sums are the reference, in test_statistics.py"

LEFT_OUT: dict[str, str] = {
    "special.": _STATISTICS,
    "stats.": _STATISTICS,
    **dict.fromkeys(
        (
            "t_to_z()",
            "z_to_t()",
            "f_to_z()",
            "chi2_to_z()",
            "r_to_z()",
            "p_to_z()",
            "z_to_p()",
            "t_to_p()",
            "r_to_p()",
            "f_to_p()",
            "chi2_to_p()",
        ),
        _STATISTICS,
    ),
    **dict.fromkeys(
        (
            "largest()",
            "components()",
            "remove_small()",
            "fill_zeros()",
            "smooth_in()",
            "geodesic_distance()",
            "sphere()",
            "mirror()",
            "robust_range()",
            "otsu()",
            "mode()",
            "staple()",
            "inpaint()",
            "crop()",
            "orient()",
            "itk_gaussian()",
            "itk_recursive_gaussian()",
            "itk_canny()",
            "hessian()",
            "objectness()",
            "anisotropic_diffusion()",
            "symmetric()",
            "linalg.eigvalsh",
            "linalg.eigh",
        ),
        "the program of SciPy that each stands for is the reference, in tests/formula/functions",
    ),
    "ndimage.": "SciPy itself is the reference, bit by bit, in tests/formula/functions",
    **dict.fromkeys(("bandpass()", "bptf()", "detrend()", "regress()"), _SERIES),
    **dict.fromkeys(
        ("ball()", "box()", "cross()", "itk_ball()"), "structures, for functions of ndimage only"
    ),
    "arange": "numbers only, known beforehand; see tests/formula/cases.py",
    **dict.fromkeys(
        (
            "add.reduce",
            "multiply.reduce",
            "maximum.reduce",
            "minimum.reduce",
            "logical_and.reduce",
            "logical_or.reduce",
        ),
        "other words for sum, prod, max, min, all and any, which are drawn",
    ),
    **dict.fromkeys(
        ("unique", "bincount", "histogram"), "lists, not arrays that go on; see cases.py"
    ),
    "matmul": "its right side is a matrix of numbers over t; see test_time_series.py",
}
"""Rows that the grammar does not call, with the reason; `name.` is a namespace."""
