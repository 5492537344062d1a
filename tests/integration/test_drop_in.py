"""The classes of `drop_in` against those whose place they take, and under their own tests."""

from __future__ import annotations

import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nipype.algorithms import confounds
from nipype.algorithms.tests import test_TSNR as tsnr_tests

from nipype_mathimg.interfaces import drop_in
from tests.requirements import missing

if missing("niworkflows"):
    pytest.skip(missing("niworkflows"), allow_module_level=True)
with warnings.catch_warnings():
    # Of what niworkflows imports; nothing that is tested here.
    warnings.simplefilter("ignore")
    from niworkflows.interfaces import morphology, nibabel, probmaps
    from niworkflows.interfaces.tests import test_morphology as morphology_tests
    from niworkflows.interfaces.tests import test_nibabel as nibabel_tests

pytestmark = [
    pytest.mark.needs("niworkflows"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::nipype_mathimg.errors.HeaderWarning"),
]


@pytest.fixture(autouse=True)
def swapped(monkeypatch):
    """Let other people's tests meet our classes in place of theirs."""
    count = 0
    for module in (nibabel_tests, morphology_tests, tsnr_tests):
        for name in drop_in.__all__:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, getattr(drop_in, name))
                count += 1
    # niworkflows has tests of five of its seven classes, Nipype has some of its one.
    assert count == 6


# Collected here, they run with the names of their own modules: with our classes.
test_binarize = nibabel_tests.test_Binarize
test_apply_mask = nibabel_tests.test_ApplyMask
test_merge_series = nibabel_tests.test_MergeSeries
test_merge_series_affines = nibabel_tests.test_MergeSeries_affines
test_map_labels = nibabel_tests.test_map_labels
test_binary_subtraction = morphology_tests.test_BinaryDilation_interface


class TestTSNR(tsnr_tests.TestTSNR):
    """Nipype's own tests of its class."""


