"""Programs with several results: each as if it were alone, and files are read once for all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nipype_mathimg.formula.engine.run import run
from nipype_mathimg.formula.infer import infer
from nipype_mathimg.formula.plan.plan import make_plan
from nipype_mathimg.formula.program import parse
from tests.formula.harness import (
    WAYS,
    MemoryStore,
    PiecesOfAResult,
    Way,
    compute,
    leaf_of,
    same_bits,
)

SHAPE = (16, 16, 8, 20)
RNG = np.random.default_rng(3)
A = RNG.normal(100, 10, SHAPE).astype(np.float32)
M = (RNG.random(SHAPE[:3]) > 0.5).astype(np.uint8)

MANY = """
mean = np.mean(a, axis=-1)
std = np.std(a, axis=-1, ddof=1)
tsnr = np.where(std > 0, mean / std, 0)
limit = np.percentile(mean[m > 0], 20)
mask = (mean > limit) & (m > 0)
signal = np.mean(a[mask], axis=0)
largest = np.max(a)
double = a * 2
zscore = (a - mean) / std
"""
OUTPUTS = ["mean", "std", "tsnr", "mask", "limit", "signal", "largest", "double", "zscore"]
NUMBERS = {"limit", "signal", "largest"}


def results_of(text, inputs, outputs, numbers, way):
    images = {name: leaf_of(name, value, streamed=way.streamed) for name, value in inputs.items()}
    inferred = infer(parse(text), {name: leaf.spec for name, leaf in images.items()}, outputs)
    written = [name for name in outputs if name not in numbers]
    plan = make_plan(
        inferred,
        images,
        memory=way.memory,
        threads=way.threads,
        slab=way.slab,
        written=written,
        limits=way.limits,
    )
    writers = {name: PiecesOfAResult(inferred.results[name].shape) for name in written}
    values = run(plan, MemoryStore, writers)
    return {**values, **{name: pieces.whole() for name, pieces in writers.items()}}, plan, images


def alone(name):
    """Return the program of the lines that one result needs."""
    lines = [line for line in MANY.strip().splitlines() if line.split(" =")[0] in _needed([name])]
    return "\n".join(lines)


def _needed(outputs):
    needs = {
        "tsnr": {"mean", "std"},
        "limit": {"mean"},
        "mask": {"mean", "limit"},
        "signal": {"mean", "limit", "mask"},
        "zscore": {"mean", "std"},
    }
    return set(outputs).union(*(needs.get(name, ()) for name in outputs))


@pytest.mark.parametrize("way", [Way(), *WAYS])
def test_each_result_has_the_bits_that_it_has_alone(way):
    found, _, _ = results_of(MANY, {"a": A, "m": M}, OUTPUTS, NUMBERS, way)
    assert set(found) == set(OUTPUTS)
    for name in OUTPUTS:
        inputs = {"a": A, "m": M} if name in ("limit", "mask", "signal") else {"a": A}
        expected = compute(alone(name), inputs, replace(way, writes=name not in NUMBERS))
        assert same_bits(found[name], expected), name


STREAMS = Way(slab=2048, threads=2, streamed=True, chunk=4096, small=0)


@pytest.mark.parametrize(
    ("outputs", "passes", "stages"),
    [
        (["mean"], 1, 2),
        (["mean", "std"], 1, 2),
        (["mean", "std", "tsnr"], 1, 2),
        (["mean", "std", "tsnr", "mask", "limit"], 1, None),
        (["mean", "double"], 1, None),
        (["double", "largest"], 1, 1),
        (["mean", "zscore"], 2, None),
        (["mean", "std", "double", "zscore"], 2, None),
    ],
)
def test_what_can_share_a_reading_does(outputs, passes, stages):
    lines = [line for line in MANY.strip().splitlines() if line.split(" =")[0] in _needed(outputs)]
    inputs = {"a": A, "m": M} if "mask" in outputs else {"a": A}
    numbers = NUMBERS & set(outputs)
    _, plan, images = results_of("\n".join(lines), inputs, outputs, numbers, STREAMS)
    assert images["a"].opens == images["a"].finished == 1
    assert plan.passes("a") == 1  # decoded once, also where a copy is read a second time
    readings = [stage.readings[i] for stage in plan.stages for i in stage.readings]
    assert sum(reading.name == "a" for reading in readings) == passes
    if stages is not None:
        assert len(plan.stages) == stages


def test_a_plan_names_the_results_and_what_shares_a_reading():
    _, plan, _ = results_of(
        "mean = np.mean(a, axis=-1); double = a * 2", {"a": A}, ["mean", "double"], (), STREAMS
    )
    text = str(plan)
    assert "result mean: 16 x 16 x 8, computed in float32" in text
    assert "accumulate mean; write double" in text


def test_one_operation_may_be_two_results():
    found, _, _ = results_of("m = a * 2; n = a * 2", {"a": A}, ["m", "n"], (), Way())
    assert same_bits(found["m"], found["n"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["i2", "i4", "f4"])
def test_statistics_of_one_operand_are_what_each_is_alone(dtype, way):
    a = RNG.normal(1000, 50, (16, 16, 8, 7)).astype(dtype)
    names = ("sum", "mean", "std", "var", "prod", "max", "argmin")
    text = "\n".join(f"{name}_ = np.{name}(a, axis=-1)" for name in names)

    values, _, _ = results_of(text, {"a": a}, [f"{name}_" for name in names], (), way)

    for name in names:
        alone = compute(f"np.{name}(a, axis=-1)", {"a": a}, way)
        assert same_bits(values[f"{name}_"], alone), name
