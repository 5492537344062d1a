"""What stands in a report, against NumPy; where it goes, and when there is none."""

from __future__ import annotations

import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner

from nipype_mathimg import MathImgError, math_img, write_report
from nipype_mathimg.calc.planes import volume_of
from nipype_mathimg.cli.commands import main
from nipype_mathimg.interfaces import MathImg, node
from nipype_mathimg.report.reading import seen
from nipype_mathimg.spec import DataRange

from ..surfaces.gifti_files import BOLD, save
from ..test_imports import modules_after

AFFINE = np.array([[-3.0, 0, 0, 30], [0, 3, 0.2, -40], [0, -0.2, 4, -20], [0, 0, 0, 1]])
PIP = 'pip install "nipype_mathimg[report]"'


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = np.random.default_rng(1).normal(100, 10, (7, 9, 8, 12)).astype("f4")
    image = nib.Nifti1Image(data, AFFINE)
    image.header.set_xyzt_units("mm", "sec")
    image.header["pixdim"][4] = 2.5
    nib.save(image, "bold.nii.gz")
    return data


def report_of(formula: str, file: str = "report.svg", out: str = "out.nii.gz"):
    given = {"inputs": {"bold": "bold.nii.gz"}, "copy_header_from": "bold"}
    result = math_img(formula, out_file=out, **given)
    return result, write_report(result, file, **given)


def texts(file: str) -> list[str]:
    root = ET.parse(file).getroot()
    return ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.needs("matplotlib")
def test_what_a_page_says(data):
    data[1, 2, 3, 4], data[0] = np.inf, np.nan
    nib.save(nib.Nifti1Image(data, AFFINE, nib.load("bold.nii.gz").header), "bold.nii.gz")
    _, file = report_of("bold * 2 # $x^2$ < & ü")
    assert file == os.path.abspath("report.svg")
    said = " ".join(texts(file))
    assert "bold * 2 # $x^2$ < & ü" in said
    assert "7 x 9 x 8 x 12" in said
    assert "TR 2.5 s" in said
    assert f"{1 + data[0].size} of {data.size} values are not finite" in said
    finite = 2 * data[np.isfinite(data)]
    assert f"{finite.min():.6g} to {finite.max():.6g}" in said
    for title in ("Mean over time", "SD over time", "bold, which gave the header, first volume"):
        assert title in said


