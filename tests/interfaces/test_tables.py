"""Tables, sidecars and matrices as inputs of nodes."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from nipype import Node

from nipype_mathimg.interfaces import MathImg, MathValue

CENSORED = 'bold[..., confounds["fd"] < limits["fd"]]'


@pytest.fixture
def bold(tmp_path):
    data = np.arange(2 * 3 * 4 * 5, dtype="i2").reshape(2, 3, 4, 5)
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "bold.nii.gz")
    (tmp_path / "confounds.tsv").write_text("fd\n0.1\n0.9\n0.2\n0.3\n0.8\n")
    return tmp_path / "bold.nii.gz", data


def test_a_node_takes_a_table_and_a_dict(bold, tmp_path):
    file, data = bold
    node = Node(MathImg(formula=CENSORED, copy_header_from="bold"), "node", base_dir=tmp_path)
    node.inputs.confounds = tmp_path / "confounds.tsv"
    node.inputs.bold, node.inputs.limits = file, {"fd": 0.5}
    out = node.run().outputs.out_file
    np.testing.assert_array_equal(nib.load(out).get_fdata(), data[..., [0, 2, 3]])
    assert out.endswith("bold_math.nii.gz")

    def changed():
        before = node.inputs.get_hashval()[1]
        yield
        assert node.inputs.get_hashval()[1] != before
        yield

    for change in (
        lambda: node.inputs.trait_set(limits={"fd": 0.6}),
        lambda: (tmp_path / "confounds.tsv").write_text("fd\n0.1\n0.9\n0.2\n0.3\n0.85\n"),
    ):
        steps = changed()
        next(steps)
        change()
        next(steps)


def test_the_first_image_gives_the_name_whatever_stands_before_it(bold, tmp_path):
    formula = 'np.mean(confounds["fd"]) * bold'
    node = Node(MathImg(formula=formula, copy_header_from="bold"), "node", base_dir=tmp_path)
    node.inputs.confounds, node.inputs.bold = str(tmp_path / "confounds.tsv"), bold[0]
    assert node.run().outputs.out_file.endswith("/bold_math.nii.gz")


def test_a_node_takes_a_matrix(bold):
    file, data = bold
    table = np.eye(5)[:, :2]
    for given in (table, table.tolist()):
        value = MathValue(formula="np.sum(bold @ X)", bold=str(file), X=given).run()
        assert value.outputs.out == data[..., :2].sum()


def test_an_empty_dict_is_refused_with_words(bold):
    with pytest.raises(Exception, match="Input `meta` is"):
        MathValue(formula='np.sum(bold) * meta["TE"]', bold=str(bold[0]), meta={}).run()
