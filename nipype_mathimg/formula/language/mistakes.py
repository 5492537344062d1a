"""Mistakes in the text of a formula that are found before, or by, Python's own parser."""

from __future__ import annotations

import keyword
import re

from nipype_mathimg.errors import FormulaError, sentence
from nipype_mathimg.formula.language.marks import marks

__all__ = ["EQUALS", "MAX_LENGTH", "check_text", "syntax_error"]

MAX_LENGTH = 100_000
"""Longest formula, in characters."""

_PARTNERS = {")": "(", "]": "[", "}": "{"}
_CLOSING = {opened: closing for closing, opened in _PARTNERS.items()}

_SPELLINGS = {
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u00d7": "*",
    "\u00b7": "*",
    "\u00f7": "/",
    "\u2212": "-",
    "\u2013": "-",
    "\u00b2": "**2",
    "\u00b3": "**3",
    "\u201c": '"',
    "\u201d": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u221a": "np.sqrt(...)",
}
"""What documents and web pages show instead of what is typed."""

EQUALS = (
    "`=` gives a name to an expression, as in `mean = np.mean(img)` on a line of its own; "
    "comparisons are written `==`"
)
"""Where one ``=`` stands that gives no name."""

_WORDS = {
    **dict.fromkeys(("import", "from"), "leave that line out, `np.` and the others are known"),
    **dict.fromkeys(
        ("for", "while"), "leave it out: every function works on whole images and lists of them"
    ),
    **dict.fromkeys(("if", "elif", "else"), "write `np.where(condition, x, y)`"),
}
"""Words of Python that are refused, and what does their job."""

_ALONE = "write the expression alone"
"""What is said of all others: ``return``, ``def``."""

_OF_OTHERS = (
    (r"&&", "`&&` is written `&` here, between brackets: `(a > 0) & (b > 0)`"),
    (r"\|\|", "`||` is written `|` here, between brackets: `(a > 0) | (b > 0)`"),
    (r"!(?!=)", "`!` is written `~` here: `~(a > 0)`"),
    (r"\.[*/^]", "A dot before an operator is of other languages; leave it out: `a * b`"),
    (r"\$\w*", "The shell puts the value in place of `$` within double quotation marks only; "
     "write \"...\" around the formula, or give the value to an input"),
    (r"\?", "A choice is written `np.where(condition, x, y)`"),
    (r"(?<=\s)-(?:add|sub|mul|div|thr|thrp|uthr|mas|bin|abs|sqr|sqrt|max|min|T[a-z]+)\b",
     "This is an operation of fslmaths; see how a whole command is written here by "
     "`mathimg translate \"fslmaths ...\"`"),
)  # fmt: skip
"""What other languages and programs write, and how it is written here."""

_REWORDED = (
    ("Exceeds the limit", "The number is too large for 64 bits"),
    ("starred expression", "`*` before a name is not part of the formula language"),
    ("string literal", "A quotation mark is not closed"),
    (
        "invalid decimal literal",
        "This is not a number; between a number and a name stands `*`, as in `6*mm`",
    ),
    ("literal", "This is not a number"),
    (
        "positional argument follows",
        "Arguments with a name, as `axis=-1`, come last; put this one before them",
    ),
    ("'=='", EQUALS),
    ("assign", EQUALS),
    ("nested", "The formula is nested too deeply"),
    ("invalid character", "This character is not part of the formula language"),
)
"""What Python says, and what is said instead."""


def check_text(formula: str) -> None:
    """Refuse what is no text of a formula: nothing, too much, odd characters, lone brackets.

    Raises
    ------
    FormulaError
        The culprit is underlined.
    """
    if not formula.strip():
        raise FormulaError("The formula is empty; write an expression such as `img1 - img2`.")
    if len(formula) > MAX_LENGTH:
        raise FormulaError(
            f"The formula has {len(formula)} characters; the limit is {MAX_LENGTH}."
        )
    for place, character in enumerate(formula):
        if character in _SPELLINGS or not (character.isprintable() or character in "\t\n\r\f"):
            raise _error(_of_character(character), formula, place)
    _check_brackets(formula)


def _of_character(character: str) -> str:
    code = f"U+{ord(character):04X}"
    if character in _SPELLINGS:
        return _of_look_alike(character, _SPELLINGS[character])
    if character.isspace():
        return f"The character {code} is an unusual blank; write a plain one"
    return f"The invisible character {code} cannot be used; remove it"


def _of_look_alike(character: str, typed: str) -> str:
    return f"The character {character} (U+{ord(character):04X}) cannot be used; write `{typed}`"


def _check_brackets(formula: str) -> None:
    opened: list[tuple[str, int]] = []
    for mark, place in marks(formula, "()[]{}"):
        if mark in "([{":
            opened.append((mark, place))
            continue
        if not opened:
            raise _error(f"`{mark}` closes nothing; remove it", formula, place)
        partner, _ = opened.pop()
        if partner != _PARTNERS[mark]:
            raise _error(
                f"`{partner}` is closed by `{mark}`; write `{_CLOSING[partner]}`", formula, place
            )
    if opened:
        mark, place = opened[-1]
        raise _error(f"`{mark}` is not closed; add `{_CLOSING[mark]}`", formula, place)


def _offset(text: str, line: int, column: int) -> int:
    """Return the offset in a text of a line and a column, both counted from 1."""
    return sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1


def syntax_error(formula: str, text: str, error: SyntaxError, start: int = 0) -> FormulaError:
    """Say in words of the formula language what Python's parser did not like.

    Parameters
    ----------
    formula : str
        What the user wrote.
    text : str
        What was parsed: a part of the formula in parentheses.
    error : SyntaxError
        What was wrong, and where in `text`.
    start : int
        Where the part begins in the formula.
    """
    place = start + _offset(text, error.lineno or 1, error.offset or 1) - 1
    length = max((error.end_offset or 0) - (error.offset or 0), 1)
    if "invalid character" in str(error.msg):
        import unicodedata  # most formulas have no mistake

        # Only here: in a comment and in the name of a label it may stand.
        typed = unicodedata.normalize("NFKC", formula[place : place + 1])
        if typed.isascii() and typed:
            return _error(_of_look_alike(formula[place], typed), formula, place)
    for python, message in _REWORDED:
        if python in str(error.msg):
            return _error(message, formula, place, length)
    word = re.match(r"\w+", formula[max(place, 0) :])
    if word and keyword.iskeyword(word.group()):
        message = f"`{word.group()}` is a word of Python, but not of the formula language; "
        message += _WORDS.get(word.group(), _ALONE)
        return _error(message, formula, place, len(word.group()))
    for pattern, message in _OF_OTHERS:
        of_another = re.search(pattern, formula)
        if of_another:
            start, stop = of_another.span()
            return _error(message, formula, start, stop - start)
    if place >= len(formula.rstrip()):
        return _error("The formula ends too early; complete it", formula, place)
    return _error(
        "The formula cannot be understood here; an operator, a comma or a name may be missing",
        formula,
        place,
        length,
    )


def _error(message: str, formula: str, place: int, length: int = 1) -> FormulaError:
    start = min(max(place, 0), max(len(formula) - 1, 0))
    stop = max(start + 1, min(start + length, len(formula)))
    return FormulaError(sentence(message), formula, (start, stop))
