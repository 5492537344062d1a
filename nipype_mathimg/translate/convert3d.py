"""``c3d`` of Convert3D: images on a stack, commands on its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from nipype_mathimg.formula.functions.index import ORIENTATIONS, WORLD
from nipype_mathimg.translate.convert3d_rows import BINARY, CONVERT3D, OF_ALL, SPLIT
from nipype_mathimg.translate.rows import Row
from nipype_mathimg.translate.translation import Steps, Translation
from nipype_mathimg.translate.words import Words, number

__all__ = ["translated"]

_DTYPES = {"char": "int8", "uchar": "uint8", "byte": "uint8", "short": "int16",
           "ushort": "uint16", "int": "int32", "uint": "uint32", "float": "float32",
           "double": "float64"}  # fmt: skip
_WITHOUT_EFFECT = ("-compress", "-no-compress", "-verbose", "-noverbose", "-round", "-spm",
                   "-nospm")  # fmt: skip


def translated(words: Words) -> Translation:
    """Translate a command of c3d, whose name has been read.

    Raises
    ------
    TranslationError
        A command is unknown, or cannot be said exactly.
    """
    return _Stack(words).translated()


class _Stack:
    """The images that a command has read and made."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.steps = Steps()
        self.images: list[str] = []
        self.variables: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.dtype = "float32"
        self.rounds = True

    def translated(self) -> Translation:
        while self.words:
            self._word(self.words.next(""))
        if not self.outputs:
            raise self.words.wrong("-o with the name of the result is missing")
        self.steps.note("images are read as they are, where c3d reads NaN as 0")
        if len(self.outputs) > 1:
            return self.steps.translation("", "", self.dtype, self.outputs)
        ((name, file),) = self.outputs.items()
        return self.steps.translation(name, file, self.dtype)

    def _word(self, word: str) -> None:
        if not word.startswith("-"):
            self.images.append(self.steps.input(word))
            return
        row = CONVERT3D.get(word)
        if row is None:
            raise self.words.wrong(f"{word} is no command of c3d that is known here")
        if row.refused:
            raise self.words.wrong(f"{word} cannot be translated: {row.refused}.")
        if word in _SPECIAL:
            _SPECIAL[word](self)
        elif word not in _WITHOUT_EFFECT:
            self._compute(row)
        self.steps.note(f"{word}: {row.note}" if row.lines and row.note else "")

    def _compute(self, row: Row) -> None:
        given: dict[str, str] = {}
        for one in row.takes:
            kind, _, name = one.partition(":")
            given[name] = _READ[kind](self, self.words.next(f"the argument of {row.name}"))
        given |= _shaped(row.name, given)
        if row.name in OF_ALL:
            given["all"], self.images = ", ".join(self.images), self.images[-1:]
        given["x"] = self.pop()
        if row.name in BINARY:
            given["y"] = self.pop()
        if row.name == "-retain-labels":
            given["list"] = ", ".join(self.numbers())
        for line in row.lines[:-1]:
            key, _, formula = line.partition(" = ")
            given[key] = self.steps.bind(key, formula.format(**given))
        result = row.lines[-1].format(**given)
        for part in [f"[..., {k}]" for k in range(3)] if row.name in SPLIT else [""]:
            self.push(row.name[1:], result + part)

    def push(self, wish: str, formula: str) -> None:
        self.images.append(self.steps.bind(wish, formula))

    def pop(self) -> str:
        if not self.images:
            raise self.words.wrong("there is no image on the stack")
        return self.images.pop()

    def numbers(self) -> list[str]:
        """Return the numbers that follow."""
        found = []
        while (text := number(self.words.peek())) is not None:
            self.words.next("")
            found.append(text)
        return found

    def body(self, end: str) -> list[str]:
        """Return the words up to the end of a loop."""
        found: list[str] = []
        while (word := self.words.next(end)) != end:
            found.append(word)
        return found

    def run(self, words: Sequence[str]) -> None:
        """Carry out words on this stack."""
        outer, self.words = self.words, Words(words)
        while self.words:
            self._word(self.words.next(""))
        self.words = outer


# --- arguments -----------------------------------------------------------------------------------


def _number(stack: _Stack, word: str) -> str:
    text = number(word) if word != "-inf" else "-np.inf"
    if text is None:
        raise stack.words.wrong(
            f"{word!r} stands where a number is expected; percentages of c3d are ranks, without "
            "interpolation"
        )
    return text


def _vector(stack: _Stack, word: str) -> str:
    parts = word.removesuffix("vox").split("x")
    if not all(part.isdigit() for part in parts):
        raise stack.words.wrong(f"{word!r} is no number of voxels, as 1x1x1vox")
    return " ".join(parts * 3 if len(parts) == 1 else parts)


def _radius(stack: _Stack, word: str) -> str:
    parts = _vector(stack, word).split()
    if len(set(parts)) > 1:
        raise stack.words.wrong(f"{word!r}: only balls of one radius can be said")
    return parts[0]


def _window(stack: _Stack, word: str) -> str:
    widths = [2 * int(part) + 1 for part in _vector(stack, word).split()]
    return str(widths[0]) if len(set(widths)) == 1 else str(widths)


def _holes(stack: _Stack, word: str) -> str:
    if word not in ("0", "1"):
        raise stack.words.wrong(f"{word!r} is not 0 or 1")
    return ", box(3)" if word == "1" else ""


def _axis(stack: _Stack, word: str) -> str:
    if word not in ("x", "y", "z"):
        raise stack.words.wrong(f"{word!r} is none of x, y, z")
    return word


