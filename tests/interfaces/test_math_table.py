"""`MathTable`: tables of regions in workflows."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from nipype.pipeline import engine as pe

from nipype_mathimg.interfaces import MathImg, MathTable

SHAPE = (4, 3, 2)


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(2)
    atlas = rng.integers(0, 3, SHAPE).astype(np.uint8)
    runs = [rng.integers(0, 99, (*SHAPE, 5)).astype(np.int16) for _ in range(3)]
    for k, run in enumerate(runs):
        nib.save(nib.Nifti1Image(run, np.eye(4)), tmp_path / f"run{k}.nii.gz")
    nib.save(nib.Nifti1Image(atlas, np.eye(4)), tmp_path / "atlas.nii.gz")
    (tmp_path / "dseg.tsv").write_text("index\tname\n2\ttwo\n1\tone\n")
    return tmp_path, atlas, runs


def rows(path):
    with open(path) as file:
        names, *lines = [line.rstrip("\n").split("\t") for line in file]
    return names, np.array(lines, float)


def expected(atlas, run):
    return np.stack([run[atlas == k].mean(axis=0) for k in (2, 1)], axis=1)


def test_a_map_node_writes_a_table_for_each_run(files):
    folder, atlas, runs = files
    node = pe.MapNode(
        MathTable("np.mean(bold, by=atlas)"), ["bold"], name="means", base_dir=folder
    )
    node.inputs.bold = [str(folder / f"run{k}.nii.gz") for k in range(3)]
    node.inputs.atlas = str(folder / "atlas.nii.gz")
    node.inputs.label_tables = {"atlas": str(folder / "dseg.tsv")}
    found = node.run().outputs.out_file
    assert [path.rpartition("/")[2] for path in found] == [f"run{k}_table.tsv" for k in range(3)]
    for path, run in zip(found, runs, strict=True):
        names, values = rows(path)
        assert names == ["two", "one"]
        assert np.array_equal(values, expected(atlas, run))


def test_a_changed_label_table_is_another_input(files):
    folder, _, _ = files
    interface = MathTable("np.mean(bold, by=atlas)")
    interface.inputs.label_tables = {"atlas": str(folder / "dseg.tsv")}
    before = interface.inputs.get_hashval("content")[1]
    (folder / "dseg.tsv").write_text("index\tname\n1\tone\n2\ttwo\n")
    assert interface.inputs.get_hashval("content")[1] != before


@pytest.mark.parametrize("labels", ["dseg.tsv", {"atlas": 3}, {}])
def test_wrong_label_tables_are_named_in_the_run(files, labels):
    folder, _, _ = files
    interface = MathTable("np.mean(bold, by=atlas)", label_tables=labels)
    interface.inputs.bold = str(folder / "run0.nii.gz")
    interface.inputs.atlas = str(folder / "atlas.nii.gz")
    with pytest.raises(Exception, match=r"Input `label_tables` is .*label table for each"):
        interface.run(cwd=folder)


def test_a_node_of_several_outputs_has_tables_and_images(files):
    folder, atlas, runs = files
    program = "means = np.mean(bold, by=atlas); back = means[atlas]"
    interface = MathImg(program, outputs=["means", "back"], copy_header_from="bold")
    interface.inputs.bold = str(folder / "run0.nii.gz")
    interface.inputs.atlas = str(folder / "atlas.nii.gz")
    outputs = interface.run(cwd=folder).outputs
    assert outputs.means.endswith("run0_means.tsv")
    assert np.array_equal(rows(outputs.means)[1], expected(atlas, runs[0])[:, ::-1])
    assert nib.load(outputs.back).shape == (*SHAPE, 5)
