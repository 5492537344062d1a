"""``3dcalc`` of AFNI: an expression in one-letter names, voxel by voxel."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from nipype_mathimg.translate.afni_functions import AFNI_FUNCTIONS, ANY
from nipype_mathimg.translate.rows import Row
from nipype_mathimg.translate.translation import Steps, Translation
from nipype_mathimg.translate.words import Words, number

__all__ = ["OPTIONS", "translate"]

_OTHER_WAY = "it changes what a dataset is, not the expression"

OPTIONS: Mapping[str, str] = {
    "-expr": "", "-prefix": "", "-datum": "", "-float": "", "-byte": "", "-short": "",
    "-verbose": "", "-session": "", "-overwrite": "", "-usetemp": "", "-isola":
    "it takes away single voxels; see remove_small(mask, voxels=2)",
    "-nscale": "", "-dt": "", "-TR": "", "-taxis": "a formula has an image as its input",
    "-LPI": "", "-SPM": "", "-RAI": "", "-DICOM": "",
    "-fscale": "files are written unscaled; an explicit -datum that does not fit is an error",
    "-gscale": "files are written unscaled; an explicit -datum that does not fit is an error",
    "-rgbfac": "colours are not computed with", "-cx2r": "take np.abs, np.angle, .real or .imag",
    "-sort": _OTHER_WAY, "-SORT": _OTHER_WAY, "-dsSTOP": _OTHER_WAY, "-dsWRAP": _OTHER_WAY,
    "-dsZERO": _OTHER_WAY, "-histpar": _OTHER_WAY,
}  # fmt: skip
"""The options beside those that name datasets, and why they are refused, or nothing."""

_WITH_VALUE = ("-session", "-dt", "-TR")
_DTYPES = {"byte": "uint8", "short": "int16", "float": "float32"}
_COORDINATES = {"x": "-{first}.x", "y": "-{first}.y", "z": "{first}.z"}
_RAS = {"x": "{first}.x", "y": "{first}.y", "z": "{first}.z"}
_PLACES = {"i": "{first}.i", "j": "{first}.j", "k": "{first}.k", "t": "{first}.t",
           "l": "np.arange({first}.shape[-1])"}  # fmt: skip


def translate(command: str | Sequence[str]) -> Translation:
    """Translate a command of 3dcalc.

    Parameters
    ----------
    command : str or sequence of str
        The command, with the name of the program.

    Raises
    ------
    TranslationError
        An option or a function is unknown, or cannot be said exactly.
    """
    return _Calc(Words(command)).translated()


class _Calc:
    """What the options of a command have said."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.steps = Steps()
        self.datasets: dict[str, str] = {}
        self.expression = ""
        self.out_file = "calc.nii.gz"
        self.dtype = ""
        self.coordinates = _COORDINATES

    def translated(self) -> Translation:
        self.words.next("3dcalc")
        while self.words:
            self._option(self.words.next(""))
        if not self.expression:
            raise self.words.wrong("-expr with the expression is missing")
        if not self.dtype:
            self.steps.note("the file is float32; 3dcalc takes the type of its first dataset")
        result = _Expression(self).result()
        return self.steps.translation(result, self.out_file, self.dtype or "float32")

    def _option(self, name: str) -> None:
        if re.fullmatch("-[a-z]", name):
            self.datasets[name[1]] = self._dataset(self.words.next("a dataset"))
            return
        if name not in OPTIONS:
            raise self.words.wrong(f"{name} is no option of 3dcalc that is known here")
        if OPTIONS[name]:
            raise self.words.wrong(f"{name} cannot be translated: {OPTIONS[name]}.")
        if name == "-expr":
            self.expression = self.words.next("the expression")
        elif name == "-prefix":
            self.out_file = self.words.next("the name of the result")
        elif name == "-datum":
            self.dtype = self._type(self.words.next("the type"))
        elif name[1:] in _DTYPES:
            self.dtype = _DTYPES[name[1:]]
        elif name in ("-LPI", "-SPM"):
            self.coordinates = _RAS
        elif name in _WITH_VALUE:
            self.words.next("its value")

    def _type(self, name: str) -> str:
        if name not in _DTYPES:
            raise self.words.wrong(f"-datum {name} has no equal here", 2)
        return _DTYPES[name]

    def _dataset(self, word: str) -> str:
        """Return the text that stands for a dataset, with its sub-bricks."""
        file, bracket, bricks = word.partition("[")
        if "<" in word or re.match(r"[a-z][+-][ijkl]$", word) or "{" in file:
            raise self.words.wrong(
                f"{word!r} selects values or neighbours; write the condition into the formula"
            )
        name = self.steps.input(file)
        if not bracket:
            return name
        span = re.fullmatch(r"(\d+)(\.\.(\d+|\$)(\((\d+)\))?)?\]", bricks.strip("'\""))
        if span is None:
            raise self.words.wrong(f"the sub-bricks {bracket}{bricks} are no number and no span")
        first, dots, last, _, step = span.groups()
        if not dots:
            return f"{name}[..., {first}]"
        stop = "" if last == "$" else str(int(last) + 1)
        return f"{name}[..., {first}:{stop}{':' + step if step else ''}]"


