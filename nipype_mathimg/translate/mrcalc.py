"""``mrcalc`` of MRtrix3: images and numbers on a stack, voxel by voxel."""

from __future__ import annotations

from collections.abc import Mapping

from nipype_mathimg.translate.rows import Row, table
from nipype_mathimg.translate.translation import Steps, Translation
from nipype_mathimg.translate.words import Words, number

__all__ = ["MRCALC", "translated"]

_ONE, _TWO, _THREE = ("x",), ("x", "y"), ("x", "y", "z")


def _functions(names: str) -> list[Row]:
    """Return rows that have NumPy's names."""
    return [Row(f"-{name}", (f"np.{name}({{x}})",), _ONE) for name in names.split()]


def _comparisons() -> list[Row]:
    signs = {"lt": "<", "gt": ">", "le": "<=", "ge": ">=", "eq": "==", "neq": "!="}
    return [
        Row(f"-{name}", (f"np.where({{x}} {sign} {{y}}, 1, 0)",), _TWO)
        for name, sign in signs.items()
    ]


MRCALC: Mapping[str, Row] = table(
    (
        Row("-abs", ("abs({x})",), _ONE),
        Row("-neg", ("-{x}",), _ONE),
        Row("-add", ("{x} + {y}",), _TWO),
        Row("-subtract", ("{x} - {y}",), _TWO),
        Row("-multiply", ("{x} * {y}",), _TWO),
        Row("-divide", ("{x} / {y}",), _TWO),
        Row("-min", ("np.minimum({x}, {y})",), _TWO),
        Row("-max", ("np.maximum({x}, {y})",), _TWO),
        *_comparisons(),
        Row("-if", ("np.where({x} != 0, {y}, {z})",), _THREE, note="NaN counts as true"),
        Row(
            "-replace",
            ("np.where({x} == {y}, {z}, {x})",),
            _THREE,
            note="nothing equals NaN, so `nan 0 -replace` changes nothing",
        ),
        Row("-pow", ("np.float_power({x}, {y})",), _TWO),
        Row(
            "-round",
            ("np.trunc({x} + np.copysign(0.5, {x}))",),
            _ONE,
            note="halves away from 0; np.round rounds them to even",
        ),
        Row("-not", ("np.where({x} == 0, 1, 0)",), _ONE),
        Row("-and", ("np.where(({x} != 0) & ({y} != 0), 1, 0)",), _TWO),
        Row("-or", ("np.where(({x} != 0) | ({y} != 0), 1, 0)",), _TWO),
        Row("-xor", ("np.where(({x} != 0) != ({y} != 0), 1, 0)",), _TWO),
        Row("-isnan", ("np.where(np.isnan({x}), 1, 0)",), _ONE),
        Row("-isinf", ("np.where(np.isinf({x}), 1, 0)",), _ONE),
        Row("-finite", ("np.where(np.isfinite({x}), 1, 0)",), _ONE),
        *_functions("sqrt ceil floor exp log log10 cos sin tan cosh sinh tanh"),
        *(Row(f"-a{name}", (f"np.arc{name}({{x}})",), _ONE)
          for name in ("cos", "sin", "tan", "cosh", "sinh", "tanh")),
        Row("-complex", ("{x} + 1j * {y}",), _TWO),
        Row("-polar", ("{x} * np.exp(1j * {y})",), _TWO),
        Row("-real", ("np.real({x})",), _ONE),
        Row("-imag", ("np.imag({x})",), _ONE),
        Row("-phase", ("np.angle({x})",), _ONE),
        Row("-conj", ("np.conj({x})",), _ONE),
        Row("-proj", takes=_ONE, refused="there is no projection onto the Riemann sphere"),
    )
)  # fmt: skip
"""All operations of mrcalc by name; each takes what lies on the stack."""

_CONSTANTS = {"pi": "np.pi", "e": "np.e", "inf": "np.inf", "nan": "np.nan", "i": "1j"}
_DTYPES = {"bit": "uint8", "cfloat32": "complex64", "cfloat64": "complex128"}
_WITHOUT_EFFECT = ("-force", "-quiet", "-info", "-debug")


def translated(words: Words) -> Translation:
    """Translate a command of mrcalc, whose name has been read.

    Raises
    ------
    TranslationError
        An operation is unknown, or cannot be said exactly.
    """
    steps, stack, dtype = Steps(), list[str](), "float32"
    out_file = ""
    while words:
        word = words.next("")
        if word == "-datatype":
            dtype = _dtype(words.next("the datatype"))
        elif word == "-nthreads":
            words.next("the number of threads")
        elif word.startswith("-") and number(word) is None and word not in _WITHOUT_EFFECT:
            _operate(words, word, steps, stack)
        elif not words or not _operations_follow(words):
            out_file = word
        elif word not in _WITHOUT_EFFECT:
            stack.append(_operand(words, word, steps))
    if not out_file or len(stack) != 1:
        raise words.wrong(
            f"{len(stack)} values are left, where one result and the name of its file have to be"
        )
    return steps.translation(stack[0], out_file, dtype)


def _operations_follow(words: Words) -> bool:
    """Tell whether more than options without effect stands behind a word."""
    rest = words.words[words.at :]
    return any(word not in _WITHOUT_EFFECT for word in rest) and rest[0] != "-datatype"


def _dtype(name: str) -> str:
    plain = name.removesuffix("le").removesuffix("be")
    return _DTYPES.get(plain, plain)


def _operand(words: Words, word: str, steps: Steps) -> str:
    if word in ("rand", "randn"):
        raise words.wrong("a formula gives the same result each time: no random numbers")
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    text = number(word)
    if text is not None:
        return f"({text})" if text.startswith("-") else text
    if word.endswith((".mif", ".mif.gz", ".mih")):
        raise words.wrong(f"{word}: images of MRtrix are not read here; mrconvert it to .nii.gz")
    return steps.input(word)


def _operate(words: Words, name: str, steps: Steps, stack: list[str]) -> None:
    row = MRCALC.get(name) or _by_beginning(name)
    if row is None:
        raise words.wrong(f"{name} is no operation of mrcalc")
    if row.refused:
        raise words.wrong(f"{row.name} cannot be translated: {row.refused}.")
    count = len(row.takes)
    if len(stack) < count:
        raise words.wrong(f"{row.name} takes {count} values, and {len(stack)} are on the stack")
    given = dict(zip(row.takes, stack[-count:], strict=True))
    del stack[-count:]
    stack.append(steps.bind(row.name.lstrip("-"), row.lines[0].format(**given)))
    steps.note(f"{row.name}: {row.note}" if row.note else "")


def _by_beginning(name: str) -> Row | None:
    """Return the only operation whose name begins so: ``-mult``."""
    found = [row for key, row in MRCALC.items() if key.startswith(name)]
    return found[0] if len(found) == 1 else None
