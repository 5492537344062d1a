"""What the benchmarks start as a process that stays alive is there."""

from __future__ import annotations

import pytest

from tests.benchmarks import neighbours
from tests.benchmarks.live import LiveProcess
from tests.benchmarks.measure import Cost


def test_filters_are_measured_in_a_process_that_lives(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(neighbours, "SIZES", {"3D": (5, 6, 7)})
    monkeypatch.setattr(neighbours.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(neighbours, "niimath_binary", lambda: "niimath")
    monkeypatch.setattr(neighbours, "measure", lambda _commands, _environment: Cost(1, 1, 1))

    neighbours.main(["--sizes", "3D", "--jobs", "gaussian", "--rounds", "1"])

    assert "3D gaussian" in capsys.readouterr().out


def test_a_way_that_is_not_there_is_refused_at_once():
    with pytest.raises(ValueError, match="'warm' is none of ours-warm, ours-node"):
        LiveProcess("warm")
