"""Nodes and workflows over GIFTI files: names, headers, the metrics of sMRIPrep, tSNR."""

import gzip
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nipype.pipeline import engine as pe

from nipype_mathimg import math_img
from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.interfaces import CompareHeaders, CopyHeader, MathImg, MathValue
from nipype_mathimg.interfaces.targets import stem_of
from nipype_mathimg.workflows import init_metric_maps_wf, init_tsnr_wf
from tests.surfaces.gifti_files import BOLD, PARC, SULC, THICK, read
from tests.workflows.checks import run
from tests.workflows.test_scripts import run_script

NAMES = {
    "bold * 2": "bold_math.func.gii",
    "np.mean(bold, axis=-1)": "bold_math.shape.gii",
    "thick > 2": "thick_math.shape.gii",
    "rois + 1": "rois_math.shape.gii",
}


@pytest.mark.parametrize("formula", NAMES)
def test_the_default_name_follows_the_kind(gifti, tmp_path, formula):
    name = next(name for name in gifti if name in formula)
    found = MathImg(formula, **{name: gifti[name]}, copy_header_from=name).run(cwd=tmp_path)
    assert found.outputs.out_file == str(tmp_path / NAMES[formula])


def test_a_name_without_a_suffix_gets_that_of_the_kind(gifti, tmp_path):
    interface = MathImg("-thick", thick=gifti["thick"], copy_header_from="thick", out_file="less")
    assert interface.run(cwd=tmp_path).outputs.out_file == str(tmp_path / "less.shape.gii")


@pytest.mark.parametrize("ending", [".func.gii.gz", ".gii", ".surf.gii"])
def test_names_that_are_not_written_are_told_those_that_are(gifti, tmp_path, ending):
    with pytest.raises(ImageFileError, match=r"named \.func\.gii, \.shape\.gii or \.label\.gii"):
        math_img("-thick", {"thick": gifti["thick"]}, tmp_path / f"o{ending}")


def test_a_file_that_is_compressed_once_more_gives_the_name_without(gifti, tmp_path):
    packed = tmp_path / "x.shape.gii.gz"
    packed.write_bytes(gzip.compress(Path(gifti["thick"]).read_bytes()))
    inputs = {"in_file": str(packed), "hdr_file": gifti["thick"]}
    found = CopyHeader(**inputs).run(cwd=tmp_path).outputs.out_file
    assert os.path.basename(found) == "x_hdr.shape.gii"
    np.testing.assert_array_equal(read(found)[1], THICK)
    interface = MathImg("m * 2", m=str(packed), copy_header_from="m")
    assert interface.run(cwd=tmp_path).outputs.out_file.endswith("x_math.shape.gii")


def test_names_of_images():
    assert stem_of("/a/x.shape.gii.gz") == stem_of("x.gii") == stem_of("x.dtseries.nii") == "x"
    assert stem_of("lh.curv.func.gii") == "lh.curv"


def test_a_node_has_several_results(gifti, tmp_path):
    program = "mean = np.mean(bold, axis=-1)\nrest = bold - mean\nlevel = np.mean(mean)"
    interface = MathImg(
        program,
        bold=gifti["bold"],
        outputs=["mean", "rest", "level"],
        copy_header_from={"mean": "bold", "rest": "bold"},
    )
    node = pe.Node(interface, name="both", base_dir=str(tmp_path))
    outputs = node.run().outputs
    assert os.path.basename(outputs.mean) == "bold_mean.shape.gii"
    assert os.path.basename(outputs.rest) == "bold_rest.func.gii"
    assert outputs.level == pytest.approx(BOLD.mean(dtype=float))
    expected = BOLD - BOLD.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(read(outputs.rest)[1], expected, atol=1e-3)


def test_a_number_of_a_surface(gifti):
    found = MathValue("np.mean(thick[parc == 2])", thick=gifti["thick"], parc=gifti["parc"]).run()
    assert found.outputs.out == pytest.approx(THICK[PARC == 2].mean(dtype=float))


def test_headers_are_copied_and_compared(gifti, tmp_path):
    other = tmp_path / "bare.shape.gii"
    array = nib.gifti.GiftiDataArray(THICK, "NIFTI_INTENT_NONE", "NIFTI_TYPE_FLOAT32")
    nib.save(nib.GiftiImage(darrays=[array]), other)
    copied = CopyHeader(in_file=str(other), hdr_file=gifti["thick"]).run(cwd=tmp_path).outputs
    assert os.path.basename(copied.out_file) == "bare_hdr.shape.gii"
    assert read(copied.out_file)[0].meta["AnatomicalStructurePrimary"] == "CortexLeft"
    pair = {"reference_file": gifti["thick"], "in_file": copied.out_file}
    found = CompareHeaders(**pair).run(cwd=tmp_path).outputs
    assert found.same
    assert os.path.basename(found.out_file) == "bare_hdr_headers.txt"
    pair["in_file"] = str(other)
    assert not CompareHeaders(**pair).run(cwd=tmp_path).outputs.same


def test_the_metrics_of_smriprep(gifti, tmp_path):
    thick = tmp_path / "lh.thickness.shape.gii"
    signed = np.where(np.arange(THICK.size) % 7 == 0, 0, THICK) * np.float32(-1)
    array = nib.gifti.GiftiDataArray(signed, "NIFTI_INTENT_SHAPE", "NIFTI_TYPE_FLOAT32")
    nib.save(nib.GiftiImage(darrays=[array]), thick)
    workflow = init_metric_maps_wf()
    workflow.base_dir = str(tmp_path)
    workflow.inputs.inputnode.sulc, workflow.inputs.inputnode.thickness = gifti["sulc"], str(thick)
    (node,) = (one for one in workflow.run().nodes() if one.name == "metrics")
    expected = {
        "depth": ("sulc", -SULC, np.float32),
        "thick": ("thickness", abs(signed), np.float32),
        "cortex": ("cortex", abs(signed) > 0, np.uint8),
    }
    for name, (file, values, dtype) in expected.items():
        path = getattr(node.result.outputs, name)
        assert os.path.basename(path) == f"{file}.shape.gii"
        data = read(path)[1]
        np.testing.assert_array_equal(data, values)
        assert data.dtype == dtype
    assert read(node.result.outputs.depth)[0].meta["AnatomicalStructurePrimary"] == "CortexLeft"


def test_the_script_of_the_metrics_says_where_they_are(gifti, tmp_path):
    files = "--sulc", gifti["sulc"], "--thickness", gifti["thick"]
    done = run_script(tmp_path, "metric_maps.py", *files)
    assert done.returncode == 0, done.stderr
    printed = [line.split()[-1] for line in done.stdout.splitlines() if line.endswith(".gii")]
    names = {os.path.basename(path) for path in printed if os.path.isfile(path)}
    assert names == {"sulc.shape.gii", "thickness.shape.gii", "cortex.shape.gii"}


def test_tsnr_is_the_same_workflow_over_a_surface(gifti, tmp_path):
    (path,) = run(init_tsnr_wf(), tmp_path, bold=gifti["bold"])["tsnr"]
    assert os.path.basename(path) == "tsnr.shape.gii"
    expected = BOLD.mean(axis=-1, dtype=float) / BOLD.std(axis=-1, dtype=float)
    np.testing.assert_allclose(read(path)[1], expected, rtol=1e-5)
