"""``3dcalc`` of AFNI: an expression in one-letter names, voxel by voxel."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nipype_mathimg.translate.afni_expression import Expression
from nipype_mathimg.translate.translation import Steps, Translation
from nipype_mathimg.translate.words import Words

__all__ = ["OPTIONS", "translated"]

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


def translated(words: Words) -> Translation:
    """Translate a command of 3dcalc, whose name has been read.

    Raises
    ------
    TranslationError
        An option or a function is unknown, or cannot be said exactly.
    """
    return _Calc(words).translated()


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
        while self.words:
            self._option(self.words.next(""))
        if not self.expression:
            raise self.words.wrong("-expr with the expression is missing")
        if not self.dtype:
            self.steps.note("the file is float32; 3dcalc takes the type of its first dataset")
        expression = Expression(self.words, self.steps, self.datasets, self.coordinates)
        result = expression.result(self.expression)
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
