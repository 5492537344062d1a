"""The function table: every function of the formula language, one row each.

`row` is one of them, `table` has them all; `index` says which module has which, each by its kind:

- voxel by voxel: `elementwise`, `parametrised`, `widened`, `statistics`; `builtins` of Python;
- reductions: `reductions`, `order_statistics`, `composed`, `counts`, `folds`, `typical`, `raters`;
  what they share is in `operand`, and over regions in `by_label` and `measurements`;
- along axes: `scans`, `axis_elements`, `shapes`, `product`, `matrices`, `time_series`;
- the grid itself: `places`, `extents`;
- neighbours, with what they share in `space` and `structures`: `smoothing`, `itk`,
  `features`, `ranks`, `lines`, `binary_morphology`, `components`, `volumes`, `fills`,
  `fronts`.

`instead` says what does the job of functions that are not here.

To add a function,

- add a row to the module of its kind: `elementwise`, or one of those that `index` lists, where its
  name is added too: those modules are loaded when a formula names one of their rows. What it
  computes is a kernel of `formula.kernels`, with a field for every static argument; where none
  serves, write one;
- add a case to ``tests/formula/cases.py``, which is compared with NumPy;
- where it has static arguments, add two calls that differ in one of them to
  ``tests/formula/functions/test_identity.py``;
- where `mathimg functions` shows no good example of it, write one in ``cli/examples.py``.

A test asks for each of the last three by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from nipype_mathimg.formula.functions.index import (
    BORDERS,
    FILLS,
    METRICS,
    ORIENTATIONS,
    PAD_MODES,
    TRIANGLES,
)
from nipype_mathimg.formula.functions.instead import (
    INSTEAD,
    INSTEAD_OF_OTHERS,
    INSTEAD_OF_SCIPY,
    in_numpy,
)
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.table import FUNCTIONS, keys_of
from nipype_mathimg.formula.language.vocabulary import Namespace, Vocabulary

__all__ = [
    "ALIASES",
    "ATTRIBUTES",
    "BUILTINS",
    "CONSTANTS",
    "DTYPE_NAMES",
    "FUNCTIONS",
    "NEEDS_NUMPY",
    "OWN",
    "VOCABULARY",
    "Arguments",
    "Function",
]


NEEDS_NUMPY = MappingProxyType({"bitwise_count": "2.0"})
"""Functions that are in the table from a version of NumPy on."""

ALIASES = MappingProxyType(
    {
        "abs": "absolute",
        "acos": "arccos",
        "acosh": "arccosh",
        "amax": "max",
        "amin": "min",
        "around": "round",
        "asarray": "array",
        "asin": "arcsin",
        "asinh": "arcsinh",
        "atan": "arctan",
        "atan2": "arctan2",
        "atanh": "arctanh",
        "bitwise_invert": "invert",
        "bitwise_left_shift": "left_shift",
        "bitwise_not": "invert",
        "bitwise_right_shift": "right_shift",
        "concat": "concatenate",
        "conj": "conjugate",
        "fix": "trunc",
        "flatten": "ravel",
        "mod": "remainder",
        "permute_dims": "transpose",
        "pow": "power",
        "true_divide": "divide",
    }
)
"""Other names that NumPy has for the same functions."""

BUILTINS = MappingProxyType(
    {
        "abs": "absolute",
        "min": "min()",
        "max": "max()",
        "sum": "sum()",
        "round": "round",
        "pow": "power",
        "len": "len()",
    }
)
"""Python's own functions that a formula may call, and their rows."""

OWN = MappingProxyType({name: key for name, key in keys_of("").items() if name not in BUILTINS})
"""Functions that NumPy does not have, and their rows; inputs may have these names too."""

CONSTANTS = MappingProxyType(
    {
        "pi": float(np.pi),
        "e": float(np.e),
        "inf": float("inf"),
        "nan": float("nan"),
        "newaxis": None,
    }
)
"""Constants by the name after ``np.``."""

_DTYPES = (
    "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip

DTYPE_NAMES = MappingProxyType(
    {
        **{name: name for name in _DTYPES},
        "bool_": "bool",
        "int": "int64",
        "float": "float64",
        "complex": "complex128",
        "single": "float32",
        "double": "float64",
    }
)
"""Names of dtypes, after ``np.`` or as text; half and extended precision do not exist here."""

_CONVERSIONS = ("int", "float", "bool", "complex")
"""Python's own types: they convert when they are called, and name a dtype otherwise."""

# Those of an image are computed by `graph.attributes`, the last three are functions.
ATTRIBUTES = (
    "shape", "ndim", "size", "dtype", "zooms", "voxel_volume", "tr", "i", "j", "k", "x", "y", "z",
    "t", "T", "real", "imag",
)  # fmt: skip
"""Attributes that an array has in a formula."""


def _with_aliases(rows: Mapping[str, str]) -> Mapping[str, str]:
    """Return rows by name; with them the other names that NumPy has for the same."""
    aliases = {alias: name for alias, name in ALIASES.items() if name in rows}
    return MappingProxyType({**rows, **aliases})


def _absent(rows: Iterable[str]) -> Mapping[str, str]:
    """Return what is said about functions that are not here."""
    newer = {
        name: f"it needs NumPy {version} or later, and here is NumPy {np.__version__}"
        for name, version in NEEDS_NUMPY.items()
    }
    return {name: text for name, text in {**INSTEAD, **newer}.items() if name not in rows}


VOCABULARY = Vocabulary(
    namespaces=(
        Namespace(
            "np",
            ("np",),
            _with_aliases(keys_of("np")),
            CONSTANTS,
            DTYPE_NAMES,
            _absent(FUNCTIONS),
            in_numpy,
        ),
        *(
            Namespace(
                name,
                (name, f"scipy.{name}"),
                keys_of(name),
                {},
                {},
                INSTEAD_OF_SCIPY.get(name, {}),
            )
            for name in ("ndimage", "special", "stats")
        ),
    ),
    builtins=BUILTINS,
    own=OWN,
    conversions=MappingProxyType({name: DTYPE_NAMES[name] for name in _CONVERSIONS}),
    methods=_with_aliases(keys_of("np")),
    attributes=ATTRIBUTES,
    dtypes=DTYPE_NAMES,
    texts=frozenset((*BORDERS, *METRICS, *PAD_MODES, *FILLS, *TRIANGLES, *ORIENTATIONS, "L", "U")),
    units=frozenset({"mm"}),
    named=frozenset({"equal", "not_equal", "isin"}),
    open_ended=frozenset({"reshape", "transpose"}),
    absent=INSTEAD_OF_OTHERS,
)
"""The names that a formula may use."""
