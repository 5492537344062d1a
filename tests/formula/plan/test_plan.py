"""The plan: stages, passes over each file, memory; and that running it does what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import FUNCTIONS, elementwise
from nipype_mathimg.formula.kernels import moments
from nipype_mathimg.formula.plan.plan import BASE_BYTES
from nipype_mathimg.formula.plan.sinks import Write
from nipype_mathimg.formula.types import promotion
from nipype_mathimg.formula.types.regions import elements as size_of
from tests.formula.harness import (
    PLENTY,
    Way,
    compute,
    execute,
    inferred,
    leaf_of,
    planned,
    same_bits,
)

SHAPE = (16, 16, 8, 20)
RNG = np.random.default_rng(11)
A = RNG.normal(100, 10, SHAPE).astype(np.float32)
B = RNG.normal(100, 10, SHAPE).astype(np.float32)
M = (RNG.random(SHAPE[:3]) > 0.5).astype(np.uint8)
INPUTS = {"a": A, "b": B, "m": M}
STREAMS = Way(slab=2048, threads=2, streamed=True, chunk=4096, small=0)
FILES = Way(slab=2048, threads=2, streamed=False, chunk=4096)


def leaves(formula, streamed=True):
    names = {op.name for op in inferred(formula, INPUTS).ops if op.is_input}
    return {n: leaf_of(n, INPUTS[n], streamed=streamed) for n in sorted(names)}


def run_once(formula, way):
    """Run a formula over leaves that count; return them with the plan."""
    way = replace(way, writes=bool(inferred(formula, INPUTS).root.shape))
    images = leaves(formula, way.streamed)
    plan = planned(formula, images, way)
    execute(plan, way)
    return plan, images


@pytest.mark.parametrize(
    ("formula", "stages"),
    [
        ("a", 1),
        ("(a - b) / b", 1),
        ("np.sqrt(a * a + b * b)", 1),
        ("np.mean(a, axis=-1) - np.mean(b, axis=-1)", 2),
        ("np.mean(a, axis=-1) / np.std(a, axis=-1)", 2),
        ("a - np.mean(a, axis=-1)", None),
        ("(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)", None),
        ("(a - a.min()) / (a.max() - a.min())", 2),
        ("np.mean(a)", 1),
        ("np.max(a) - np.min(a) + np.sum(a[m > 0])", None),
        ("np.median(a, axis=-1)", None),
        ("np.percentile(a, 98)", 1),
        ("a > np.percentile(a, 98)", 2),
        ("np.sort(a, axis=-1)", None),
        ("np.flip(a, axis=-1)", 1),
        ("a.T", 1),
        ("a * (m > 0)", None),
        ("a * m - m * np.mean(b, axis=-1)", None),
        ("np.mean([a, b], axis=0)", 1),
    ],
)
def test_a_compressed_file_is_decoded_once(formula, stages):
    plan, images = run_once(formula, STREAMS)
    assert stages is None or len(plan.stages) == stages
    for name, leaf in images.items():
        assert plan.passes(name) == leaf.opens == leaf.finished == 1
        assert leaf.elements_read <= leaf.spec.size


@pytest.mark.parametrize(
    ("formula", "passes"),
    [
        ("(a - b) / b", 1),
        ("a * a + a", 1),
        ("np.mean(a, axis=-1)", 1),
        ("np.mean(a, axis=-1) / np.std(a, axis=-1) + np.max(a, axis=-1)", 1),
        ("(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)", 2),
        ("a - np.mean(a)", 2),
    ],
)
def test_an_uncompressed_file_is_read_once_per_stage_and_not_per_use(formula, passes):
    _, images = run_once(formula, replace(FILES, others={"short_run": 0}))
    assert images["a"].elements_read == passes * images["a"].spec.size


def test_what_is_not_needed_is_not_read():
    for formula, elements in (
        ("a[..., 3]", 16 * 16 * 8),
        ("a[:, :, 2:4, 5]", 16 * 16 * 2),
        ("a[..., :2] * 0 + 1", 2 * 16 * 16 * 8),
    ):
        _, images = run_once(formula, FILES)
        assert images["a"].elements_read == elements
    image = leaf_of("a", A, streamed=True)
    execute(planned("a[..., 3]", {"a": image}, STREAMS), STREAMS)
    assert image.elements_read <= 16 * 16 * 8
    assert image.finished == 1  # the rest is checked, not read


def test_a_stream_is_read_forwards_and_each_element_once():
    for formula in (
        "a[..., 1:] - a[..., :-1]",
        "np.diff(a, axis=-1)",
        "a - a[..., ::-1]",
        "np.pad(a, 1)",
    ):
        _, images = run_once(formula, STREAMS)
        starts = [start for start, _ in images["a"].reads]
        assert starts == sorted(starts)
        assert images["a"].elements_read <= A.size


def test_threads_share_one_reader_of_each_file():
    _, images = run_once("a * b - a", FILES)
    assert images["a"].opens == images["b"].opens == 1


@pytest.mark.parametrize("way", [STREAMS, FILES])
def test_a_part_that_occurs_twice_is_computed_once(way):
    calls = []

    def counted(values, *args, **kwargs):
        calls.append(values.size)
        return np.exp(values, *args, **kwargs)

    row = elementwise._row("exp", counted, promotion.floating)
    way = replace(way, functions={**FUNCTIONS, "exp": row})
    result = compute("np.exp(a / 100) + np.exp(a / 100) * np.exp(a/100)", {"a": A}, way)
    assert sum(calls) == A.size
    once = np.exp(A / np.float32(100))
    np.testing.assert_allclose(result, once + once * once, rtol=1e-6)


def test_small_operands_are_computed_once_and_not_per_slab():
    calls = []

    def counted(values, *args, **kwargs):
        calls.append(np.size(values))
        return np.exp(values, *args, **kwargs)

    row = elementwise._row("exp", counted, promotion.floating)
    way = replace(STREAMS, functions={**FUNCTIONS, "exp": row})
    compute("a * np.exp(-m / 2)", {"a": A, "m": M}, way)
    assert sum(calls) == M.size


def test_equal_reductions_are_accumulated_once():
    folds = []
    original = moments.Variance.plane

    def counted(self, values, mask):
        folds.append(values.size)
        return original(self, values, mask)

    with mock.patch.object(moments.Variance, "plane", counted):
        compute("a / np.std(a) - np.std(a) + b * a.std()", {"a": A, "b": B}, STREAMS)
    assert sum(folds) == A.size


@pytest.mark.parametrize(
    ("formula", "lines"),
    [
        (
            "a - b",
            [
                r"formula: a - b",
                r"result: 16 x 16 x 8 x 20, computed in float32",
                r"1\. write subtract: .* slabs along t",
                "a: read in one stream",
                "b: read in one stream",
                r"memory: about \d+ MiB at the peak",
            ],
        ),
        ("np.mean(a, axis=-1) - m", [r"1\. accumulate mean: 16 x 16 x 8 x 20, \d+ slabs along t"]),
        (
            "(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)",
            [
                r"1\. accumulate mean, std",
                "a: read in one stream, copied to disk for later",
                "a: read from its copy on disk",
            ],
        ),
        ("np.mean(a)", ["result: a number, computed in float64"]),
        ("np.sort(a, axis=-1)", ["compute sort: .* along z"]),
    ],
)
def test_a_plan_prints_what_it_does(formula, lines):
    way = (
        STREAMS
        if inferred(formula, INPUTS).root.shape
        else Way(slab=2048, streamed=True, small=0, writes=False)
    )
    text = str(planned(formula, leaves(formula), way))
    for line in lines:
        assert re.search(line, text), text


HEAVY = [
    "a - b",
    "np.mean(a, axis=-1)",
    "(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)",
    "np.median(a, axis=-1)",
    "np.sort(a, axis=-1)",
    "np.fft.rfft(a, axis=-1)",
    "a > np.percentile(a, 98)",
    "a.T",
    "np.cumsum(a, axis=0) * m",
    "np.flip(a) - np.mean(a, axis=(0, 1, 2))",
]


@pytest.fixture(scope="module")
def big():
    shape = (48, 48, 30, 40)
    image = np.random.default_rng(4).normal(100, 10, shape).astype(np.float32)
    return {"a": image, "b": image[::-1].copy(), "m": (image[..., 0] > 100).astype(np.uint8)}


@pytest.mark.parametrize("formula", HEAVY)
def test_the_budget_changes_no_bit(formula, big):
    inputs = {n: v for n, v in big.items() if n in {o.name for o in inferred(formula, big).ops}}
    expected = compute(formula, inputs, streamed=True, threads=2, memory=PLENTY)
    with pytest.raises(FormulaError) as caught:
        planned(formula, inputs, Way(streamed=True, threads=2, memory=1000))
    least = float(re.search(r"about ([\d.]+) MiB", caught.value.message).group(1))
    for memory in (40 << 20, int(least * 2**20)):
        plan = planned(formula, inputs, Way(streamed=True, threads=2, memory=memory))
        assert plan.work_bytes <= memory
        assert plan.peak_bytes <= BASE_BYTES + memory
        assert same_bits(
            compute(formula, inputs, streamed=True, threads=2, memory=memory), expected
        )


def test_percentiles_are_looked_for_in_windows_where_there_is_memory_for_them(big):
    formula = "a > np.percentile(a, 98)"
    found = {
        budget: planned(formula, {"a": big["a"]}, Way(streamed=True, threads=2, memory=budget))
        for budget in (PLENTY, 16 << 20)
    }
    assert [plan.stages[0].cut.sinks[0].accumulator.windows for plan in found.values()] == [
        True,
        False,
    ]


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("formula", HEAVY)
def test_what_does_not_fit_is_refused_before_reading_with_the_size_that_would_do(
    formula, streamed, big
):
    images = {
        n: leaf_of(n, v, streamed=streamed)
        for n, v in big.items()
        if n in {o.name for o in inferred(formula, big).ops}
    }
    with pytest.raises(FormulaError, match="budget") as caught:
        planned(formula, images, Way(memory=50_000, threads=2))
    assert all(not leaf.opens for leaf in images.values())
    needed = re.search(r"needs about ([\d.]+) MiB", caught.value.message)
    assert needed is not None
    enough = int(float(needed.group(1)) * 2**20)
    planned(formula, images, Way(memory=enough, threads=2))


def test_more_volumes_need_no_more_memory(big):
    for formula in (
        "a - b",
        "np.mean(a, axis=-1)",
        "(a - np.mean(a, axis=-1)) / np.std(a, axis=-1)",
    ):
        peaks = []
        for volumes in (100, 400):
            specs = {
                n: leaf_of(n, np.broadcast_to(np.float32(0), (48, 48, 30, volumes)), streamed=True)
                for n in "ab"
            }
            specs = {
                n: leaf
                for n, leaf in specs.items()
                if n in formula.replace("axis", "").replace("mean", "")
            }
            peaks.append(planned(formula, specs, Way(memory=256 << 20, threads=2)).peak_bytes)
        assert peaks[1] <= 1.2 * peaks[0]


def test_the_result_is_written_in_pieces_that_depend_on_nothing_but_its_shape(big):
    cuts = set()
    for memory in (PLENTY, 20 << 20):
        for threads in (1, 3):
            plan = planned(
                "a * 2", {"a": big["a"]}, Way(memory=memory, threads=threads, slab=threads * 999)
            )
            writing = plan.stages[-1].cut
            assert [type(sink) for sink in writing.sinks] == [Write]
            cuts.add(writing.slabs)
    assert len(cuts) == 1


def test_a_small_job_starts_no_thread():
    assert planned("a - m", {"a": A[..., 0], "m": M}, Way(threads=4)).serial
    assert not planned("a - m", {"a": A, "m": M}, STREAMS).serial


def test_an_error_while_computing_ends_every_thread():
    labels = np.zeros(SHAPE, np.uint8)
    labels[3, 3, 3, 17] = 9
    for way in (STREAMS, FILES):
        with pytest.raises(FormulaError, match="label 9"):
            compute("t[labels] * a", {"labels": labels, "a": A, "t": [0, 1, 2]}, way)


def test_an_error_while_reading_is_raised_as_it_is():
    class BrokenError(OSError):
        pass

    for way in (STREAMS, FILES):
        leaf = leaf_of("a", A, streamed=way.streamed)
        original = leaf.open

        def failing(original=original):
            reader = original()
            read = reader.read_into

            def read_into(start, out):
                if start > A.size // 2:
                    raise BrokenError("damaged")
                read(start, out)

            reader.read_into = read_into
            return reader

        leaf.open = failing
        with pytest.raises(BrokenError, match="damaged"):
            compute("a * 2", {"a": leaf}, way)


@pytest.mark.parametrize(
    ("formula", "dtype", "voxels"),
    [("a * 2", "f4", 1 << 18), ("a * 2", "f8", 1 << 17), ("a * (1 + 1j)", "f8", 1 << 16)],
)
def test_a_piece_of_the_result_takes_1_mib(formula, dtype, voxels):
    image = {"a": np.broadcast_to(np.zeros((), dtype), (256, 256, 40))}
    for memory, threads in ((PLENTY, 1), (24 << 20, 4)):
        writing = planned(formula, image, Way(memory=memory, threads=threads)).stages[-1]
        assert size_of(writing.cut.slabs[0]) == voxels


@pytest.mark.timeout(30)
@pytest.mark.parametrize("threads", [2, 4, 5, 9])
@pytest.mark.parametrize("formula", ["(a - b) / b", "np.mean(a, axis=-1) / np.std(b, axis=-1)"])
def test_any_number_of_threads_comes_to_the_same_end(formula, threads):
    rng = np.random.default_rng(5)
    inputs = {name: rng.normal(9, 1, (9, 8, 7, 40)).astype("f4") for name in "ab"}
    one = compute(formula, inputs, Way(slab=512, chunk=512, streamed=True))
    many = compute(formula, inputs, Way(slab=512, chunk=512, threads=threads, streamed=True))

    np.testing.assert_array_equal(one, many)


def test_many_threads_become_fewer_before_the_budget_forces_one():
    inputs = {"a": np.ones((32, 32, 32, 40), "f4")}
    plan = planned("a * 2", inputs, Way(streamed=True, threads=64, memory=64 << 20))

    assert 8 <= plan.threads < 64
    assert plan.work_bytes <= 64 << 20
