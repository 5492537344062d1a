"""What users read when something is wrong: every message whole, in the words of their place.

`table.txt` has, for each, where it was written, what, and what is said: change it by hand, after
reading it as a user would. Behind the place stands what its reader missed: ``no culprit`` where
the message does not show which of the words is wrong, ``no remedy`` where it does not say what to
write instead, ``jargon`` where it takes words that only programmers know.
"""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import pytest

from tests.messages.said import COLUMNS, make_files, said

TABLE = Path(__file__).with_name("table.txt")


MISSED: Counter[str] = Counter()
"""How many messages lack something."""


def rows() -> list[object]:
    """Return the table: place, what is written, what is said."""
    found = []
    for row in TABLE.read_text(encoding="utf-8").removeprefix("%% ").split("\n%% "):
        place, _, rest = row.partition("\n")
        where, *missed = place.split(", ")
        assert set(missed) <= {"no culprit", "no remedy", "jargon"}
        MISSED.update(missed)
        written, _, message = rest.partition("\n--\n")
        found.append(pytest.param(where, written, message.strip("\n"), id=f"{where}: {written}"))
    return found


ROWS = rows()


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messages").resolve()
    make_files(folder)
    return folder


@pytest.mark.parametrize(("where", "written", "message"), ROWS)
def test_what_is_said(images, where, written, message, monkeypatch):
    monkeypatch.chdir(images)
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    logging.getLogger("nipype").setLevel(logging.CRITICAL)
    assert said(where, written) == message
    for result in images.glob("o.*"):
        result.unlink()


def test_every_place_has_its_messages():
    assert len(ROWS) >= 60
    assert {where for where, *_ in (row.values for row in ROWS)} == {"Python", "node", "terminal"}


def test_most_messages_name_culprit_and_remedy_in_plain_words():
    count = len(ROWS)
    assert count >= 84
    assert MISSED["no culprit"] <= 0.05 * count
    assert MISSED["no remedy"] <= 0.15 * count
    assert MISSED["jargon"] <= 0.10 * count