_BINARY: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


_FAMILIES = {"3": ("t", 1), "4": ("f", 2), "5": ("norm", 0), "6": ("chi2", 1), "7": ("beta", 2)}
"""Distributions by NIfTI's numbers, with how many parameters they have."""


class _Expression:
    """An expression of 3dcalc, which Python can read when ``^`` is written ``**``."""

    def __init__(self, calc: _Calc) -> None:
        self.calc = calc

    def result(self) -> str:
        text = self.calc.expression.lower().replace("^", "**").strip()
        # Functions here, words of the language in Python.
        text = re.sub(r"\b(and|or|not)(?=\s*\()", r"\1_", text)
        try:
            tree = ast.parse(text, mode="eval").body
        except SyntaxError:
            raise self._wrong("the expression cannot be read") from None
        return self.calc.steps.bind("result", _bare(self._text(tree)))

    def _wrong(self, message: str) -> Exception:
        return self.calc.words.wrong(message, 0)

    def _text(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=int() | float() as value):
                return repr(value)
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"(-{self._text(operand)})"
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._text(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self._text(left), right)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, [self._text(one) for one in arguments])
        raise self._wrong(f"{ast.unparse(node)!r} is no part of an expression of 3dcalc")

    def _name(self, name: str) -> str:
        if name in self.calc.datasets:
            return self.calc.datasets[name]
        if name == "pi":
            return "np.pi"
        place = (self.calc.coordinates | _PLACES).get(name)
        first = next(iter(self.calc.steps.inputs), "")
        if place is None or not first:
            raise self._wrong(f"`{name}` in the expression is no dataset: give it with -{name}")
        text = place.format(first=first)
        return f"({text})" if text.startswith("-") else text

    def _binary(self, op: ast.operator, x: str, right: ast.expr) -> str:
        y = self._text(right)
        sign = _BINARY.get(type(op))
        if sign:
            return f"({x} {sign} {y})"
        if isinstance(op, ast.Div):
            if isinstance(right, ast.Constant) and right.value:
                return f"({x} / {y})"
            self.calc.steps.note("/: x / 0 is 0, not inf")
            y = self._once(y, "divisor")
            return f"np.where({y} != 0, {x} / {y}, 0)"
        if isinstance(op, ast.Pow) and isinstance(right, ast.Constant):
            return f"({x} ** {y})"
        if isinstance(op, ast.Pow):
            raise self._wrong(
                "a power that is no positive number has rules of its own in 3dcalc, which are not "
                "documented"
            )
        raise self._wrong("an operator is none of + - * / **")

    def _once(self, text: str, wish: str) -> str:
        """Return a name for what is needed more than once."""
        if text.isidentifier() or number(_bare(text)) is not None:
            return text
        return self.calc.steps.bind(wish, _bare(text))

    def _call(self, name: str, given: list[str]) -> str:
        row = AFNI_FUNCTIONS.get(name.rstrip("_"))
        if row is None:
            raise self._wrong(f"{name} is no function of 3dcalc")
        if row.refused:
            raise self._wrong(f"{name} cannot be translated: {row.refused}.")
        if row.takes != ANY and len(given) != len(row.takes):
            raise self._wrong(f"{name} takes {len(row.takes)} arguments, not {len(given)}")
        self.calc.steps.note(f"{name}: {row.note}" if row.note else "")
        if "code" in row.takes:
            return self._of_code(name, given)
        # What a line has twice is computed once, and read once.
        given = [self._once(one, "part") for one in given]
        return self._written(row, given)

    def _of_code(self, name: str, given: list[str]) -> str:
        """Return a distribution that is named by NIfTI's number."""
        x, code, *parameters = given
        if code not in _FAMILIES:
            raise self._wrong(f"{name}: the code has to be one of {', '.join(_FAMILIES)}")
        family, count = _FAMILIES[code]
        function = "cdf" if name == "stat2cdf" else "ppf"
        return f"stats.{family}.{function}({', '.join([x, *parameters[:count]])})"

    def _written(self, row: Row, given: list[str]) -> str:
        if row.takes == ANY:
            if row.name == "choose" and number(given[0]) is not None:
                return given[int(given[0])]
            values = {key: make(self._filled(given)) for key, make in _LISTS.items()}
        else:
            values = dict(zip(row.takes, given, strict=True))
        values["x"] = given[0]
        for line in row.lines[:-1]:
            key, _, formula = line.partition(" = ")
            values[key] = self.calc.steps.bind(key, formula.format(**values))
        text = row.lines[-1].format(**values)
        return text if text.endswith(")") or text.isidentifier() else f"({text})"

    def _filled(self, given: Sequence[str]) -> list[str]:
        """Return arguments that can be stacked: numbers as images behind the first."""
        image = next((one for one in given if number(_bare(one)) is None), "")
        first, *others = given
        return [
            first,
            *(
                f"np.full_like({image}, {one})"
                if image and number(_bare(one)) is not None
                else one
                for one in others
            ),
        ]


