"""On a real terminal: colours, width, the progress bar; and signals."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.cli import progress
from nipype_mathimg.formula.engine.progress import Done

MATHIMG = [sys.executable, "-m", "nipype_mathimg"]


def on_a_terminal(words, columns, **environment):
    """Run the command on a terminal; return what is shown, and the exit status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    changed = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")
    }
    process = subprocess.Popen(
        [*MATHIMG, *words], stdin=slave, stdout=slave, stderr=slave, env={**changed, **environment}
    )
    os.close(slave)
    shown = b""
    # The other end is closed when the process ends, which Linux reports as an error.
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(master)
    return shown.decode().replace("\r\n", "\n"), process.wait()


@pytest.fixture
def long_run(tmp_path, monkeypatch):
    """Return a run that takes a few seconds to filter."""
    monkeypatch.chdir(tmp_path)
    data = np.random.default_rng(0).random((64, 64, 40, 40), np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), "bold.nii")
    return ("img", "ndimage.median_filter(bold, 3)", "o.nii", "-i", "bold=bold.nii")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("value", "np.mean(blod)", "-i", "bold=bold.nii.gz"), "Did you mean blod?"),
        (("img", "bold", "o.nii", "-i", "bold"), "NAME and the files behind it"),
        (("img", "bold", "bold.nii.gz", "-i", "bold=bold.nii.gz"), "it with --overwrite"),
    ],
    ids=["formula", "option", "file"],
)
def test_messages_go_on_in_the_next_line_behind_a_whole_word(folder, words, said):
    shown, status = on_a_terminal(words, 40)
    assert status in (1, 2)
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert all(len(line) <= 40 for line in text.splitlines() if not line.startswith("Usage"))
    # Joined again, no word has been cut.
    assert said in " ".join(text.split())


def test_errors_are_cut_to_the_width_and_coloured(folder):
    formula = "bold * 1 + " * 20 + "np.maen(bold)" + " + bold * 1" * 20
    words = ("value", formula, "-i", "bold=bold.nii.gz")
    shown, status = on_a_terminal(words, 60)
    assert status == 1
    assert "\x1b[31m\x1b[1mError:" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    at = next(k for k, line in enumerate(plain) if "^" in line)
    assert max(map(len, plain[at - 1 : at + 1])) <= 60
    start, end = plain[at].index("^"), plain[at].rindex("^") + 1
    assert plain[at - 1][start:end] == "np.maen"
    assert "\x1b" not in on_a_terminal(words, 60, NO_COLOR="1")[0]
    piped = subprocess.run([*MATHIMG, *words], capture_output=True, text=True)
    assert "\x1b" not in piped.stderr


SOON = """
import nipype_mathimg.cli.progress
nipype_mathimg.cli.progress._AFTER = 0
from nipype_mathimg.cli.commands import main
main()
"""
"""The command, with a bar from the beginning: what lasts for seconds need not be waited for."""


def test_a_bar_on_a_terminal_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(globals(), "MATHIMG", [sys.executable, "-c", SOON])
    data = np.random.default_rng(0).random((64, 64, 40, 4), np.float32)
    nib.save(nib.Nifti1Image(data, np.eye(4)), "bold.nii")
    words = ("img", "ndimage.median_filter(bold, 3)", "o.nii", "-i", "bold=bold.nii")

    shown, status = on_a_terminal(words, 60)
    assert status == 0, shown
    frames = [one for one in shown.split("\r") if "%" in one]
    assert len(frames) > 1
    assert all("MiB of 2.5 MiB" in one for one in frames)
    widths = [len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", one).split("\n")[0]) for one in frames]
    assert max(widths) <= 60
    assert [int(re.search(r"(\d+)%", one)[1]) for one in frames][-1] == 100

    shown, _ = on_a_terminal((*words, "--overwrite", "-q"), 60)
    assert "%" not in shown
    piped = subprocess.run([*MATHIMG, *words, "--overwrite"], capture_output=True, text=True)
    assert "%" not in piped.stderr


class Screen(io.StringIO):
    """A terminal that keeps what it is shown."""

    def isatty(self):
        return True


def test_a_bar_after_a_second(monkeypatch):
    now = 100.0
    monkeypatch.setattr(progress, "monotonic", lambda: now)
    monkeypatch.setattr(progress, "time", lambda: time.time() - 10)  # when the run began
    monkeypatch.setattr(sys, "stderr", Screen())
    bar = progress.Bar()
    now += 0.9
    bar(Done(0.25, 2**20))
    assert not sys.stderr.getvalue()
    now += 0.2
    bar(Done(0.5, 2**20))
    assert "0.5 MiB of 1 MiB" in sys.stderr.getvalue()
    # Half of it took ten seconds.
    assert re.search(r"00:00:(09|10|11)", sys.stderr.getvalue())


@pytest.mark.parametrize(
    ("number", "name"),
    [(signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP"), (signal.SIGINT, "Ctrl-C")],
)
def test_a_signal_leaves_nothing_and_is_told(long_run, tmp_path, number, name):
    process = subprocess.Popen([*MATHIMG, *long_run], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert said == f"Error: Stopped by {name}; no part of a result is left behind.\n"
    assert os.listdir(tmp_path) == ["bold.nii"]


def test_sigterm_ends_the_rows_of_a_batch(long_run, tmp_path):
    (tmp_path / "t.tsv").write_text("s\tb\n" + "\n".join(f"sub-{k}\tbold.nii" for k in range(4)))
    words = ("batch", "t.tsv", long_run[1], "{s}.nii", "-i", "bold={b}", "--jobs", "2")
    process = subprocess.Popen([*MATHIMG, *words], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob(".*.part"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Stopped by SIGTERM" in said
    assert sorted(os.listdir(tmp_path)) == ["bold.nii", "t.tsv"]
