"""A translated command: the program, its inputs, and how it is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePath

from nipype_mathimg.frozen import Frozen

__all__ = ["Steps", "Translation"]


class Translation(Frozen):
    """What a command of another program is here.

    Parameters
    ----------
    program : str
        The formula.
    inputs : mapping of str to str
        The file of each free name, in order of appearance.
    out_file : str
        Where the result goes; empty where the command prints it.
    outputs : mapping of str to str
        The files of named results, where there are several.
    dtype : str
        That of the files.
    notes : tuple of str
        Where a formula that looks natural gives something else, and what is taken for granted.
    """

    program: str
    inputs: Mapping[str, str]
    out_file: str
    outputs: Mapping[str, str]
    dtype: str
    notes: tuple[str, ...]

    @property
    def donor(self) -> str:
        """The input whose header the result gets: the first, as in all of these programs."""
        return next(iter(self.inputs), "")

    def command(self) -> str:
        """Return the command line that computes it."""
        words = ["mathimg", "img", self.program]
        if self.outputs:
            words += [w for name, file in self.outputs.items() for w in ("-o", f"{name}={file}")]
        else:
            words.append(self.out_file)
        words += [word for name, file in self.inputs.items() for word in ("-i", f"{name}={file}")]
        words += ["--copy-header-from", self.donor, "--dtype", self.dtype]
        return shlex.join(words)

    def text(self) -> str:
        """Return the program, with the files of its names as comments."""
        files = [f"# {name}: {file}" for name, file in self.inputs.items()]
        return "\n".join([*files, self.program])


class Steps:
    """The lines of a program while they are written, and the names that are taken."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.inputs: dict[str, str] = {}
        self.notes: list[str] = []
        self._taken: set[str] = set()

    def name(self, wish: str) -> str:
        """Return a name that is free and that a formula may have."""
        from nipype_mathimg.formula.functions import OWN
        from nipype_mathimg.formula.program import is_input_name

        base = re.sub(r"\W+", "_", wish, flags=re.ASCII).strip("_") or "img"
        base = base if is_input_name(base) and base not in OWN else f"img_{base}"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}{number}"
        self._taken.add(name)
        return name

    def input(self, file: str) -> str:
        """Return the name of an image; the same for the same file."""
        for name, known in self.inputs.items():
            if known == file:
                return name
        name = self.name(PurePath(file).name.split(".")[0])
        self.inputs[name] = file
        return name

    def bind(self, wish: str, formula: str) -> str:
        """Write a line, and return its name."""
        name = self.name(wish)
        # Double quotes, because a shell takes the program between single ones.
        self.lines.append(f"{name} = {formula}".replace("'", '"'))
        return name

    def note(self, text: str) -> None:
        """Remember what the reader should know, once."""
        if text and text not in self.notes:
            self.notes.append(text)

    def translation(
        self, result: str, out_file: str, dtype: str, outputs: Mapping[str, str] | None = None
    ) -> Translation:
        """Return all of it, without lines and images that no result needs."""
        program = self._program(*(outputs or [result]))
        names = _names_in(program)
        inputs = {
            name: file
            for place, (name, file) in enumerate(self.inputs.items())
            if place == 0 or name in names  # the first gives the header
        }
        return Translation(program, inputs, out_file, outputs or {}, dtype, tuple(self.notes))

    def _program(self, *results: str) -> str:
        """Return the lines; the last is the result, without a name, where there is only one."""
        wanted, kept = set(results), list[str]()
        for line in reversed(self.lines):
            name, _, formula = line.partition(" = ")
            if name in wanted:
                wanted |= _names_in(formula)
                kept.insert(0, line)
        if len(results) > 1:
            return "\n".join(kept)
        last = f"{results[0]} = "
        if kept and kept[-1].startswith(last):
            return "\n".join([*kept[:-1], kept[-1].removeprefix(last)])
        return "\n".join([*kept, results[0]])


def _names_in(formula: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", formula))
