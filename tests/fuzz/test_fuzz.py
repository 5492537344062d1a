"""A short run of each fuzzer; ``python -m tests.fuzz`` runs them as long as wanted."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.formula.functions import FUNCTIONS
from tests.formula.harness import compute
from tests.fuzz.broken_files import run_files
from tests.fuzz.case import Case, judged, random_case
from tests.fuzz.headers import run_headers
from tests.fuzz.images import Image
from tests.fuzz.parser import run_texts, told
from tests.fuzz.run import run_values
from tests.fuzz.same_bytes import run_same_bytes
from tests.fuzz.shrink import shrunk
from tests.fuzz.templates import LEFT_OUT, TEMPLATES

SEED = 20_000
"""Of the short runs; long ones take others."""


def test_every_row_of_the_table_is_drawn_or_left_out_for_a_reason():
    left_out = {
        name
        for name in FUNCTIONS
        if name in LEFT_OUT or any(name.startswith(n) for n in LEFT_OUT if n.endswith("."))
    }
    assert set(TEMPLATES) == set(FUNCTIONS) - left_out
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_a_case_is_the_same_every_time():
    first, second = random_case(3, 17), random_case(3, 17)
    assert (first.formula, first.way) == (second.formula, second.way)
    assert first.inputs.keys() == second.inputs.keys()


@pytest.mark.parametrize("part", range(4))
def test_random_formulas_equal_numpy(part):
    report = run_values(SEED, range(part * 200, part * 200 + 200))
    assert not report.failures, f"\n{report.failures[0]}\n{report}"
    # A fuzzer whose formulas are refused proves nothing.
    compared = sum(report.counts[kind] for kind in ("exact", "rounded", "shaken"))
    assert compared > 180, report


def test_random_texts_are_understood_or_refused():
    report = run_texts(SEED, range(2000))
    assert not report.failures, f"{report.failures[0]}\n{report}"
    assert report.counts["understood"] > 50, report


def test_damaged_files_are_refused_or_read_as_nibabel_reads_them():
    report = run_files(SEED, range(150))
    assert not report.failures, f"{report.failures[0]}\n{report}"
    assert report.counts["equal"] > 15, report


def test_absurd_headers_give_no_absurd_results():
    report = run_headers(SEED, range(60))
    assert not report.failures, f"{report.failures[0]}\n{report}"
    assert report.counts["written"] > 30, report


@pytest.mark.needs("nifti_tool")
def test_the_nifti_library_finds_no_fault_in_results_with_absurd_headers():
    report = run_headers(SEED + 1, range(40))
    assert not report.failures, f"{report.failures[0]}\n{report}"


def test_compressed_bytes_depend_on_voxels_only():
    report = run_same_bytes(SEED, range(10))
    assert not report.failures, f"{report.failures[0]}\n{report}"


@pytest.mark.parametrize(
    ("formula", "function", "wrong"),
    [
        ("np.mean(a, axis=0) + b[0]", np.add, lambda x, y, **more: np.add(x, y, **more) + 1),
    ],
)
def test_a_wrong_function_is_noticed_and_shrunk(monkeypatch, formula, function, wrong):
    rng = np.random.default_rng(0)
    inputs = {name: Image(rng.integers(0, 9, (3, 2, 4)).astype("i2")) for name in "ab"}
    assert judged(Case(f"abs({formula})", inputs)).kind == "rounded"
    monkeypatch.setattr("tests.fuzz.package.compute", lambda *args: compute(*args) + 1)
    case = Case(f"abs({formula})", inputs)
    outcome = judged(case)
    assert outcome.failed
    small = shrunk(case, outcome)
    assert len(small.formula) < len(case.formula)
    assert all(image.data.size == 1 for image in small.inputs.values())


def test_what_raises_is_told():
    assert told("np.mean(a)") == "understood"
    assert told("np.maen(a)") == "refused"
