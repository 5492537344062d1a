"""Statistics voxel by voxel: `special.`, `stats.`, and one statistic as another.

They are computed in float64 whatever the images hold, and probabilities are stored so where no
dtype is asked for: float32 ends at a z of 13 (1e-38).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static, is_number
from nipype_mathimg.formula.graph.voxelwise import voxelwise
from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.kernels.scipy_values import Distribution, Special
from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.spec import Intent

__all__ = ["ROWS"]

T_TEST, F_TEST, Z_SCORE, CHI2, P_VALUE, LOG_P_VALUE = 3, 4, 5, 6, 22, 23
"""Codes of intents (nifti1.h)."""

FUNCTIONS = ("cdf", "sf", "logcdf", "logsf", "ppf", "isf")
"""What every distribution has; beside them a density, or a probability of a count."""

SHAPES = {
    "norm": (), "t": ("df",), "f": ("dfn", "dfd"), "chi2": ("df",), "beta": ("a", "b"),
    "gamma": ("a",), "binom": ("n", "p"), "poisson": ("mu",),
}  # fmt: skip
"""The parameters of each distribution."""

COUNTS = ("binom", "poisson")

OF_FAMILY = {"norm": Z_SCORE, "t": T_TEST, "f": F_TEST, "chi2": CHI2}
"""Intents of the statistics that follow a distribution."""


def _values(
    build: Builder,
    spelling: str,
    args: Sequence[Operand],
    make: Callable[[Intent | None], Kernel],
    intent: Intent | None,
    *,
    wide: bool,
) -> Operand:
    """Add a function that takes real values and gives float64."""
    for value in args:
        op = value.op if isinstance(value, Masked) else build.array(value)
        if op.type.is_complex:
            raise build.wrong(value, f"{spelling} takes real numbers; take np.abs or .real first")
    number = NumType(np.dtype(float), wide=wide)
    kernel = make(intent)
    return voxelwise(build, spelling, args, lambda types: number, lambda *_: kernel)


def _intent(code: int, parameters: Sequence[Operand] = ()) -> Intent | None:
    """Return what a result is, None where a parameter is not one number for all voxels."""
    if not all(is_number(value) for value in parameters):
        return None
    known = (value.value for value in parameters if isinstance(value, Static))
    return Intent(code, tuple(float(number) for number in known))


# Distributions


def _of_distribution(family: str, function: str, build: Builder, args: Arguments) -> Operand:
    spelling = f"stats.{family}.{function}"
    intent: Intent | None = None
    if function == "sf":
        intent = Intent(P_VALUE)
    elif function == "logsf":
        intent = Intent(LOG_P_VALUE)
    elif function in ("ppf", "isf") and family in OF_FAMILY and _is_standard(args):
        intent = _intent(OF_FAMILY[family], [args[name] for name in SHAPES[family]])

    def make(intent: Intent | None) -> Kernel:
        return Distribution(spelling, family, function, intent)

    wide = function in ("cdf", "sf", "pdf", "pmf")
    return _values(build, spelling, list(args.values()), make, intent, wide=wide)


def _is_standard(args: Arguments) -> bool:
    known = [args[name] for name in ("loc", "scale")]
    return all(is_number(value) for value in known) and [
        value.value for value in known if isinstance(value, Static)
    ] == [0, 1]


def _rows_of_distributions() -> list[Function]:
    rows = []
    for family, shape in SHAPES.items():
        counts = family in COUNTS
        after = ["loc=0"] if counts else ["loc=0", "scale=1"]
        for function in (*FUNCTIONS, *(("pmf", "logpmf") if counts else ("pdf", "logpdf"))):
            first = "q" if function in ("ppf", "isf") else "k" if counts else "x"
            rows.append(
                Function(
                    f"{family}.{function}",
                    ", ".join([first, *shape, *after]),
                    partial(_of_distribution, family, function),
                    "stats",
                )
            )
    return rows


# Special functions


def _special(name: str, build: Builder, args: Arguments) -> Operand:
    def make(_: Intent | None) -> Kernel:
        return Special(f"special.{name}", name)

    # A tail again, under other names.
    wide = name in ("erfc", "ndtr", "betainc", "betaincc", "gammainc", "gammaincc")
    return _values(build, f"special.{name}", list(args.values()), make, None, wide=wide)


_SPECIAL = {
    "x": (
        "erf", "erfc", "erfcx", "gammaln", "ndtr", "log_ndtr", "expit", "logit", "log_expit",
        "i0", "i0e", "i1", "i1e", "j0", "j1", "y0", "y1",
    ),
    "y": ("erfinv", "erfcinv", "ndtri", "ndtri_exp"),
    "z": ("gamma", "digamma"),
    "a, b": ("beta", "betaln"),
    "a, b, x": ("betainc", "betaincc"),
    "a, b, y": ("betaincinv", "betainccinv"),
    "a, x": ("gammainc", "gammaincc"),
    "a, y": ("gammaincinv", "gammainccinv"),
    "x, y": ("xlogy", "xlog1py"),
}  # fmt: skip
"""Functions of `scipy.special` that statistic images use, by their parameters."""


# Conversions


def _converted(
    name: str, to: int, parameters: tuple[str, ...], build: Builder, args: Arguments
) -> Operand:
    """Add the conversion of one statistic to another."""
    options: tuple[tuple[str, bool], ...] = ()
    operands = dict(args)
    if "two_sided" in operands:
        options = (("two_sided", build.flag(operands.pop("two_sided"), "two_sided")),)
    function = name
    if "sign" in operands:
        if args.given("sign"):
            function = "p_to_signed_z"
        else:
            del operands["sign"]
    intent = _intent(to, [args[parameter] for parameter in parameters])

    def make(intent: Intent | None) -> Kernel:
        return Special(name, function, options, intent)

    return _values(build, name, list(operands.values()), make, intent, wide=to == P_VALUE)


def _p_to_z(build: Builder, args: Arguments) -> Operand:
    if args.given("sign") and not build.flag(args["two_sided"], "two_sided"):
        raise build.wrong(
            args["sign"],
            "p_to_z: a one-sided p says on which side z lies; give `sign` with `two_sided=True`",
        )
    return _converted("p_to_z", Z_SCORE, (), build, args)


def _conversion(name: str, signature: str, to: int, parameters: tuple[str, ...] = ()) -> Function:
    return Function(f"{name}()", signature, partial(_converted, name, to, parameters))


ROWS: tuple[Function, ...] = (
    *_rows_of_distributions(),
    *(
        Function(name, signature, partial(_special, name), "special")
        for signature, names in _SPECIAL.items()
        for name in names
    ),
    _conversion("t_to_z", "t, df", Z_SCORE),
    _conversion("z_to_t", "z, df", T_TEST, ("df",)),
    _conversion("f_to_z", "f, dfn, dfd", Z_SCORE),
    _conversion("chi2_to_z", "chi2, df", Z_SCORE),
    _conversion("r_to_z", "r, df", Z_SCORE),
    _conversion("z_to_p", "z, two_sided=False", P_VALUE),
    _conversion("t_to_p", "t, df, two_sided=False", P_VALUE),
    _conversion("r_to_p", "r, df, two_sided=False", P_VALUE),
    _conversion("f_to_p", "f, dfn, dfd", P_VALUE),
    _conversion("chi2_to_p", "chi2, df", P_VALUE),
    Function("p_to_z()", "p, two_sided=False, sign=None", _p_to_z),
)
"""The rows of the function table for special functions, distributions and conversions."""
