"""A list of files that is stacked: each file is an array of its own, as in `np.stack([a, b])`."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import GridError, explain, math_img, math_value

RUNS = [np.random.default_rng(k).integers(0, 99, (2, 3, 4, 5)).astype(np.int16) for k in range(3)]
STACK = np.stack(RUNS, axis=-1).astype(float)
JOINED = np.concatenate(RUNS, axis=-1).astype(float)
WEIGHTS = "te[None, None, None, None, :]"
CASES = [
    ("np.mean(np.stack(echoes, axis=-1), axis=-1)", STACK.mean(axis=-1)),
    (
        f"np.sum(np.stack(echoes, axis=-1) * {WEIGHTS}, axis=-1) / np.sum(te)",
        STACK @ [0.2, 0.3, 0.5],
    ),
    ("np.max(np.stack(echoes), axis=0)", STACK.max(axis=-1)),
    ("s = np.stack(echoes, axis=-1); np.ptp(s, axis=-1)", np.ptp(STACK, axis=-1)),
    # Elsewhere it is one run, also in the same formula.
    (
        "np.mean(echoes, axis=-1) - np.mean(np.stack(echoes, axis=-1), axis=(3, 4))",
        np.zeros((2, 3, 4)),
    ),
    ("np.mean(echoes, axis=-1)", JOINED.mean(axis=-1)),
    ("echoes if te is None else np.stack(echoes, axis=-1)[..., 0]", STACK[..., 0]),
]


@pytest.fixture
def echoes(tmp_path):
    files = []
    for k, values in enumerate(RUNS):
        image = nib.Nifti1Image(values, np.eye(4))
        image.header.set_xyzt_units("mm", "sec")
        image.header.set_zooms((1, 1, 1, 2.5))
        image.to_filename(tmp_path / f"echo{k}.nii.gz")
        files.append(tmp_path / f"echo{k}.nii.gz")
    return files


@pytest.mark.parametrize(("formula", "expected"), CASES)
def test_values(echoes, formula, expected):
    given = {"echoes": echoes, "te": [0.2, 0.3, 0.5]}
    used = {name: value for name, value in given.items() if name in formula}
    result = math_img(formula, used, copy_header_from="echoes").load()
    np.testing.assert_allclose(result.get_fdata(), expected, rtol=1e-6, atol=1e-5)
    if expected.ndim == 4:
        assert result.header.get_zooms()[3] == 2.5


def test_images_in_memory_and_volumes():
    volumes = [nib.Nifti1Image(run[..., 0], np.eye(4)) for run in RUNS]
    found = math_value("np.max(np.stack(maps, axis=-1))", maps=volumes)
    assert found == STACK[..., 0, :].max()


def test_each_file_is_read_once(echoes):
    plan = explain("np.mean(np.stack(echoes, axis=-1), axis=-1)", echoes=echoes)
    assert all(str(plan).count(f"echoes[{k}]") >= 1 for k in range(3))


def test_the_file_on_another_grid_is_named(echoes, tmp_path):
    nib.Nifti1Image(RUNS[0], 2 * np.eye(4)).to_filename(tmp_path / "other.nii")
    with pytest.raises(GridError, match=r"other\.nii"):
        math_value("np.max(np.stack(e, axis=-1))", e=[*echoes, tmp_path / "other.nii"])
