"""The expressions of 3dcalc, which Python can read when ``^`` is written ``**``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from nipype_mathimg.translate.afni_functions import AFNI_FUNCTIONS, ANY
from nipype_mathimg.translate.rows import Row
from nipype_mathimg.translate.translation import Steps
from nipype_mathimg.translate.words import Words, number

__all__ = ["Expression"]

_PLACES = {"i": "{first}.i", "j": "{first}.j", "k": "{first}.k", "t": "{first}.t",
           "l": "np.arange({first}.shape[-1])"}  # fmt: skip

_BINARY: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


_FAMILIES = {"3": ("t", 1), "4": ("f", 2), "5": ("norm", 0), "6": ("chi2", 1), "7": ("beta", 2)}
"""Distributions by NIfTI's numbers, with how many parameters they have."""


class Expression:
    """An expression, and the lines that it becomes."""

    def __init__(
        self,
        words: Words,
        steps: Steps,
        datasets: Mapping[str, str],
        coordinates: Mapping[str, str],
    ) -> None:
        self.words = words
        self.steps = steps
        self.datasets = datasets
        self.symbols = {**coordinates, **_PLACES}

    def result(self, expression: str) -> str:
        """Write the lines of an expression, and return the name of the last."""
        text = expression.lower().replace("^", "**").strip()
        # Functions here, words of the language in Python.
        text = re.sub(r"\b(and|or|not)(?=\s*\()", r"\1_", text)
        try:
            tree = ast.parse(text, mode="eval").body
        except SyntaxError:
            raise self._wrong("the expression cannot be read") from None
        return self.steps.bind("result", _bare(self._text(tree)))

    def _wrong(self, message: str) -> Exception:
        return self.words.wrong(message, 0)

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
        if name in self.datasets:
            return self.datasets[name]
        if name == "pi":
            return "np.pi"
        place = self.symbols.get(name)
        first = next(iter(self.steps.inputs), "")
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
            self.steps.note("/: x / 0 is 0, not inf")
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
        return self.steps.bind(wish, _bare(text))

    def _call(self, name: str, given: list[str]) -> str:
        row = AFNI_FUNCTIONS.get(name.rstrip("_"))
        if row is None:
            raise self._wrong(f"{name} is no function of 3dcalc")
        if row.refused:
            raise self._wrong(f"{name} cannot be translated: {row.refused}.")
        if row.takes != ANY and len(given) != len(row.takes):
            raise self._wrong(f"{name} takes {len(row.takes)} arguments, not {len(given)}")
        self.steps.note(f"{name}: {row.note}" if row.note else "")
        if name == "pleg":
            return self._polynomial(*given)
        if "code" in row.takes:
            return self._of_code(name, given)
        # What a line has twice is computed once, and read once.
        given = [self._once(one, "part") for one in given]
        return self._written(row, given)

    def _polynomial(self, order: str, x: str) -> str:
        """Return a polynomial of Legendre, by the scheme of Horner."""
        import numpy as np

        if not order.isdigit() or int(order) > 20:
            raise self._wrong("pleg: the order has to be a number up to 20")
        x = self._once(x, "part")
        weights = np.polynomial.legendre.leg2poly([0] * int(order) + [1]).tolist()
        text = repr(weights.pop())
        while weights:
            text = f"({text} * {x} + {weights.pop()!r})"
        return text

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
            values[key] = self.steps.bind(key, formula.format(**values))
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
