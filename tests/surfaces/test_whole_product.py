"""What is offered beside the values, over surfaces: split, grid, donors, pages, notebooks."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.interfaces import MathImg
from tests.surfaces import made
from tests.surfaces.gifti_files import BOLD, read


@pytest.fixture(scope="module")
def files(gifti, tmp_path_factory):
    cifti = {
        name: str(path) for name, path in made.write_all(tmp_path_factory.mktemp("w")).items()
    }
    volume = tmp_path_factory.mktemp("v") / "v.nii"
    nib.save(nib.Nifti1Image(np.ones((4, 5, 6), "f4"), np.eye(4)), volume)
    return {**cifti, **gifti, "volume": str(volume)}


def test_a_dense_series_is_split_into_maps(files, tmp_path):
    node = MathImg("b * 2", b=files["b"], copy_header_from="b", split="t")
    found = node.run(cwd=tmp_path).outputs.out_files
    assert [Path(path).name for path in found[:2]] == [
        "b_math_0000.dscalar.nii",
        "b_math_0001.dscalar.nii",
    ]
    maps = np.concatenate([nib.load(path).get_fdata() for path in found])
    np.testing.assert_allclose(maps, made.ARRAYS["b"] * 2.0, rtol=1e-6)
    assert list(nib.load(found[1]).header.get_axis(0).name) == ["t = 4.32 s"]


def test_a_surface_series_is_split(files, tmp_path):
    node = MathImg("bold * 2", bold=files["bold"], copy_header_from="bold", split="t")
    found = node.run(cwd=tmp_path).outputs.out_files
    values = np.stack([read(path)[1] for path in found], axis=-1)
    np.testing.assert_allclose(values, BOLD * 2, rtol=1e-6)


@pytest.mark.parametrize(("name", "suffix"), [("b", ".dtseries.nii"), ("bold", ".func.gii")])
def test_the_grid_of_a_header_is_that_of_the_image(files, tmp_path, name, suffix):
    """There is no other order of places than that of the file: the result is the same."""
    paths = [tmp_path / f"{grid}{suffix}" for grid in ("follow", "header")]
    for path in paths:
        math_img(
            "a - 1", {"a": files[name]}, path, copy_header_from="a", grid=path.name.split(".")[0]
        )
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_maps_give_their_header_to_a_series(files, tmp_path):
    out = tmp_path / "o.dtseries.nii"
    math_img("a * 2", {"a": files["b"], "d": files["w"]}, out, copy_header_from="d")
    axis = nib.load(out).header.get_axis(0)
    assert (axis.start, axis.step, axis.size) == (made.START, made.STEP, made.TIMES)


@pytest.mark.parametrize(
    ("image", "donor", "suffix", "said"),
    [
        (
            "thick",
            "small",
            ".shape.gii",
            "CortexLeft of 50 vertices and CortexLeft of 60 vertices",
        ),
        (
            "thick",
            "w",
            ".shape.gii",
            "a CIFTI file and CortexLeft of 60 vertices have no elements",
        ),
        ("w", "volume", ".dscalar.nii", "a volume and a CIFTI file have no elements"),
        ("w", "ps", ".dscalar.nii", "the one has regions and the other grayordinates"),
    ],
)
def test_a_header_of_other_places_is_refused(files, tmp_path, image, donor, suffix, said):
    inputs = {"a": files[image], "d": files[donor]}
    with pytest.raises(
        HeaderError, match=f"'d' cannot give the header of a result of 'a': {said}"
    ):
        math_img("a * 2", inputs, tmp_path / f"o{suffix}", copy_header_from="d")
    assert not list(tmp_path.iterdir())


@pytest.mark.needs("matplotlib")
@pytest.mark.parametrize(("name", "suffix"), [("a", ".dtseries.nii"), ("bold", ".func.gii")])
def test_a_page_and_a_notebook_show_a_series(files, tmp_path, name, suffix):
    result = math_img("a * 2", {"a": files[name]}, tmp_path / f"o{suffix}", copy_header_from="a")
    assert "<img" not in result._repr_html_()
    node = MathImg("a * 2", a=files[name], copy_header_from="a", report=True)
    assert Path(node.run(cwd=tmp_path).outputs.out_report).stat().st_size > 1000
