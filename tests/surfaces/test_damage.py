"""Files cut at every percent, and with a bit or a digit changed: the fault is named, or none."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.source import open_source
from tests.surfaces import made

CIFTI = ["b", "labels", "pt", "dpconn"]
GIFTI = ["bold", "parc"]
CHANGES = 150
"""Of each file; a thousand of each took a minute, and found nothing that these do not find."""


@pytest.fixture(scope="module")
def files(gifti, tmp_path_factory):
    cifti = made.write_all(tmp_path_factory.mktemp("whole"))
    return {**{name: Path(cifti[name]) for name in CIFTI}, **{n: Path(gifti[n]) for n in GIFTI}}


def told(path, content):
    """Return what is said of a file when all of it is read; empty where nothing is."""
    path.write_bytes(content)
    try:
        open_source("x", path).values()
    except ImageFileError as error:
        return str(error)
    return ""


def check(message, path):
    """A fault is told with the file and a remedy, in words of ours alone."""
    assert message.startswith(f"Input 'x': {path}: "), message
    assert "nibabel" not in message
    assert re.search(r"\. (Copy|Create|Check|Give|Write|Header|An image)", message), message


@pytest.mark.parametrize("name", [*CIFTI, *GIFTI])
def test_a_file_that_is_cut_is_told_so(files, tmp_path, name):
    content = files[name].read_bytes()
    path = tmp_path / files[name].name
    for percent in range(100):
        message = told(path, content[: len(content) * percent // 100])
        check(message, path)
        assert re.search("truncated|empty|no XML|not those of a NIfTI", message), message
    assert not told(path, content)


@pytest.mark.parametrize("name", [*CIFTI, *GIFTI])
def test_a_file_with_a_change_is_read_or_told(files, tmp_path, name, capfd):
    content = files[name].read_bytes()
    chance = random.Random(7)
    path = tmp_path / files[name].name
    # Of a matrix any bits are numbers.
    end = content.find(b"</CIFTI>") + 8 if name in CIFTI else len(content)
    digits = [place for place in range(end) if content[place : place + 1].isdigit()]
    for k in range(CHANGES):
        changed = bytearray(content)
        if k % 3:
            changed[chance.randrange(end)] ^= 1 << chance.randrange(8)
        else:
            changed[chance.choice(digits)] = ord(chance.choice("0123456789-.eN "))
        message = told(path, bytes(changed))
        if message:
            check(message, path)
    assert capfd.readouterr() == ("", "")
    assert np.isfinite(open_source("x", files[name]).values()).all()
