"""Workflows of one node that look at neighbours, beside NumPy and SciPy; and their scripts."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg import workflows
from tests.workflows.checks import check_image, run
from tests.workflows.real_images import BOLD, MASK, save_like, values
from tests.workflows.test_scripts import printed_files, run_script

SHAPE = (36, 40, 34)
AFFINE = np.array([[-2.0, 0, 0, 36], [0, 1.9, -0.6, -30], [0, 0.6, 1.9, -36], [0, 0, 0, 1]])


def itk_ball(radius):
    where = np.indices([2 * radius + 1] * 3) - radius
    return (where**2).sum(0) <= (radius + 0.5) ** 2


def largest(mask):
    labels, count = ndimage.label(mask)
    return labels == 1 + np.argmax(ndimage.sum_labels(mask, labels, range(1, count + 1)))


def eroded(mask, radius):
    return ndimage.binary_erosion(mask, itk_ball(radius), border_value=1)


@pytest.fixture(scope="module")
def brain(tmp_path_factory):
    """Return a segmentation in shells with islands and holes, a mask, an image, a map."""
    rng = np.random.default_rng(2)
    where = np.indices(SHAPE) - np.reshape(SHAPE, (3, 1, 1, 1)) / 2
    radius = np.sqrt((where**2).sum(0)) + rng.normal(0, 0.4, SHAPE)
    segm = np.select([radius < 6, radius < 11, radius < 14], [3, 2, 1], 0)
    segm[rng.random(SHAPE) > 0.98] = 2
    segm[:12, :14, :12] = 1  # so much fluid that its middle outlives an erosion of 10 voxels
    found = {
        "segm": segm.astype("uint8"),
        "mask": (radius < 9).astype("uint8"),
        "image": (rng.normal(600, 20, SHAPE) + 100 * (segm == 3)).astype("float32"),
        "wm": np.clip((segm == 3) * 0.95 + rng.normal(0, 0.03, SHAPE), 0, 1).astype("float32"),
        "stat": ndimage.gaussian_filter(rng.normal(0, 12, SHAPE), 1.2).astype("float32"),
    }
    folder = tmp_path_factory.mktemp("brain")
    for name, data in found.items():
        nib.save(nib.Nifti1Image(data, AFFINE), folder / f"{name}.nii.gz")
    return {name: str(folder / f"{name}.nii.gz") for name in found}


def cleaned(segm, mask):
    """Return the mask and the labels as ANTs' steps give them, on padded images."""
    segm, mask = (np.pad(one, 10) for one in (segm, mask))
    wm = largest(segm == 3)
    gm = largest(segm == 2)
    gm = (gm & ndimage.binary_fill_holes(gm)) | eroded(segm == 1, 10)
    labels = np.where(wm, 3, 2 * gm)
    tissue = largest(eroded(labels > 0, 2))
    tissue = ndimage.binary_fill_holes(ndimage.binary_dilation(tissue, itk_ball(4)))
    closed = eroded(ndimage.binary_dilation(tissue | (mask > 0), itk_ball(5)), 5)
    inner = (slice(10, -10),) * 3
    return closed[inner], labels[inner]


def test_clean_segmentation(brain, tmp_path):
    inputs = {name: brain[name] for name in ("segm", "mask")}
    found = run(workflows.init_clean_segmentation_wf(), tmp_path, **inputs)
    expected = cleaned(*map(values, inputs.values()))
    assert np.any(eroded(values(brain["segm"]) == 1, 10))
    for name, want in zip(("brain_mask", "clean_segm"), expected, strict=True):
        check_image(found[name][0], want, brain["segm"], np.uint8)


@pytest.mark.parametrize("erode", [True, False])
def test_harmonize(brain, erode, tmp_path):
    inputs = {name: brain[name] for name in ("image", "wm")}
    found = run(workflows.init_harmonize_wf(erode=erode), tmp_path, **inputs)
    image, wm = map(values, inputs.values())
    inside = wm >= np.float32(0.9)
    if erode:
        inside = ndimage.binary_erosion(inside, ndimage.generate_binary_structure(3, 2))
    expected = image * 1000 / np.median(image[inside])
    check_image(found["harmonized"][0], expected, brain["image"], np.float32)