def _lengths(stack: _Stack, word: str) -> str:
    """Return a size in voxels or in mm, for each axis where they differ."""
    unit = "mm" if word.endswith("mm") else "vox"
    parts = [number(part) for part in word.removesuffix(unit).split("x")]
    if not word.endswith(unit) or None in parts:
        raise stack.words.wrong(f"{word!r} is no size in voxels or mm, as 2x2x3vox or 5mm")
    each = [f"{part}*mm" if unit == "mm" else str(part) for part in parts]
    return each[0] if len(each) == 1 else f"[{', '.join(each)}]"


def _code(stack: _Stack, word: str) -> str:
    """Return an orientation in nibabel's letters: where axes go, not where they come from."""
    opposite = {pair[k]: pair[1 - k] for pair in WORLD for k in (0, 1)}
    code = "".join(opposite.get(letter, letter) for letter in word.upper())
    if code not in ORIENTATIONS:
        raise stack.words.wrong(f"{word!r} is no orientation, as RAI")
    return code


_READ: Mapping[str, Callable[[_Stack, str], str]] = {
    "number": _number, "whole": _number, "vector": _vector, "radius": _radius,
    "window": _window, "holes": _holes, "axis": _axis, "lengths": _lengths, "code": _code,
}  # fmt: skip


def _shaped(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return slices and widths, from places and sizes."""
    if name == "-region":
        pairs = zip(given["begin"].split(), given["size"].split(), strict=True)
        return {"region": ", ".join(f"{a}:{int(a) + int(n)}" for a, n in pairs)}
    if name == "-histmatch":
        last = int(given["n"]) + 1
        return {"points": ", ".join(f"{k}/{last}" for k in range(last + 1))}
    if name == "-wrap":
        return {"steps": ", ".join(given["by"].split())}
    if name == "-pad":
        ends = zip(given["low"].split(), given["high"].split(), strict=True)
        return {"widths": ", ".join(f"[{a}, {b}]" for a, b in ends)}
    if name == "-hessobj":
        return _scales(*(float(given[key]) for key in ("d", "low", "high")))
    if name == "-slice":
        before = ":, " * "xyz".index(given["axis"])
        return {"slice": f"{before}{given['k']}:{int(given['k']) + 1}"}
    return {}


def _scales(dimension: float, low: float, high: float) -> dict[str, str]:
    """Return the scales of a search for objects: ten, by equal factors, unless both ends meet."""
    count = 1 if low == high else 10
    scales = (low * (high / low) ** (k / 9) for k in range(count))
    return {
        "scales": ", ".join(f"{scale:.12g}*mm" for scale in scales),
        "dimension": f"{abs(dimension):g}",
        "bright": str(dimension > 0),
    }


# --- the stack and files -------------------------------------------------------------------------


def _as(stack: _Stack) -> None:
    stack.variables[stack.words.next("a name")] = stack.images[-1]


def _push(stack: _Stack) -> None:
    name = stack.words.next("a name")
    if name not in stack.variables:
        raise stack.words.wrong(f"{name!r} has no image; -as {name} gives it one")
    stack.images.append(stack.variables[name])


def _popas(stack: _Stack) -> None:
    stack.variables[stack.words.next("a name")] = stack.pop()


def _pop(stack: _Stack) -> None:
    stack.pop()


def _pick(stack: _Stack) -> None:
    stack.images = [stack.images[int(place)] for place in stack.numbers()]


def _foreach(stack: _Stack) -> None:
    body, images, done = stack.body("-endfor"), stack.images, list[str]()
    for image in images:
        stack.images = [image]
        stack.run(body)
        done += stack.images
    stack.images = done


def _accum(stack: _Stack) -> None:
    body, (first, *others) = stack.body("-endaccum"), stack.images
    stack.images = [first]
    for image in others:
        stack.images.append(image)
        stack.run(body)


def _replace(stack: _Stack) -> None:
    pairs = stack.numbers()
    if not pairs or len(pairs) % 2:
        raise stack.words.wrong("-replace takes pairs of numbers")
    x = stack.pop()
    text = x
    for old, new in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
        text = f"np.where({x} == {old}, {new}, {text})"
    stack.push("replace", text)


def _wsum(stack: _Stack) -> None:
    weights = stack.numbers()
    images = [stack.pop() for _ in weights][::-1]
    parts = (f"{weight} * {image}" for weight, image in zip(weights, images, strict=True))
    stack.push("wsum", " + ".join(parts))


def _type(stack: _Stack) -> None:
    name = stack.words.next("a type")
    if name not in _DTYPES:
        raise stack.words.wrong(f"-type {name} has no equal here", 2)
    stack.dtype = _DTYPES[name]


def _noround(stack: _Stack) -> None:
    stack.rounds = False


def _output(stack: _Stack) -> None:
    file = stack.words.next("the name of the result")
    image = stack.images[-1] if stack.images else stack.pop()
    if "float" not in stack.dtype:
        image = f"np.floor({image} + 0.5)" if stack.rounds else f"np.trunc({image})"
    if image in stack.steps.inputs or not image.isidentifier() or image in stack.outputs:
        image = stack.steps.bind(PurePath(file).name.split(".")[0], image)
    stack.outputs[image] = file


_SPECIAL: Mapping[str, Callable[[_Stack], None]] = {
    "-as": _as,
    "-push": _push,
    "-popas": _popas,
    "-pop": _pop,
    "-dup": lambda stack: stack.images.append(stack.images[-1]),
    "-clear": lambda stack: stack.images.clear(),
    "-pick": _pick,
    "-foreach": _foreach,
    "-accum": _accum,
    "-replace": _replace,
    "-wsum": _wsum,
    "-weighted-sum": _wsum,
    "-type": _type,
    "-noround": _noround,
    "-o": _output,
}
