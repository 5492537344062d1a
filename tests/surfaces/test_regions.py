"""Regions of a surface: the label file has its own table."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg import FormulaError, math_img, math_table, math_value
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
