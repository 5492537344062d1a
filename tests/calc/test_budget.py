"""Amounts of memory, and what a plan says of memory, disk and time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nipype_mathimg import FormulaError, explain, math_img
from nipype_mathimg.calc.budget import DEFAULT_MEMORY, budget_bytes
from nipype_mathimg.words import amount

AMOUNTS = {
    "4G": 4 * 2**30,
    "4GB": 4 * 2**30,
    "4 GiB": 4 * 2**30,
    "1.5m": 3 * 2**19,
    ".5K": 512,
    "2T": 2**41,
    "100B": 100,
    2**20: 2**20,
    np.int64(2**33): 2**33,
    None: DEFAULT_MEMORY,
}


@pytest.mark.parametrize(("given", "nbytes"), AMOUNTS.items())
def test_an_amount_with_its_unit(given, nbytes):
    assert budget_bytes(given) == nbytes


IN_DOUBT = ["4", "512", "", "G", "-4G", "0G", "nan", "4P", 4, 2048, True, -1]


@pytest.mark.parametrize("given", IN_DOUBT)
def test_an_amount_whose_unit_is_in_doubt_is_refused(given):
    with pytest.raises(FormulaError, match="memory='4G'"):
        budget_bytes(given)


@pytest.mark.parametrize("nbytes", [1, 2**20, 2**20 + 1, 10 * 2**30 + 1, 3 * 2**41])
def test_what_a_message_proposes_is_enough(nbytes):
    assert nbytes <= budget_bytes(amount(nbytes)) <= max(1.1 * nbytes, nbytes + 2**20)


def test_the_budget_that_a_refusal_proposes_will_do(tmp_path, save):
    data = np.arange(64 * 64 * 40 * 6, dtype=np.int32).reshape(64, 64, 40, 6)
    inputs = {"bold": save("bold.nii.gz", data)}
    formula = "np.sort(bold, axis=-1) + np.fft.fft(bold, axis=-1).real"
    with pytest.raises(FormulaError) as refused:
        explain(formula, inputs, memory="1000B")
    proposed = refused.value.message.split("memory='")[1].split("'")[0]
    math_img(formula, inputs, tmp_path / "o.nii", memory=proposed, copy_header_from="bold")


def test_a_plan_as_json(save):
    inputs = {"bold": save("bold.nii.gz", np.ones((32, 32, 20, 30), np.int16))}
    plan = explain("m = np.median(bold, axis=-1)\nz = bold - m", inputs, outputs=["m", "z"])
    found = json.loads(json.dumps(plan.as_dict()))

    assert found["memory"]["peak"] == plan.peak_bytes
    assert found["memory"]["peak_mib"] << 20 >= plan.peak_bytes
    assert found["results"]["m"]["stored_in"] == "float32"
    assert found["results"]["z"]["shape"] == [32, 32, 20, 30]
    assert found["disk"] == {"temporary": plan.disk_bytes, "folder": found["disk"]["folder"]}
    assert len(found["steps"]) == len(plan.stages)
    assert found["seconds"] == pytest.approx(sum(step["seconds"] for step in found["steps"]))
    assert "stored in float32" in str(plan)
    assert f"most in {plan.dearest}" in str(plan)


def test_more_to_do_takes_longer(save):
    small = save("small.nii.gz", np.ones((32, 32, 20, 3), np.int16))
    large = save("large.nii.gz", np.ones((32, 32, 20, 60), np.int16))

    def seconds(formula, file):
        return sum(explain(formula, {"bold": file}, num_threads=1).stage_seconds)

    assert seconds("bold * 2", large) > 10 * seconds("bold * 2", small)
    smooth = "ndimage.gaussian_filter(bold, 1)"
    assert seconds(smooth, large) > 2 * seconds("bold * 2", large)


def test_a_plan_of_a_thousand_operands_is_short_at_a_prompt(save):
    inputs = {"bold": save("bold.nii.gz", np.ones((4, 4, 4, 30), np.int16))}
    lines = "\n".join(f"m{k} = np.median(bold, axis=-1) + {k}" for k in range(40))
    plan = explain(lines, inputs, outputs=[f"m{k}" for k in range(40)])
    assert len(repr(plan).splitlines()) <= 20
    assert len(plan._repr_html_()) < 5000
    assert plan._repr_html_().startswith("<table>")
