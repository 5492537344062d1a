"""Hostile texts: Python-like strings of tokens, and real formulas with something broken."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np

import nipype_mathimg
from tests.formula.cases import CASES

__all__ = ["random_text"]

TOKENS = (
    "a b m v n np . ( ) [ ] { } , : ; = == != < <= > >= + - * ** / // % @ & | ^ ~ << >> -> := ... "
    "! ? $ # ` \\ ' \" ''' \"\"\" 0 1 -1 2 7 0.5 1e308 1e309 1e-400 1j 0x10 0b1 1_000 00 1__0 "
    + "9" * 30
    + " None True False and or not in is if else for lambda await yield async import del global "
    "return while class def with pass print eval exec open __import__ __class__ _a int float bool "
    "complex min max sum len abs round pow 'float32' 'uint8' 'evil' b'x' f'{a}' dtype= axis= "
    "keepdims= np.mean np.sum np.where np.pad np.take np.std np.percentile np.nothing np.fft.fft "
    "np.linalg.norm np.random.rand np.__dict__ .T .shape .mean .astype .real .__class__ .dtype "
    "\n \t \r \x00 \x0c \u00e9 \u4e2d \u200b \u2212 \U0001f600 \ud800 \u00b2 \uff11 \u212b"
).split(" ")  # fmt: skip
"""Words of Python, of NumPy and of neither."""

NESTED = (
    "(",
    "[",
    "-",
    "~",
    "np.abs(",
    "a[",
    "a+(",
    "[a,",
    "f(",
    "a**",
    "lambda:",
    "{",
    "a if a else ",
)
LONGEST = 3000


@cache
def _formulas() -> tuple[str, ...]:
    guide = Path(nipype_mathimg.__file__).parent / "guide"
    pages = (guide / f"{name}.md" for name in ("language", "headers", "from_nilearn"))
    quoted = [text for page in pages for text in re.findall(r"`([^`\n]{3,80})`", page.read_text())]
    return (*(case.call for cases in CASES.values() for case in cases), *quoted)


def random_text(rng: np.random.Generator) -> str:
    """Return a text that may be anything."""
    choice = rng.random()
    if choice < 0.35:
        return _tokens(rng)
    if choice < 0.45:
        return _deep(rng)
    text = str(rng.choice(_formulas()))
    for _ in range(int(rng.integers(1, 5))):
        text = _mutated(rng, text)
    return text[:LONGEST]


def _tokens(rng: np.random.Generator) -> str:
    number = int(rng.integers(1, 30))
    blank = " " if rng.random() < 0.5 else ""
    return blank.join(str(rng.choice(TOKENS)) for _ in range(number))


def _deep(rng: np.random.Generator) -> str:
    opening = str(rng.choice(NESTED))
    depth = int(rng.choice([3, 50, 99, 101, 300, 1000]))
    closing = "".join({"(": ")", "[": "]", "{": "}"}.get(c, "") for c in reversed(opening))
    text = opening * depth + "a" + (closing * depth if rng.random() < 0.7 else "")
    return text[:20000]


def _mutated(rng: np.random.Generator, text: str) -> str:
    at, to = sorted(int(k) for k in rng.integers(0, len(text) + 1, 2))
    match int(rng.integers(7)):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + str(rng.choice(TOKENS)) + text[at:]
        case 2:
            return text[:at] + text[to:]
        case 3:
            return text[:to] + text[at:]
        case 4:
            other = str(rng.choice(_formulas()))
            return text[:at] + other + text[at:]
        case 5:
            return _with_another_number(rng, text)
    return text[:at] + chr(int(rng.integers(1, 0x3000))) + text[at:]


def _with_another_number(rng: np.random.Generator, text: str) -> str:
    """Replace a number by one that is absurd in its place."""
    found = list(re.finditer(r"\d+", text))
    if not found:
        return text
    place = found[int(rng.integers(len(found)))]
    new = rng.choice(
        [
            "-1",
            "0",
            "1e9",
            "2**31",
            "-2**63",
            "10**30",
            "9" * 400,
            "1e400",
            "np.nan",
            "1j",
            "None",
            "[]",
            "a",
            "True",
            "[[1]]",
            "'int8'",
        ]
    )
    return text[: place.start()] + str(new) + text[place.end() :]
