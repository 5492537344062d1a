"""Labels that are stored as floats, as ANTs and FreeSurfer write them."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import FormulaError, math_img

LABELS = np.arange(4 * 3 * 5).reshape(4, 3, 5) % 7
TABLE = [0.0, 1.5, 2.0, 2.5, -3.0, 4.0, 100.0]


def save(folder, data):
    path = str(folder / "seg.nii.gz")
    nib.save(nib.Nifti1Image(data, np.eye(4)), path)
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("formula", ["t[seg]", "np.take(t, seg)", "t[seg * 1.0]"])
def test_whole_numbers_in_a_file_of_floats_are_labels(tmp_path, formula, dtype):
    path = save(tmp_path, LABELS.astype(dtype))
    inputs = {"t": TABLE, "seg": path}
    out = math_img(formula, inputs, tmp_path / "o.nii", copy_header_from="seg").out_file
    np.testing.assert_array_equal(np.asarray(nib.load(out).dataobj), np.take(TABLE, LABELS))


@pytest.mark.parametrize("wrong", [2.5, np.nan, np.inf, 1e19, 7.0, -1.0])
def test_what_is_no_label_is_named_with_its_file(tmp_path, wrong):
    data = LABELS.astype(np.float32)
    data[3, 2, 4] = wrong
    path = save(tmp_path, data)
    with pytest.raises(FormulaError) as caught:
        math_img("t[seg]", {"t": TABLE, "seg": path}, tmp_path / "o.nii", copy_header_from="seg")
    assert f"The label {wrong:g} is" in str(caught.value)
    assert path in str(caught.value)
    assert not (tmp_path / "o.nii").exists()
