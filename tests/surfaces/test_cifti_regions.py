"""Regions of a dlabel file: parcellated files, as Workbench makes them, and back."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img, math_table, math_value
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.files.source import open_source
from tests.surfaces import made
from tests.surfaces.made import shown
from tests.surfaces.test_cifti import workbench


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return made.write_all(tmp_path_factory.mktemp("regions"))


def regions(values, function):
    labels = shown("labels")
    return np.stack([function(values[labels == k], axis=0) for k in range(1, 5)])


@pytest.mark.parametrize("name", ["mean", "std", "min", "max", "median", "sum"])
def test_a_series_becomes_one_of_parcels(tmp_path, files, name):
    inputs = {"b": files["b"], "labels": files["labels"]}
    out = tmp_path / "out.ptseries.nii"
    math_img(f"np.{name}(b, by=labels)", inputs, out, copy_header_from="b")
    image = nib.load(out)
    np.testing.assert_allclose(
        image.get_fdata().T, regions(shown("b"), getattr(np, name)), rtol=1e-6
    )
    series, parcels = (image.header.get_axis(k) for k in (0, 1))
    assert (series.start, series.step, series.size) == (made.START, made.STEP, made.TIMES)
    assert list(parcels.name) == [f"area {k}" for k in range(4)]
    assert image.nifti_header["intent_code"] == 3004


@pytest.mark.needs("workbench")
@pytest.mark.parametrize(
    ("name", "theirs"), [("mean", "MEAN"), ("std", "STDEV"), ("max", "MAX"), ("median", "MEDIAN")]
)
def test_parcels_are_those_of_workbench(tmp_path, files, name, theirs):
    reference, out = tmp_path / "wb.ptseries.nii", tmp_path / "out.ptseries.nii"
    workbench(
        *("-cifti-parcellate", files["b"], files["labels"], "COLUMN", reference),
        *("-method", theirs),
    )
    inputs = {"b": files["b"], "labels": files["labels"]}
    math_img(f"np.{name}(b, by=labels)", inputs, out, copy_header_from="b")
    np.testing.assert_allclose(
        nib.load(out).get_fdata(), nib.load(reference).get_fdata(), rtol=1e-6
    )
    ours, other = (open_source("a", path).header.slow for path in (out, reference))
    assert ours.members == other.members
    # One program's parcels meet the other's.
    difference = math_value("np.max(abs(a - b))", {"a": out, "b": reference}).value
    assert difference < 1e-5


def test_correlations_of_regions_are_connectivity(tmp_path, files):
    inputs = {"b": files["b"], "labels": files["labels"]}
    out, series = tmp_path / "out.pconn.nii", tmp_path / "series.ptseries.nii"
    math_img("np.corrcoef(np.mean(b, by=labels))", inputs, out, copy_header_from="b")
    image = nib.load(out)
    assert image.nifti_header["intent_code"] == 3003
    assert [list(image.header.get_axis(k).name) for k in (0, 1)] == [
        [f"area {k}" for k in range(4)]
    ] * 2
    want = np.corrcoef(regions(shown("b"), np.mean))
    np.testing.assert_allclose(image.get_fdata(), want, atol=1e-6)
    # The same of a series that a file has.
    math_img("np.mean(b, by=labels)", inputs, series, copy_header_from="b")
    math_img("np.corrcoef(p)", {"p": series}, out, copy_header_from="p")
    np.testing.assert_allclose(nib.load(out).get_fdata(), want, atol=1e-6)


@pytest.mark.needs("workbench")
def test_connectivity_is_that_of_workbench(tmp_path, files):
    series, ours, theirs = (tmp_path / n for n in ("s.ptseries.nii", "o.pconn.nii", "t.pconn.nii"))
    inputs = {"b": files["b"], "labels": files["labels"]}
    math_img("np.mean(b, by=labels)", inputs, series, copy_header_from="b")
    workbench("-cifti-correlation", series, theirs)
    math_img("np.corrcoef(p)", {"p": series}, ours, copy_header_from="p")
    got, want = (nib.load(path).get_fdata() for path in (ours, theirs))
    np.testing.assert_allclose(got, want, atol=1e-6)


@pytest.mark.needs("workbench")
@pytest.mark.parametrize(("name", "kind"), [("dconn", "pdconn"), ("dpconn", "pconn")])
def test_connectivity_of_parcels_is_that_of_workbench(tmp_path, files, name, kind):
    reference, out = tmp_path / f"wb.{kind}.nii", tmp_path / f"out.{kind}.nii"
    workbench("-cifti-parcellate", files[name], files["labels"], "COLUMN", reference)
    inputs = {"d": files[name], "labels": files["labels"]}
    math_img("np.mean(d, by=labels)", inputs, out, copy_header_from="d")
    found, expected = nib.load(out), nib.load(reference)
    np.testing.assert_allclose(found.get_fdata(), expected.get_fdata(), rtol=1e-6)
    ours, other = (open_source("a", path).header for path in (out, reference))
    assert (ours.fast.members, ours.slow.members) == (other.fast.members, other.slow.members)
    assert found.nifti_header["intent_code"] == expected.nifti_header["intent_code"]


def test_weights_masks_and_back(tmp_path, files):
    inputs = {name: files[name] for name in ("b", "v", "labels")}
    b, v, labels = shown("b"), shown("v"), shown("labels")
    math_img(
        "np.sum(b * v, by=labels) / np.sum(v, by=labels)",
        inputs,
        tmp_path / "w.ptseries.nii",
        copy_header_from="b",
    )
    found = nib.load(tmp_path / "w.ptseries.nii").get_fdata().T
    expected = [np.average(b[labels == k], axis=0, weights=v[labels == k]) for k in range(1, 5)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    inputs = {name: files[name] for name in ("v", "labels")}
    math_img(
        "v - np.mean(v, by=labels)[labels]",
        inputs,
        tmp_path / "d.dscalar.nii",
        copy_header_from="v",
    )
    means = np.concatenate([[0], regions(v, np.mean)])
    inside = labels > 0
    found = nib.load(tmp_path / "d.dscalar.nii").get_fdata()[0]
    np.testing.assert_allclose(found[inside], (v - means[labels])[inside], atol=1e-5)


def test_a_table_of_parcels_has_the_names_of_the_file(files):
    table = math_table("np.mean(v, by=labels)", {n: files[n] for n in ("v", "labels")})
    text = str(table.columns) if hasattr(table, "columns") else str(table)
    assert "area 3" in text


def test_regions_of_a_volume_have_no_file_of_parcels(tmp_path):
    for name in ("a", "atlas"):
        nib.save(nib.Nifti1Image(np.ones((2, 3, 4), "u1"), np.eye(4)), tmp_path / f"{name}.nii")
    inputs = {name: tmp_path / f"{name}.nii" for name in ("a", "atlas")}
    with pytest.raises(HeaderError, match=r"name the result \.tsv"):
        math_img("np.mean(a, by=atlas)", inputs, tmp_path / "x.pscalar.nii")