@pytest.mark.parametrize("lost", [False, True])
def test_what_is_shown_of_a_run(data, lost):
    if lost:
        data[1, 2, 3, 4], data[0], data[3, 3, 3, 3] = np.inf, np.nan, -np.inf
        nib.save(nib.Nifti1Image(data, AFFINE), "bold.nii.gz")
    clean = np.where(np.isfinite(data), data, np.nan).astype(float)
    found = seen("bold.nii.gz", DataRange(0, 1, int((~np.isfinite(data)).sum())), None)
    inside = clean[lost:]  # where nothing is finite there is nothing to say
    for title, wanted in (("Mean", np.nanmean), ("SD", np.nanstd)):
        # x of the file points to the left, that of a picture to the right.
        values = found.volumes[f"{title} over time"].values[::-1][lost:]
        np.testing.assert_allclose(values, wanted(inside, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(found.signal, np.nanmean(clean, axis=(0, 1, 2)), rtol=1e-6)
    assert found.counts.sum() == inside[..., 0].size


def test_what_is_shown_of_a_surface(tmp_path):
    save(tmp_path / "bold.func.gii", BOLD, "NIFTI_INTENT_TIME_SERIES", step=2)
    run = np.asarray(BOLD, float)
    found = seen(tmp_path / "bold.func.gii", DataRange(run.min(), run.max()), None)
    assert (found.volumes, found.counts.sum()) == ({}, run.size)
    vertices = run.shape.index(max(run.shape))
    np.testing.assert_allclose(found.signal, run.mean(axis=vertices), rtol=1e-6)


@pytest.mark.parametrize("axes", ["RAS", "LPI", "PIR", "SAL"])
def test_left_is_left_however_the_file_lies(axes):
    values = np.arange(4 * 5 * 6.0).reshape(4, 5, 6)
    straight = nib.Nifti1Image(values, np.diag([2.0, 3, 4, 1]))
    turned = straight.as_reoriented(
        nib.orientations.ornt_transform(
            nib.io_orientation(straight.affine), nib.orientations.axcodes2ornt(axes)
        )
    )
    volume = volume_of(turned)
    np.testing.assert_array_equal(volume.values, values)
    np.testing.assert_allclose(volume.affine, straight.affine)
    np.testing.assert_allclose(volume.steps, [2, 3, 4])


@pytest.mark.needs("matplotlib")
def test_the_same_results_give_the_same_bytes(data):
    import matplotlib as mpl

    _, file = report_of("bold - 1")
    first = Path(file).read_bytes()
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.facecolor": "pink"}):
        _, again = report_of("bold - 1", "again.svg")
    assert Path(again).read_bytes() == first
    assert not re.search(rb"20\d\d-\d\d-\d\d", first)


@pytest.mark.needs("matplotlib")
@pytest.mark.parametrize(
    ("formula", "out"),
    [
        ("bold[..., 0] * 0", "zero.nii.gz"),
        ("bold * np.nan", "nan.nii.gz"),
        ("bold[..., 0] * 1j", "complex.nii.gz"),
        ("bold[..., 0] > 100", "mask.nii.gz"),
        ("bold[:, :, :1]", "flat.nii"),
        ("bold[..., None]", "five.nii.gz"),
    ],
)
def test_every_kind_of_result_has_a_page(data, formula, out):
    _, file = report_of(formula, out=out)
    assert f"{out}" in texts(file)


@pytest.mark.needs("matplotlib")
def test_a_node_gives_out_report(data):
    given = {"bold": os.path.abspath("bold.nii.gz"), "copy_header_from": "bold"}
    found = MathImg("bold * 2", report=True, **given).run().outputs
    assert found.out_report == os.path.abspath("bold_report.svg")
    assert "bold_math.nii.gz" in texts(found.out_report)
    program = MathImg("m = np.mean(bold, axis=-1); n = np.max(m)", outputs=["m", "n"], **given)
    program.inputs.report = "maps.html"
    assert program.run().outputs.out_report == os.path.abspath("maps.html")
    split = MathImg("bold * 2", report=True, split="t", out_file="s.nii", **given).run().outputs
    assert len(split.out_files) == 12
    assert "s.nii" in texts(split.out_report)


def test_without_it_there_is_none_and_nothing_is_loaded(data):
    interface = MathImg("bold * 2", bold=os.path.abspath("bold.nii.gz"), report=False)
    assert not hasattr(interface.run().outputs, "out_report") or not os.path.exists(
        "bold_report.svg"
    )
    loaded = modules_after(
        "from nipype_mathimg.interfaces import MathImg; import nipype_mathimg.cli.commands\n"
        f"MathImg('bold * 2', bold={os.path.abspath('bold.nii.gz')!r}).run()"
    )
    assert not [name for name in loaded if name.startswith("nipype_mathimg.report")]
    assert "matplotlib" not in loaded


def test_a_missing_extra_is_said_before_anything_is_computed(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    interface = MathImg("bold * 2", bold=os.path.abspath("bold.nii.gz"), report=True)
    with pytest.raises(MathImgError, match=re.escape(PIP)):
        interface.run()
    words = ["img", "bold * 2", "o.nii.gz", "-i", "bold=bold.nii.gz", "--report", "r.svg"]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, PIP in done.output) == (1, True)
    assert os.listdir() == ["bold.nii.gz"]


@pytest.mark.parametrize("report", ["page.pdf", "page"])
def test_another_suffix_is_refused_before_anything_is_computed(data, report):
    interface = MathImg("bold * 2", bold=os.path.abspath("bold.nii.gz"), report=report)
    with pytest.raises(MathImgError, match=r"written as \.svg or \.html"):
        interface.run()
    assert os.listdir() == ["bold.nii.gz"]


@pytest.mark.needs("matplotlib")
def test_at_a_terminal(data):
    words = ["img", "bold * 2", "o.nii.gz", "-i", "bold=bold.nii.gz", "--copy-header-from", "bold"]
    done = CliRunner().invoke(main, [*words, "--report", "r.html"])
    assert done.exit_code == 0, done.output
    assert Path("r.html").read_text().startswith("<!DOCTYPE html>")
    os.unlink("o.nii.gz")
    again = CliRunner().invoke(main, [*words, "--report", "r.html"])
    assert "r.html: exists already" in again.output
    assert not os.path.exists("o.nii.gz")


def test_the_memory_of_a_node_is_known_with_a_report(data):
    interface = MathImg("bold * 2", bold=os.path.abspath("bold.nii.gz"))
    plain = node(interface, "plain").mem_gb
    interface.inputs.report = True
    assert node(interface, "reported").mem_gb > plain
