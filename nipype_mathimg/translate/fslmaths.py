"""``fslmaths``: one image at a time goes through a chain of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from nipype_mathimg.errors import nearest
from nipype_mathimg.translate import kernels
from nipype_mathimg.translate.files import Facts, facts_of, with_suffix
from nipype_mathimg.translate.fslmaths_given import (
    NEEDS_HEADER,
    NEEDS_KERNEL,
    roi,
    with_kernel,
)
from nipype_mathimg.translate.fslmaths_rows import FSLMATHS, KERNELS
from nipype_mathimg.translate.kernels import Kernel
from nipype_mathimg.translate.rows import Lines, Row
from nipype_mathimg.translate.translation import Steps, Translation
from nipype_mathimg.translate.words import Words, number

__all__ = ["translated"]

_DTYPES = {"char": "uint8", "short": "int16", "int": "int32", "float": "float32",
           "double": "float64"}  # fmt: skip
_RANGES = {"uint8": (0, 255), "int16": (-(2**15), 2**15 - 1), "int32": (-(2**31), 2**31 - 1)}

_OVER_T = ("-T", "-bptf", "-pval", "-cpval", "-rank")


def translated(words: Words, assumed: Facts | None = None) -> Translation:
    """Translate a command of fslmaths, or of niimath, whose name has been read.

    Parameters
    ----------
    words : Words
        What stands behind the name.
    assumed : Facts, optional
        What is taken for the header of files that do not exist.

    Raises
    ------
    TranslationError
        An operation is unknown, or cannot be said exactly.
    """
    return _Chain(words, assumed).translated()


class _Chain:
    """The state of fslmaths between two operations."""

    def __init__(self, words: Words, assumed: Facts | None) -> None:
        self.words = words
        self.assumed = assumed
        self.steps = Steps()
        self.kernel = kernels.box((3, 3, 3))
        self.saved: dict[str, str] = {}
        self.dtype = "float32"
        self.current = ""
        self.facts: Facts | None = None

    def translated(self) -> Translation:
        """Read all of the command."""
        if self.words.peek() == "-dt":
            self._internal()
        self._begin(self._file("the first image"))
        while self.words.peek().startswith("-") and self.words.peek() != "-odt":
            self._operation()
        out_file = with_suffix(self.words.next("the name of the result"))
        if self.words.peek() == "-odt":
            self._output()
        if self.words:
            word = self.words.next("")
            raise self.words.wrong(f"{word!r} stands behind the result; only -odt may")
        return self._finished(out_file)

    def _finished(self, out_file: str) -> Translation:
        steps, outputs = self.steps, {}
        if self.saved:
            result = steps.bind("result", self.current)
            outputs = {**self.saved, result: out_file}
        return steps.translation(self.current, out_file, self.dtype, outputs)

    def _internal(self) -> None:
        self.words.next("")
        kind = self.words.next("the datatype of -dt")
        if kind == "double":
            self.dtype = "float64"
        elif kind != "float":
            raise self.words.wrong(
                f"-dt {kind} computes in integers that wrap around, or in a type that depends on "
                "the file; formulas do not. Leave it out",
                2,
            )

    def _output(self) -> None:
        self.words.next("")
        kind = self.words.next("the datatype of -odt")
        if kind not in _DTYPES:
            raise self.words.wrong(
                f"-odt {kind} has no equal here; there are {', '.join(_DTYPES)}", 2
            )
        self.dtype = _DTYPES[kind]
        if self.dtype in _RANGES:
            x, (low, high) = self.current, _RANGES[self.dtype]
            whole = f"np.trunc({x} + np.copysign(0.5, {x}))"
            self.current = self.steps.bind("whole", f"np.clip({whole}, {low}, {high})")
            self.steps.note("-odt rounds halves away from 0, and cuts off what does not fit")

    def _file(self, what: str) -> str:
        word = self.words.next(what)
        if word.startswith("-"):
            raise self.words.wrong(f"{word!r} stands where {what} is expected")
        return with_suffix(word)

    def _begin(self, file: str) -> str:
        self.facts = facts_of(file) or self.assumed
        self.current = self.steps.input(file)
        if self.dtype == "float64":
            self.current = self.steps.bind(self.current, f'{self.current}.astype("float64")')
        return self.current

    # --- one operation -------------------------------------------------------------------------

    def _operation(self) -> None:
        name = self.words.next("")
        if name == "-kernel":
            self._set_kernel()
            return
        row = FSLMATHS.get(name)
        if row is None:
            raise self.words.wrong(_unknown(name))
        begun = self.words.at
        given = {key: self._argument(kind, key) for kind, key in map(_split, row.takes)}
        count = self.words.at - begun + 1
        if row.refused:
            raise self.words.wrong(f"{name} cannot be translated: {row.refused}.", count)
        if name == "-save":
            file = with_suffix(given["w"])
            self.saved[self.steps.bind(PurePath(file).name.split(".")[0], self.current)] = file
        elif name == "-restart":
            self._begin(self.steps.inputs[given["m"]])
        else:
            self._write(row, given, count)
            self._learn(name)
        self.steps.note(f"{name}: {row.note}" if row.note else "")

    def _argument(self, kind: str, key: str) -> str:
        what = f"the argument {key!r}"
        if kind == "word":
            return self.words.next(what)
        text = number(self.words.peek()) if kind != "image" else None
        if text is None and kind in ("image", "either"):
            return self._image(self._file(what))
        word = self.words.next(what)
        if text is None or (kind == "whole" and not text.lstrip("-").isdigit()):
            whole = "a whole number" if kind == "whole" else "a number"
            raise self.words.wrong(f"{word!r} stands where {whole} is expected")
        return text

    def _image(self, file: str) -> str:
        facts = facts_of(file)
        if self.facts is not None and facts is not None and facts.run:
            self.facts = self.facts.changed(run=True)
        return self.steps.input(file)

    def _write(self, row: Row, given: Mapping[str, str], count: int) -> None:
        values = {"x": self.current, **given}
        lines = row.lines
        if row.of_number and values["v"] not in self.steps.inputs:
            lines = row.of_number
            if float(values["v"]) == 0:
                raise self.words.wrong(f"{row.name} 0 has no sense", count)
        if row.name in NEEDS_KERNEL:
            values |= with_kernel(self.kernel, self.current)
        if row.name in NEEDS_HEADER:
            values |= NEEDS_HEADER[row.name](self.current, self._header(row.name, count))
        if row.name == "-fmedian":
            lines = self._median(count)
        elif row.name == "-roi":
            lines = (roi(self.current, list(given.values()), self._is_run()),)
        self._known_to_be_a_run(row.name)
        for line in lines[:-1]:
            key, _, formula = line.partition(" = ") if " = " in line else ("", "", line)
            values[key] = self.steps.bind(key, formula.format(**values))
        self.current = self.steps.bind(_wish(row.name), lines[-1].format(**values))

    def _known_to_be_a_run(self, name: str) -> None:
        if not name.startswith(_OVER_T):
            return
        if self.facts is None:
            self.steps.note(f"{name}: the image has several volumes (of one, fslmaths keeps it)")
        elif not self.facts.run:
            raise self.words.wrong(f"{name} has nothing to do on an image of one volume")

    def _learn(self, name: str) -> None:
        """Follow what becomes of the axes."""
        if self.facts is None:
            return
        if name.startswith(("-T", "-pval", "-cpval")):
            self.facts = self.facts.changed(run=False)
        shape = list(self.facts.shape)
        if name.startswith("-subsamp2"):
            shape = [(length + 1) // 2 for length in shape]
        elif name[1] in "XYZ":
            shape["XYZ".index(name[1])] = 1
        self.facts = self.facts.changed(shape=tuple(shape))

    def _median(self, count: int) -> Lines:
        if not self.kernel.widths:
            raise self.words.wrong(
                "-fmedian cannot be translated for this kernel: how many of its voxels lie inside "
                "of the image, at a border, is not known beforehand. It can for -kernel 3D, 2D, "
                "boxv and boxv3",
                count,
            )
        return self.kernel.median(self.current)

    def _is_run(self) -> bool:
        if self.facts is None:
            self.steps.note("-roi: the image has several volumes, unless all of t is taken")
        return self.facts is None or self.facts.run

    def _header(self, name: str, count: int) -> Facts:
        """Return what is known of the current image."""
        if self.facts is None:
            raise self.words.wrong(
                f"{name} depends on the header of the image: name a file that exists", count
            )
        return self.facts

    def _set_kernel(self) -> None:
        kind = self.words.next("the kind of -kernel")
        row = KERNELS.get(f"-kernel {kind}")
        if row is None:
            raise self.words.wrong(_unknown(f"-kernel {kind}"), 2)
        given = [self._argument(*_split(one)) for one in row.takes]
        count = 2 + len(given)
        if row.refused:
            raise self.words.wrong(f"{row.name} cannot be translated: {row.refused}.", count)
        if any(float(one) <= 0 for one in given):
            raise self.words.wrong(f"{row.name} takes sizes above 0", count)
        self.kernel = _KERNELS[kind](given)
        self.steps.note(f"{row.name}: {row.note}" if row.note else "")


_KERNELS: Mapping[str, Callable[[Sequence[str]], Kernel]] = {
    "3D": lambda _: kernels.box((3, 3, 3)),
    "2D": lambda _: kernels.box((3, 3, 1)),
    "box": lambda given: kernels.box_of_mm(given[0]),
    "boxv": lambda given: kernels.box([int(given[0])] * 3),
    "boxv3": lambda given: kernels.box([int(width) for width in given]),
    "gauss": lambda given: kernels.gauss(given[0]),
    "sphere": lambda given: kernels.ball(given[0]),
}


def _split(argument: str) -> tuple[str, str]:
    kind, _, name = argument.partition(":")
    return kind, name


def _wish(name: str) -> str:
    return {"-s": "smooth", "-T": "over_t"}.get(name, name.lstrip("-"))


_LISTED = " See `mathimg guide from_fslmaths` for those that are."


def _unknown(name: str) -> str:
    meant = nearest(name, (*FSLMATHS, *KERNELS))
    return f"{name} is no operation of fslmaths that is known here.{meant or _LISTED}"
