"""Regions of a surface: the label file has its own table."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

from nipype_mathimg import FormulaError, math_img, math_table, math_value
from tests.surfaces import made
from tests.surfaces.gifti_files import BOLD, PARC, THICK, files, read


@pytest.fixture
def paths(tmp_path):
    return files(tmp_path)


def test_regions_have_the_names_of_the_label_file(paths):
    inputs = {"bold": paths["bold"], "parc": paths["parc"]}
    columns = math_table("np.mean(bold, by=parc)", inputs).columns
    assert list(columns) == ["V1", "V2", "MT & more"]
    expected = [BOLD[k == PARC].astype(float).mean(axis=0) for k in (1, 2, 3)]
    np.testing.assert_allclose(list(columns.values()), expected, rtol=1e-14)


def test_values_go_back_to_the_vertices(paths, tmp_path):
    inputs = {"bold": paths["bold"], "parc": paths["parc"]}
    out = tmp_path / "o.func.gii"
    math_img("np.mean(bold, by=parc)[parc]", inputs, out, copy_header_from="bold")
    found = read(out)[1]
    for k in (1, 2, 3):
        mean = BOLD[k == PARC].astype(float).mean(axis=0).astype(np.float32)
        np.testing.assert_array_equal(
            found[k == PARC], np.broadcast_to(mean, found[k == PARC].shape)
        )
    assert not found[PARC == 0].any()


def test_a_label_is_named(paths):
    inputs = {"thick": paths["thick"], "parc": paths["parc"]}
    found = math_value('np.median(thick[parc == "V2"])', inputs).value
    assert found == np.median(THICK[PARC == 2].astype(float))
    with pytest.raises(FormulaError, match="'V3'"):
        math_value('np.median(thick[parc == "V3"])', inputs)


# CIFTI-2: the places come last in the file


SERIES = made.ARRAYS["b"].copy()
SERIES[1, 20] = np.nan


@pytest.fixture
def dense(tmp_path):
    save = made.save
    return {
        "b": str(save(tmp_path / "b.dtseries.nii", SERIES, made.SERIES, made.MODELS)),
        "atlas": str(save(tmp_path / "l.dlabel.nii", made.LABELLED, made.LABELS, made.MODELS)),
    }


@pytest.mark.parametrize(
    "name",
    ["mean", "nanmean", "nansum", "std", "nanvar", "max", "nanmin", "median", "any", "prod"],
)
def test_regions_of_grayordinates(dense, name):
    values, labels = SERIES.astype(float), made.LABELLED[0]
    table = math_table(f"np.{name}(b, by=atlas)", dense)
    assert list(table.columns) == [f"area {k}" for k in range(4)]
    expected = [getattr(np, name)(values[:, labels == k], axis=1) for k in range(1, 5)]
    np.testing.assert_allclose(list(table.columns.values()), expected, rtol=1e-13)


@pytest.mark.parametrize("name", ["mean", "std", "nanmax"])
def test_slabs_and_threads_change_no_bit_of_grayordinates(dense, name):
    formula = f"np.{name}(b, by=atlas)"
    whole = math_table(formula, dense, num_threads=1)
    for threads in (1, 3):
        cut = make_cut(formula, dense, threads)
        assert cut.text == whole.text


def make_cut(formula, inputs, threads):
    """Return a table that is computed in slabs of some places."""
    from nipype_mathimg.calc import job

    original = job.make_plan
    with mock.patch.object(job, "make_plan", lambda *a, **k: original(*a, **k, slab=50)):
        table = math_table(formula, inputs, num_threads=threads)
    assert len(table.plan.stages[0].cut.slabs) > 2
    return table
