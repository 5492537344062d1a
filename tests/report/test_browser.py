"""The real file in a real browser: nothing is cut off, nothing overlaps, it is not blank."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img, write_report

from .browser import chromium

pytestmark = [pytest.mark.needs("matplotlib"), pytest.mark.needs("chromium")]

LONG = "sub-01_ses-" + "x" * 150 + "_bold.nii.gz"


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A result with all that a report may have, much of it long."""
    folder = tmp_path_factory.mktemp("made")
    data = np.random.default_rng(0).normal(100, 10, (20, 24, 16, 12)).astype("f4")
    data[0, 0, 0, 0] = np.nan
    image = nib.Nifti1Image(data, np.diag([-3.0, 3, 3, 1]))
    image.header.set_xyzt_units("mm", "sec")
    nib.save(image, folder / LONG)
    terms = " + ".join(["np.std(WWWWWWWW, axis=-1, keepdims=True)"] * 20)
    inputs = {"WWWWWWWW": folder / LONG}
    result = math_img(
        f"psc = 100 * WWWWWWWW / np.mean(WWWWWWWW, axis=-1, keepdims=True)\nmany = {terms}\n"
        "top = np.nanmax(WWWWWWWW)",
        inputs,
        outputs={"psc": folder / "psc.nii.gz", "many": folder / f"many{LONG}", "top": None},
        copy_header_from="WWWWWWWW",
    )
    return folder, result, inputs


def overlap(one, other):
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    # A pixel is shared where boxes touch; a box has room above and below its letters.
    return min(wide, high) > 2


@pytest.mark.parametrize("suffix", [".svg", ".html"])
@pytest.mark.parametrize("width", [800, 1600])
def test_nothing_is_cut_off_and_nothing_overlaps(tab, made, width, suffix):
    folder, result, inputs = made
    file = folder / f"report{suffix}"
    write_report(result, file, inputs=inputs, copy_header_from="WWWWWWWW")
    shown = tab.open(file, width)
    left, top, right, bottom = shown["page"]
    assert right - left == pytest.approx(width, abs=20)  # less a scroll bar
    assert len(shown["texts"]) > 60
    for text, box in shown["texts"]:
        inside = left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= bottom
        assert inside, text
        assert not text.strip() or box[3] - box[1] >= 8, text  # can be read
    for (text, box), (other, its) in combinations(shown["texts"], 2):
        assert not overlap(box, its), (text, other)
    # Two results with mean and SD or one volume, and the donor beside each; three planes, a bar.
    assert len(shown["images"]) == (2 + 1) * 4 + (1 + 1) * 4
    assert all(b[2] - b[0] > 5 and b[3] - b[1] > 30 for b in shown["images"])


def test_the_page_is_not_blank(tab, made):
    from PIL import Image

    folder, result, inputs = made
    write_report(result, folder / "seen.svg", inputs=inputs, copy_header_from="WWWWWWWW")
    shown = tab.open(folder / "seen.svg", 800)
    pixels = np.asarray(Image.open(BytesIO(tab.picture())).convert("L"))
    x0, y0, x1, y1 = (int(k) for k in shown["images"][0])
    plane = pixels[y0 + 4 : min(y1, 900) - 4, x0 + 4 : x1 - 4]
    assert plane.std() > 20  # noise from black to white
    assert (pixels > 250).mean() > 0.2  # on a white page
