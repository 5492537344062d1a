"""Judges messages by three rules, as far as a program can: culprit, remedy, plain words.

``python -m tests.messages.judge`` prints how many of the messages in `table.txt` keep each rule,
and those that do not. Whether a message helps, only a reader can say: this finds what cannot.

A reader's word is in `mistakes.tsv`: the mistakes that people were seen to make, or make who come
from elsewhere, with the three rules judged by hand; those that are none any more ``works``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
TABLE = FOLDER / "table.txt"
MISTAKES = FOLDER / "mistakes.tsv"

WANTED = {"culprit": 0.95, "remedy": 0.85, "plain words": 0.90}
"""Which share of the messages has to keep each rule."""

VERBS = (FOLDER / "verbs.txt").read_text(encoding="utf-8").split()
"""With which a remedy begins."""

REMEDY = re.compile(
    # At the beginning of a sentence or of a part of it, or behind "to choose ... ".
    rf"(?:^|[.;:,?)`] |\b(?:or|and|then|to [^,;.]+,?) )(?:{'|'.join(VERBS)})\b"
    # What was meant, or what would be right, word for word.
    r"|Did you mean|ha(?:s|ve) to be|as in [`(']|, such as|those are|[Oo]ptions are|inputs are",
    re.IGNORECASE | re.MULTILINE,
)

BANNED = frozenset((FOLDER / "jargon.txt").read_text(encoding="utf-8").split())
"""Words that only programmers know, or that mean something else to everybody else."""

PLACE_WORDS = {"Python": {"dict"}, "node": {"dict", "class"}, "terminal": set[str]()}
"""Banned words that who writes there has just typed."""


def rows(table: Path = TABLE) -> Iterator[tuple[str, str, str]]:
    """Yield place, what is written, and what is said."""
    for row in table.read_text(encoding="utf-8").removeprefix("%% ").split("\n%% "):
        where, _, rest = row.partition("\n")
        written, _, message = rest.partition("\n--\n")
        yield where, written, message.strip("\n")


class Mistake(NamedTuple):
    """A mistake that somebody makes: who, why it is here, and how the message was judged."""

    user: str
    source: str
    situation: str
    place: str
    written: str
    culprit: str
    remedy: str
    plain: str


def mistakes() -> list[Mistake]:
    """Return what `mistakes.tsv` has."""
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()[1:]
    return [Mistake(*line.split("\t")) for line in lines]


def by_hand() -> dict[str, float]:
    """Return which share of the mistakes has a message that keeps each rule, read by hand."""
    judged = [one for one in mistakes() if one.culprit != "works"]
    columns = zip(WANTED, ("culprit", "remedy", "plain"), strict=True)
    return {
        rule: sum(getattr(one, column) == "yes" for one in judged) / len(judged)
        for rule, column in columns
    }


SHORT = {"BOLD": "{'bold': 'bold.nii'}", "BOTH": "{'bold': 'bold.nii', 'mask': 'mask.nii'}"}
"""What stands in the table for the inputs that most calls have."""

ARGUMENTS = {"formula", "inputs", "in_file", "hdr_file", "out_file", "reference", "image"}
"""The first arguments of the public functions, which a call need not name."""


def names_culprit(written: str, message: str) -> bool:
    """Tell whether a message shows what is wrong: by carets, or by a word that was written."""
    text = _text(message)
    if re.search(r"^ *\^+$", message, re.MULTILINE):
        return True
    if text.split(" ", 1)[0] in ARGUMENTS:
        return True
    for name, inputs in SHORT.items():
        written = written.replace(name, inputs)
    # Names, numbers, paths; not the function or the command itself.
    words = re.findall(r"[\w./:-]*[\w][\w./:-]*", written)[1:]
    words = [word.strip("./:-") for word in words]
    found = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    # What is missing cannot have been written: the message says what it is.
    return bool(found) or re.search(r"\b[Mm]issing\b|\bis not set\b", text) is not None


def names_remedy(message: str) -> bool:
    """Tell whether a message says what to do or to write."""
    return REMEDY.search(_text(message)) is not None


def strange_words(where: str, message: str) -> list[str]:
    """Return the words of a message that only programmers know."""
    # What is quoted is code that the reader wrote, or is to write.
    text = re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\S*[=(./]\S*", " ", _text(message))
    words = re.findall(r"[a-z-]+", text.lower())
    return sorted(set(words) & (BANNED - PLACE_WORDS[where]))


def _text(message: str) -> str:
    """Return the sentences of a message: without the class of the error, formula and inputs."""
    lines = []
    for line in re.sub(r"^\w*(?:Error|Warning): ", "", message).splitlines():
        if line.startswith("Inputs:"):
            break
        if not line.startswith("    "):
            lines.append(line)
    return "\n".join(lines)


def faults() -> dict[str, list[str]]:
    """Return, for each rule, the messages that break it."""
    found: dict[str, list[str]] = {rule: [] for rule in WANTED}
    for where, written, message in rows():
        shown = f"{where}: {written}\n    {message}"
        if not names_culprit(written, message):
            found["culprit"].append(shown)
        if not names_remedy(message):
            found["remedy"].append(shown)
        strange = strange_words(where, message)
        if strange:
            found["plain words"].append(f"{shown}\n    ({', '.join(strange)})")
    return found


def shares() -> dict[str, float]:
    """Return which share of the messages keeps each rule."""
    count = sum(1 for _ in rows())
    return {rule: 1 - len(broken) / count for rule, broken in faults().items()}


if __name__ == "__main__":
    for rule, broken in faults().items():
        print(f"{rule}: {100 * shares()[rule]:.1f} % (asked: {100 * WANTED[rule]:.0f} %)")
        print("".join(f"  {one}\n" for one in broken))
    count = Counter(one.user for one in mistakes() if one.culprit != "works")
    print(f"read by hand: {count.total()} mistakes ({dict(count)})")
    for rule, share in by_hand().items():
        print(f"  {rule}: {100 * share:.1f} % (asked: {100 * WANTED[rule]:.0f} %)")
    for one in mistakes():
        if "no" in (one.culprit, one.remedy, one.plain):
            print(f"  not culprit, remedy and plain words: {one.place}: {one.written}")