SHAPE = (5, 6, 7)
RNG = np.random.default_rng(0)
IMAGES = {
    "ints": RNG.integers(-50, 900, SHAPE).astype(np.int16),
    "floats": RNG.normal(10, 5, SHAPE).astype(np.float32),
    "mask": (RNG.random(SHAPE) > 0.4).astype(np.uint8),
    "other": (RNG.random(SHAPE) > 0.6).astype(np.uint8),
    "seg": RNG.integers(0, 9, SHAPE).astype(np.int16),
    "run": RNG.normal(1000, 20, (*SHAPE, 12)).astype(np.float32),
    "whole": RNG.integers(500, 900, (*SHAPE, 12)).astype(np.int16),
    **{f"tpm{k}": RNG.random(SHAPE).astype(np.float32) for k in range(3)},
}
MASKED = {"in_file": "floats", "in_mask": "mask"}
TPMS = ["tpm0", "tpm1", "tpm2"]
CASES = [
    (nibabel.ApplyMask, MASKED),
    (nibabel.ApplyMask, {"in_file": "ints", "in_mask": "mask"}),
    (nibabel.ApplyMask, {"in_file": "run", "in_mask": "tpm0", "threshold": 0.7}),
    (nibabel.Binarize, {"in_file": "floats", "thresh_low": 9.5}),
    (nibabel.Binarize, {"in_file": "ints", "thresh_low": -3.0}),
    (morphology.BinarySubtraction, {"in_base": "mask", "in_subtract": "other"}),
    (nibabel.DemeanImage, MASKED),
    (nibabel.DemeanImage, {**MASKED, "only_mask": True}),
    (nibabel.MapLabels, {"in_file": "seg", "mappings": {1: 7, 7: 2, 8: 0}}),
    (probmaps.AddTPMs, {"in_files": TPMS}),
    (probmaps.AddTPMs, {"in_files": TPMS, "indices": [0, 2]}),
    (probmaps.AddTPMs, {"in_files": TPMS, "indices": [1]}),
    (nibabel.MergeSeries, {"in_files": ["floats", "run", "tpm0"]}),
    (confounds.TSNR, {"in_file": "run"}),
    (confounds.TSNR, {"in_file": "run", "regress_poly": 2}),
    (confounds.TSNR, {"in_file": TPMS}),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return images by name."""
    folder = tmp_path_factory.mktemp("images")
    found = {}
    for name, values in IMAGES.items():
        image = nib.Nifti1Image(values, np.diag([2.0, 2.0, 3.0, 1.0]))
        image.header.set_xyzt_units("mm", "sec")
        found[name] = str(folder / f"{name}.nii.gz")
        image.to_filename(found[name])
    return found


def given(inputs, files):
    """Return inputs with files in place of names of images."""

    def file(value):
        return files.get(value, value) if isinstance(value, str) else value

    return {
        name: [file(one) for one in value] if isinstance(value, list) else file(value)
        for name, value in inputs.items()
    }


@pytest.mark.parametrize(("theirs", "inputs"), CASES)
def test_what_the_original_gives(theirs, inputs, files, tmp_path, monkeypatch):
    results = []
    for cls in (theirs, getattr(drop_in, theirs.__name__)):
        folder = tmp_path / cls.__module__
        folder.mkdir()
        monkeypatch.chdir(folder)
        # Its files are in the folder from which it runs.
        results.append(cls(**given(inputs, files)).run().outputs.get())
    first, second = results
    assert first.keys() == second.keys()
    for name, path in first.items():
        if not isinstance(path, str):
            continue
        assert Path(path).name == Path(second[name]).name
        one, two = nib.load(path), nib.load(second[name])
        # Floats under the header of whole numbers are stored in steps by nibabel.
        step = one.dataobj.slope if one.dataobj.slope != 1 else 2e-4
        np.testing.assert_allclose(two.get_fdata(), one.get_fdata(), rtol=2e-5, atol=step)
        np.testing.assert_allclose(two.affine, one.affine)
        assert two.get_data_dtype() == one.get_data_dtype()


@pytest.mark.parametrize("name", drop_in.__all__)
def test_inputs_and_outputs_have_the_same_names(name):
    modules = (nibabel, morphology, probmaps, confounds)
    theirs = next((getattr(one, name) for one in modules if hasattr(one, name)), None)
    ours = getattr(drop_in, name)
    if theirs is None:
        expected = {
            "Clip": ({"in_file", "out_file", "minimum", "maximum"}, {"out_file"}),
            "Label2Mask": ({"in_file", "label_val"}, {"out_file"}),
        }[name]
    else:
        expected = (set(theirs.input_spec().get()), set(theirs.output_spec().get()))
    assert (set(ours.input_spec().get()), set(ours.output_spec().get())) == expected


@pytest.mark.parametrize(
    ("image", "limits", "changed"),
    [
        ("ints", {"minimum": 0}, True),
        ("ints", {"minimum": -60}, False),
        ("floats", {"maximum": 9.5}, True),
        ("floats", {"minimum": 2.0, "maximum": 9.5}, True),
        ("floats", {}, False),
        ("floats", {"out_file": "clipped.nii"}, True),
    ],
)
def test_clip(image, limits, changed, files, tmp_path):
    found = drop_in.Clip(in_file=files[image], **limits).run(cwd=tmp_path).outputs.out_file
    assert (found != files[image]) is changed
    low, high = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
    loaded = nib.load(found)
    np.testing.assert_allclose(loaded.get_fdata(), np.clip(IMAGES[image], low, high), rtol=1e-6)
    assert loaded.get_data_dtype() == IMAGES[image].dtype


def test_label_to_mask(files, tmp_path):
    found = nib.load(
        drop_in.Label2Mask(in_file=files["seg"], label_val=3).run(cwd=tmp_path).outputs.out_file
    )
    np.testing.assert_array_equal(np.asanyarray(found.dataobj), IMAGES["seg"] == 3)
    assert found.get_data_dtype() == np.uint8


def test_a_missing_input_is_said_in_the_run():
    with pytest.raises(ValueError, match="requires a value for input 'in_mask'"):
        drop_in.ApplyMask(in_file=__file__).run()