def test_smooth_in_mask(tmp_path):
    found = run(workflows.init_smooth_in_mask_wf(fwhm=5), tmp_path, image=BOLD, mask=MASK)
    inside, zooms = values(MASK) > 0, nib.load(BOLD).header.get_zooms()[:3]
    sigma = 5 / np.sqrt(8 * np.log(2)) / np.asarray(zooms, float)

    def smooth(image):
        return ndimage.gaussian_filter(image, sigma, mode="constant")

    weight = smooth(inside.astype(float))
    volumes = [
        np.where(inside, smooth(np.where(inside, volume, 0)) / np.where(inside, weight, 1), 0)
        for volume in np.moveaxis(values(BOLD), -1, 0)
    ]
    check_image(found["smoothed"][0], np.stack(volumes, -1), BOLD, np.float32)


def kept(mask, voxels):
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    return (sizes >= voxels)[labels]


@pytest.mark.parametrize("two_sided", [False, True])
def test_cluster_threshold(brain, two_sided, tmp_path):
    workflow = workflows.init_cluster_threshold_wf(voxels=8, two_sided=two_sided)
    found = run(workflow, tmp_path, stat=brain["stat"])
    stat = values(brain["stat"])
    inside = kept(stat > 3.1, 8) | (kept(stat < -3.1, 8) if two_sided else False)
    assert 0 < inside.sum() < (abs(stat) > 3.1).sum()
    check_image(found["clusters"][0], np.where(inside, stat, 0), brain["stat"], np.float32)


def spheres(centres, radius):
    """Return numbered balls, from the place of every voxel in the world."""
    places = np.einsum("ij,jxyz->ixyz", AFFINE[:3, :3], np.indices(SHAPE).astype(float))
    places += AFFINE[:3, 3].reshape(3, 1, 1, 1)
    found = np.zeros(SHAPE)
    for number, centre in reversed(list(enumerate(centres, 1))):
        away = places - np.reshape(centre, (3, 1, 1, 1))
        found[(away**2).sum(0) <= radius**2] = number
    return found


CENTRES = [(5.3, 4, -2), (9, 4, 1), (-12, 10.5, 8)]


def test_roi_spheres_on_an_oblique_grid(brain, tmp_path):
    workflow = workflows.init_roi_spheres_wf(CENTRES, radius=6)
    found = run(workflow, tmp_path, reference=brain["stat"])
    want = spheres(CENTRES, 6)
    assert set(np.unique(want)) == {0, 1, 2, 3}
    check_image(found["spheres"][0], want, brain["stat"], np.uint8)


def test_the_script_of_anatomical_images(brain, tmp_path):
    names = ("image", "wm", "segm", "mask")
    options = [word for name in names for word in (f"--{name}", brain[name])]
    files = printed_files(run_script(tmp_path, "anatomical.py", *options))
    assert set(files) == {"brain_mask", "clean_segm", "harmonized"}


def test_the_script_of_clusters_and_spheres(brain, tmp_path):
    options = ["--stat", brain["stat"], "--mask", brain["mask"], "--threshold", "1"]
    options += [word for centre in CENTRES for word in ("--centre", *map(str, centre))]
    files = printed_files(run_script(tmp_path, "clusters_and_spheres.py", *options))
    assert set(files) == {"smoothed", "clusters", "spheres"}
    np.testing.assert_array_equal(values(files["spheres"]), spheres(CENTRES, 6))


def test_the_script_of_goodvoxels(tmp_path):
    ribbon = save_like(MASK, (values(MASK) > 0).astype(np.uint8), tmp_path / "ribbon.nii.gz")
    options = ["--bold", BOLD, "--ribbon", ribbon, "--factor", "1"]
    files = printed_files(run_script(tmp_path, "goodvoxels.py", *options))
    assert set(files) == {"goodvoxels_mask", "goodvoxels_ribbon"}
