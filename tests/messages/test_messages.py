"""What users read when something is wrong: every message whole, in the words of their place.

`table.txt` has, for each, where it was written, what, and what is said: change it by hand, after
reading it as a user would. What a program can judge of them, `judge` does: whether the culprit and
the remedy are named, and in plain words. The mistakes that people were seen to make are in
`mistakes.tsv`.
"""

from __future__ import annotations

import logging

import pytest

from tests.messages.judge import (
    WANTED,
    by_hand,
    mistakes,
    names_culprit,
    names_remedy,
    rows,
    shares,
    strange_words,
)
from tests.messages.said import COLUMNS, make_files, said

ROWS = [
    pytest.param(where, written, message, id=f"{where}: {written}")
    for where, written, message in rows()
]


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
    assert len(ROWS) >= 84
    assert {where for where, *_ in (row.values for row in ROWS)} == {"Python", "node", "terminal"}


def test_each_mistake_has_its_message():
    judged = [(one.place, one.written) for one in mistakes() if one.culprit != "works"]
    assert len(set(judged)) == len(judged)
    assert set(judged) <= {(where, written) for where, written, _ in rows()}


def test_each_kind_of_user_makes_mistakes():
    users = [one.user for one in mistakes() if one.culprit != "works"]
    assert all(users.count(user) >= 28 for user in ("notebook", "pipeline", "cluster"))


@pytest.mark.parametrize(
    ("where", "written"),
    [(one.place, one.written) for one in mistakes() if one.culprit == "works"],
)
def test_what_was_a_mistake_works(images, where, written, monkeypatch):
    monkeypatch.chdir(images)
    assert said(where, written) in ("(nothing)", "HERE/o.nii")
    for result in images.glob("o.*"):
        result.unlink()


@pytest.mark.parametrize("rule", WANTED)
def test_most_mistakes_are_answered_as_a_reader_needs(rule):
    assert by_hand()[rule] >= WANTED[rule]


@pytest.mark.parametrize("rule", WANTED)
def test_most_messages_keep_the_rules(rule):
    assert shares()[rule] >= WANTED[rule]


@pytest.mark.parametrize(
    ("written", "message", "culprit", "remedy", "strange"),
    [
        ("f('bold', 'x')", "Error: 'x' is no file. Check the path", True, True, []),
        ("f('bold', 'x')", "Error: something is wrong.", False, False, []),
        ("f('a + ')", "Error: it ends.\n\n    a +\n      ^", True, False, []),
        ("f('a')", "Error: a takes an iterable, as in `tuple(a)`", True, True, ["iterable"]),
        ("f('a')", "TypeError: a is 'tuple'.\n\n    write\nInputs:\n    use", True, False, []),
    ],
)
def test_the_judge_is_right(written, message, culprit, remedy, strange):
    assert names_culprit(written, message) is culprit
    assert names_remedy(message) is remedy
    assert strange_words("terminal", message) == strange
