"""The benchmark on tiny files, so that it cannot rot."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.data import make_runs
from tests.benchmarks.jobs import JOBS
from tests.benchmarks.rounds import runner
from tests.benchmarks.tools import OURS, PEERS, chosen_tools

pytestmark = pytest.mark.benchmark

SHAPE = (12, 14, 11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("benchmark")


@pytest.fixture(scope="module")
def live(folder):
    with runner(folder, print) as made:
        yield made


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("name", JOBS)
def test_every_tool_is_right_or_says_that_it_cannot(name, suffix, folder, live):
    tools = chosen_tools([peer for peer in PEERS if peer != "nilearn" or suffix == ".nii.gz"])
    runs = make_runs(folder, "float32", suffix, SHAPE, 12)

    cells = live.cells(JOBS[name], runs, tools, repeats=0)

    assert {n: cells[n].reason for n in OURS} == dict.fromkeys(OURS, "")
    assert not [c.reason for c in cells.values() if c.reason.startswith(("wrong", "failed"))]


@pytest.mark.needs("matplotlib")
def test_the_command_writes_tables_and_pictures(tmp_path):
    shape = list(map(str, SHAPE))
    options = {
        "--jobs": ["ratio", "tsnr"],
        "--kinds": ["float32", "scaled"],
        "--peers": ["niimath"],
        "--shape": shape,
        "--volumes": ["8"],
        "--repeats": ["1"],
        "--growing-jobs": ["ratio"],
        "--lengths": ["4", "8"],
        "--data": [str(tmp_path / "data")],
        "--out": [str(tmp_path / "out")],
    }

    main([word for option, values in options.items() for word in (option, *values)])

    out = tmp_path / "out"
    assert {p.name for p in out.iterdir()} == {
        "benchmark.md", "benchmark.json", "benchmark.png", "growth.png",
    }  # fmt: skip
    rows = json.loads((out / "benchmark.json").read_text())["rows"]
    assert [(r["job"], r["kind"], r["suffix"]) for r in rows] == [
        ("ratio", "float32", ".nii.gz"),
        ("tsnr", "float32", ".nii.gz"),
        ("ratio", "scaled", ".nii.gz"),
        ("ratio", "float32", ".nii"),
        ("tsnr", "float32", ".nii"),
        ("ratio", "scaled", ".nii"),
    ]
    assert all(r["cells"]["ours"]["costs"] for r in rows)
    assert "goals are met" in (out / "benchmark.md").read_text()
