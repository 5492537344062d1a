"""The reference example as a workflow: its header tables, field for field."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.workflows import init_copy_headers_wf
from nipype_mathimg.workflows.copy_headers import RESULTS

SHAPE = (61, 73, 61, 176)

# Field: the input image's value, the result's value; as the example prints them.
FRESH = {
    "regular": (b"r", b""),
    "dim_info": (48, 0),
    "pixdim": ([-1, 3, 3, 3, 2, 0, 0, 0], [-1, 3, 3, 3, 1, 1, 1, 1]),
    "slice_end": (60, 0),
    "xyzt_units": (10, 0),
    "qform_code": (1, 0),
    "sform_code": (1, 2),
}
WITHOUT_T = {"dim": ([4, *SHAPE, 1, 1, 1], [3, *SHAPE[:3], 1, 1, 1, 1])}
PIXDIM_WITHOUT_T = {"pixdim": ([-1, 3, 3, 3, 2, 0, 0, 0], [-1, 3, 3, 3, 1, 1, 1, 1])}
TABLES = {
    "same_fresh": FRESH,
    "same_copied": {"cal_max": (0, 24359.932)},
    "mean_fresh": {**FRESH, **WITHOUT_T},
    "mean_copied": {
        **WITHOUT_T,
        **PIXDIM_WITHOUT_T,
        "cal_max": (0, 17736.469),
        "cal_min": (0, -15583.777),
    },
}
TABLES["mean_at_once"] = TABLES["mean_copied"]


def adhd_header() -> nib.Nifti1Header:
    """Return the header that the reference example prints."""
    header = nib.Nifti1Header()
    header.set_data_shape(SHAPE)
    header.set_data_dtype(np.float32)
    header["regular"], header["dim_info"], header["slice_end"] = b"r", 48, 60
    header["pixdim"] = [-1, 3, 3, 3, 2, 0, 0, 0]
    header["xyzt_units"], header["qform_code"], header["sform_code"] = 10, 1, 1
    header["quatern_b"], header["quatern_c"], header["quatern_d"] = -0.0, 1, 0
    header["qoffset_x"], header["qoffset_y"], header["qoffset_z"] = 90, -126, -72
    header["srow_x"] = [-3, -0.0, -0.0, 90]
    header["srow_y"] = [-0.0, 3, -0.0, -126]
    header["srow_z"] = [0, 0, 3, -72]
    header["magic"], header["vox_offset"] = b"n+1", 352
    return header


def sparse_image(path: Path, voxels: list[tuple[object, float]]) -> str:
    """Write a file of zeros but for some voxels; it takes no space on disk."""
    header = adhd_header()
    with path.open("wb") as file:
        header.write_to(file)
        file.truncate(352 + 4 * int(np.prod(SHAPE)))
    data = np.memmap(path, np.float32, "r+", offset=352, shape=SHAPE, order="F")
    for index, value in voxels:
        data[index] = value
    return str(path)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Run the workflow on such images, and return the differences by result."""
    folder = tmp_path_factory.mktemp("adhd")
    every_t = slice(None)
    workflow = init_copy_headers_wf()
    workflow.base_dir = str(folder)
    workflow.inputs.inputnode.img1 = sparse_image(
        folder / "img1.nii",
        [((30, 30, 30, every_t), 17736.469), ((9, 9, 9, 7), 24359.932)],
    )
    workflow.inputs.inputnode.img2 = sparse_image(
        folder / "img2.nii", [((20, 30, 30, every_t), 15583.777)]
    )
    graph = workflow.run()
    found = {node.name: node.result.outputs for node in graph.nodes()}
    images = dict(zip(RESULTS, found["collect"].out, strict=True))
    texts = dict(zip(RESULTS, found["compare"].out_file, strict=True))
    return images, {name: Path(text).read_text() for name, text in texts.items()}


@pytest.mark.parametrize("name", RESULTS)
def test_table_names_the_fields_of_the_example(tables, name):
    rows = tables[1][name].splitlines()[1:-1]
    assert {row.split()[0] for row in rows} == set(TABLES[name])


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name in RESULTS for field in TABLES[name]]
)
def test_values_are_those_of_the_example(tables, name, field):
    before, after = TABLES[name][field]
    header = nib.load(tables[0][name]).header
    for found, expected in ((adhd_header()[field], before), (header[field], after)):
        if isinstance(expected, bytes):
            assert found.item() == expected
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_both_ways_of_copying_give_the_same_image(tables):
    copied, at_once = (tables[0][name] for name in ("mean_copied", "mean_at_once"))
    np.testing.assert_array_equal(nib.load(copied).dataobj, nib.load(at_once).dataobj)
    assert nib.load(copied).header == nib.load(at_once).header


def test_nodes_carry_threads_and_types():
    workflow = init_copy_headers_wf(omp_nthreads=2, name="other_wf")
    assert workflow.name == "other_wf"
    assert workflow.get_node("mean_at_once").n_procs == 2
    assert workflow.get_node("mean_at_once").inputs.copy_header_from == "img1"
