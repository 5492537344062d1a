"""What was meant by words that a command does not take."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.images.files.containers import CONTAINERS

if TYPE_CHECKING:
    import click

__all__ = [
    "as_meant",
    "inputs_of",
    "is_file",
    "no_option",
    "of_other_commands",
    "order_of",
    "said_elsewhere",
]

_ELSEWHERE = {
    "OUT_FILE": (
        {"--out", "--out-file", "--out_file", "--outfile", "--output-file", "--result"},
        "The file of the result stands alone behind FORMULA, as in FORMULA OUT_FILE",
    ),
    "--overwrite": (
        {"-f", "-force", "--force", "--clobber", "--replace"},
        "Replace files that exist with --overwrite",
    ),
}
"""For an argument or option the names that it has in other programs, and what is said of them."""

_OPERATOR = re.compile(r"[-+*/%@]|\*\*|//|[=!]=")
_OPERAND = re.compile(r"\w+|[\d.]+")
"""Words between the blanks of a formula, which come through a shell as they are."""


def said_elsewhere(option: str, parameters: Iterable[click.Parameter]) -> str:
    """Return what is said of an option of other programs, where a command has the same."""
    own = {name for one in parameters for name in (*one.opts, one.human_readable_name)}
    found = (
        said for name, (others, said) in _ELSEWHERE.items() if name in own and option in others
    )
    return next(found, "")


def of_other_commands(ctx: click.Context, option: str) -> str:
    """Return what is said of an option that other commands have, and this one has not."""
    group: Any = ctx.parent and ctx.parent.command
    names = group.list_commands(ctx) if group else []
    having = [
        name
        for name in names
        if any(option in one.opts for one in group.get_command(ctx, name).params)
    ]
    return f"It is one of {', '.join(having)}; leave it out here." if having else ""


def no_option(command: str, words: Sequence[str], parameters: Iterable[click.Parameter]) -> str:
    """Return what is said of a word with one ``-`` that is no option, and what is behind it."""
    said = f"There is no option {words[0]}; see mathimg {command} --help."
    if meant := said_elsewhere(words[0], parameters):
        return f"There is no option {words[0]}. {meant}"
    name = words[0][1:]
    if len(words) > 1 and is_file(words[1]) and name.isidentifier():
        said += f" Give an input with -i {name}={words[1]}."
    return said


def inputs_of(formulas: Sequence[str]) -> tuple[str, ...]:
    """Return the free names of a formula, where there is one without a mistake."""
    from nipype_mathimg.formula.program import input_names  # for errors alone

    try:
        return tuple(name for formula in formulas for name in input_names(formula))
    except FormulaError:
        return ()


def as_meant(words: Sequence[str], surplus: str) -> str:
    """Return how words are written of which one is too many.

    Parameters
    ----------
    words : sequence of str
        The formula, and all behind it that is no option.
    surplus : str
        The first that is too many.
    """
    if _is_taken_apart(words):
        return (
            "Put FORMULA in quotes: without them the shell takes it apart at blanks, and puts the "
            "names of files in the place of *."
        )
    # Who gives the input first, and the file of the result behind it, means the first; of several
    # that exist any may be it.
    there = [word for word in words[1:] if os.path.exists(word)]
    if len(there) > 1 and "=" not in surplus:
        return f"Each input has its name: -i {_only_name(words[0])}=FILE."
    return _as_input(surplus if "=" in surplus or not there else there[0], words[0])


def _is_taken_apart(words: Sequence[str]) -> bool:
    """Tell whether words are a formula without quotes, as a shell leaves it, and what follows."""
    # Blanks and brackets come through in quotes only.
    if re.search(r"[\s()]", words[0]):
        return False
    if any(_OPERATOR.fullmatch(word) for word in words[1:]):
        return True
    # What a shell makes of *, between two names or numbers.
    files = {name for name in os.listdir() if not name.startswith(".")}
    others = [word for word in words[1:] if word not in files]
    return files < {*words[1:]} and any(_OPERAND.fullmatch(word) for word in others)


def _only_name(formula: str) -> str:
    names = inputs_of([formula])
    return names[0] if len(names) == 1 else "NAME"


def _as_input(word: str, formula: str) -> str:
    """Return how a word that is too many is given as an input."""
    if re.match(r"[^\W\d]\w*=", word):
        return f"Each input has its own -i: write -i {word}."
    if not is_file(word):
        return "Give an input with -i NAME=FILE."
    return f"Give an input with -i {_only_name(formula)}={word}."


def is_file(word: str) -> bool:
    """Tell whether a word names an image."""
    return word.lower().endswith(tuple(CONTAINERS)) and not word.startswith("@")


def order_of(command: str, words: Sequence[str], count: int) -> str:
    """Return what is said of a file in the place of the formula."""
    formula = next((word for word in words if not is_file(word)), "FORMULA")
    shown = f"'{formula}' {words[0]}" if count > 1 else f"'{formula}' -i NAME={words[0]}"
    return f"The formula comes first; write mathimg {command} {shown}"
