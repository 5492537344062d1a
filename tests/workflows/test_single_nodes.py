"""Each workflow of one node against NumPy in float64, on real images; and its header."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nipype.algorithms.confounds import TSNR
from nipype.algorithms.misc import normalize_tpms

from nipype_mathimg import workflows
from nipype_mathimg.errors import FormulaError
from tests.workflows.checks import check_image, run
from tests.workflows.real_images import (
    ANATOMICAL,
    BOLD,
    FUNCTIONAL,
    MASK,
    TPM_MASK,
    TPMS,
    save_like,
    values,
)

RUNS = {"ds003": (BOLD, MASK), "functional": (FUNCTIONAL, None)}


@pytest.fixture(params=RUNS)
def bold(request):
    """Return a real run."""
    return RUNS[request.param][0]


@pytest.fixture
def mask(bold, tmp_path):
    """Return its mask: the one that comes with it, or its brighter half, without units."""
    known = dict(RUNS.values())[bold]
    if known:
        return known
    bright = values(bold).mean(axis=-1)
    data = (bright > np.median(bright)).astype(np.uint8)
    path = tmp_path / "mask.nii.gz"
    nib.save(nib.Nifti1Image(data, nib.load(bold).affine), path)
    return path


def inside(mask_file, data, also):
    """Return `data` where the mask and `also` hold, 0 elsewhere; `data` may have a time axis."""
    chosen = (values(mask_file) > 0) & also
    return np.where(chosen[..., None] if data.ndim == 4 else chosen, data, 0)


@pytest.mark.parametrize("ddof", [0, 1])
def test_tsnr(bold, tmp_path, ddof):
    found = run(workflows.init_tsnr_wf(ddof=ddof), tmp_path, bold=bold)
    x = values(bold)
    deviation = x.std(axis=-1, ddof=ddof)
    expected = np.divide(x.mean(axis=-1), deviation, where=deviation > 0, out=0 * deviation)
    check_image(found["tsnr"][0], expected, bold, np.float32)


def test_tsnr_is_that_of_nipype(tmp_path):
    known = TSNR(in_file=str(BOLD)).run().outputs.tsnr_file
    found = run(workflows.init_tsnr_wf(), tmp_path, bold=BOLD)["tsnr"][0]
    np.testing.assert_allclose(values(found), values(known), rtol=1e-4)


def test_tsnr_of_a_constant_voxel_is_0(tmp_path):
    data = values(BOLD).astype(np.float32)
    data[3, 4, 5] = 0.1
    constant = save_like(BOLD, data, tmp_path / "constant.nii.gz")
    found = run(workflows.init_tsnr_wf(), tmp_path, bold=constant)["tsnr"][0]
    assert values(found)[3, 4, 5] == 0
    assert np.count_nonzero(values(found)) == data[..., 0].size - 1


def test_percent_signal_change(bold, mask, tmp_path):
    found = run(workflows.init_percent_signal_change_wf(), tmp_path, bold=bold, mask=mask)
    x = values(bold)
    mean = x.mean(axis=-1, keepdims=True)
    expected = inside(mask, 100 * (x - mean) / mean, True)
    check_image(found["percent_signal_change"][0], expected, bold, np.float32)


@pytest.mark.parametrize("ddof", [0, 1])
def test_zscore(bold, mask, tmp_path, ddof):
    found = run(workflows.init_zscore_wf(ddof=ddof), tmp_path, bold=bold, mask=mask)
    x = values(bold)
    deviation = x.std(axis=-1, ddof=ddof, keepdims=True)
    scores = np.divide(
        x - x.mean(axis=-1, keepdims=True), deviation, where=deviation > 0, out=0 * x
    )
    check_image(found["zscore"][0], inside(mask, scores, True), bold, np.float32, rtol=1e-5)


@pytest.mark.parametrize("factory", ["init_percent_signal_change_wf", "init_zscore_wf"])
def test_mask_is_optional(tmp_path, factory):
    everywhere = save_like(BOLD, np.ones((16, 16, 9), np.uint8), tmp_path / "ones.nii.gz")
    name = factory.removeprefix("init_").removesuffix("_wf")
    without = run(getattr(workflows, factory)(), tmp_path / "a", bold=BOLD)[name][0]
    masked = run(getattr(workflows, factory)(), tmp_path / "b", bold=BOLD, mask=everywhere)
    np.testing.assert_array_equal(values(without), values(masked[name][0]))


def test_masked_mean(bold, mask, tmp_path):
    found = run(workflows.init_masked_mean_wf(), tmp_path, bold=bold, mask=mask)
    expected = inside(mask, values(bold).mean(axis=-1), True)
    check_image(found["masked_mean"][0], expected, bold, np.float32)


def test_coverage_mask(bold, mask, tmp_path):
    data = values(bold).astype(np.float32)
    data[:, :8] = 0
    data[:, 8] = 0.1
    cut = save_like(bold, data, tmp_path / "cut.nii.gz")
    found = run(workflows.init_coverage_mask_wf(), tmp_path, bold=cut, mask=mask)
    expected = (values(mask) > 0) & (data.astype(np.float64).var(axis=-1) > 0)
    assert 0 < expected.sum() < (values(mask) > 0).sum()
    check_image(found["coverage_mask"][0], expected, mask, np.uint8)


@pytest.mark.parametrize(("name", "rule"), [("union", np.any), ("intersection", np.all)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_masks(tmp_path, name, rule, count):
    workflow = getattr(workflows, f"init_mask_{name}_wf")()
    found = run(workflow, tmp_path, masks=TPMS[:count])
    expected = rule([values(path) > 0 for path in TPMS[:count]], axis=0)
    assert 0 < expected.mean() < 1
    check_image(found[f"mask_{name}"][0], expected, TPMS[0], np.uint8)


@pytest.mark.parametrize("masked", [True, False])
def test_normalize_tpms(tmp_path, masked):
    rng = np.random.default_rng(0)
    modified = [
        save_like(
            path, (values(path) * rng.uniform(0.5, 2)).astype(np.float32), tmp_path / path.name
        )
        for path in TPMS
    ]
    half = values(TPM_MASK).astype(np.uint8)
    half[30:] = 0
    masks = {"mask": save_like(TPM_MASK, half, tmp_path / "mask.nii.gz")} if masked else {}
    found = run(workflows.init_normalize_tpms_wf(), tmp_path, tpms=modified, **masks)
    maps = np.array([values(path) for path in modified])
    weights = maps.sum(axis=0)
    chosen = (weights > 0) & ((half > 0) | (not masked))
    expected = np.divide(maps, weights, where=chosen, out=np.zeros_like(maps))
    for path, donor, one in zip(found["normalize"], TPMS, expected, strict=True):
        check_image(path, one, donor, np.float32)
        assert Path(path).name.startswith(Path(donor).name.partition(".")[0])
    total = sum(values(path) for path in found["normalize"])
    np.testing.assert_allclose(total, chosen, atol=2e-7)


def test_normalize_tpms_is_that_of_nipype(tmp_path):
    known = normalize_tpms([str(path) for path in TPMS])
    found = run(workflows.init_normalize_tpms_wf(), tmp_path, tpms=TPMS)["normalize"]
    for ours, theirs in zip(found, known, strict=True):
        np.testing.assert_allclose(values(ours), np.nan_to_num(values(theirs)), atol=2e-7)


def test_ribbon(tmp_path):
    # Signed distances to the levels of a real image, one hemisphere each.
    anatomy = values(ANATOMICAL)
    left = np.arange(33)[:, None, None] < 16
    files = {}
    for surface, level in (("white", 12000), ("pial", 6000)):
        for side, hemisphere in (("left", left), ("right", ~left)):
            distance = np.where(hemisphere, level - anatomy, 1e4).astype(np.float32)
            files[surface, side] = save_like(
                ANATOMICAL, distance, tmp_path / f"{surface}_{side}.nii.gz"
            )
    found = run(
        workflows.init_ribbon_wf(),
        tmp_path,
        white=[files["white", "left"], files["white", "right"]],
        pial=[files["pial", "left"], files["pial", "right"]],
    )
    lw, rw = values(files["white", "left"]), values(files["white", "right"])
    lp, rp = values(files["pial", "left"]), values(files["pial", "right"])
    expected = ((lw > 0) & (lp < 0)) | ((rw > 0) & (rp < 0))
    assert 0 < expected[left[:, 0, 0]].mean() < 1
    assert 0 < expected[~left[:, 0, 0]].mean() < 1
    check_image(found["ribbon"][0], expected, ANATOMICAL, np.uint8)


def test_wrong_grid_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match=r"(?s)GridError.*`?mask"):
        run(workflows.init_masked_mean_wf(), tmp_path, bold=BOLD, mask=TPM_MASK)


def test_forgotten_input_is_named(tmp_path):
    with pytest.raises(RuntimeError, match="Input `mask` is not set"):
        run(workflows.init_masked_mean_wf(), tmp_path, bold=BOLD)


def test_wrong_formula_is_refused_when_the_workflow_is_built():
    with pytest.raises(FormulaError, match="mean"):
        workflows.init_single_node_wf("np.meen(x)", copy_header_from="x", output="y")


@pytest.mark.parametrize("name", [name for name in workflows.__all__ if "group" not in name])
def test_threads_reach_every_calculator(name):
    arguments = {
        "init_single_node_wf": {"formula": "x", "copy_header_from": "x", "output": "y"},
        "init_roi_spheres_wf": {"centres": [(1, 2, 3)]},
    }.get(name, {})
    workflow = getattr(workflows, name)(**arguments, omp_nthreads=3, name="other_wf")
    assert workflow.name == "other_wf"
    threads = [
        workflow.get_node(node).n_procs
        for node in workflow.list_node_names()
        if "formula" in workflow.get_node(node).inputs.get()
    ]
    assert threads
    assert set(threads) == {3}