def _listed(parts: Sequence[str]) -> str:
    return f"np.stack([{', '.join(parts)}])"


def _joined(sign: str, parts: Sequence[str], condition: str) -> str:
    return f" {sign} ".join(f"({part} {condition})" for part in parts)


def _halves(given: Sequence[str], pick: str) -> str:
    first = given[: len(given) // 2]
    best = f"np.{pick}({_listed(first)}, axis=0)"
    return "[" + ", ".join(f"{part} == {best}" for part in first) + "]"


_LISTS: Mapping[str, Callable[[list[str]], str]] = {
    "list": _listed,
    "others": lambda given: _listed(given[1:]),
    "n": lambda given: str(len(given)),
    "all": lambda given: _joined("&", given, "!= 0"),
    "some": lambda given: _joined("|", given, "!= 0"),
    "count": lambda given: f"np.sum({_listed(given)} != 0, axis=0)",
    "count_others": lambda given: f"np.sum({_listed(given[1:])} != 0, axis=0)",
    "equal_others": lambda given: _joined("|", given[1:], f"== {given[0]}"),
    "listed_others": lambda given: "[" + ", ".join(given[1:]) + "]",
    "numbered_others": lambda given: (
        "[" + ", ".join(f"{given[0]} == {k}" for k in range(1, len(given))) + "]"
    ),
    "first_is_max": lambda given: _halves(given, "max"),
    "first_is_min": lambda given: _halves(given, "min"),
    "second_half": lambda given: "[" + ", ".join(given[len(given) // 2 :]) + "]",
}
"""What stands for several arguments in the lines of a function."""


def _bare(text: str) -> str:
    """Return an expression without brackets around all of it."""
    if text.startswith("(") and text.endswith(")"):
        depth = 0
        for place, sign in enumerate(text):
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth == 0:
                return text[1:-1] if place == len(text) - 1 else text
    return text
