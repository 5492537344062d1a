"""Commands of c3d by the rules of its manual and of ITK, in NumPy, and by c3d itself."""

from __future__ import annotations

import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage, special

from nipype_mathimg.translate import translate
from nipype_mathimg.translate.convert3d_rows import BINARY, CONVERT3D, OF_ALL
from tests.translate.peers import assert_refused, assert_same, make_images, translated

BALL = (np.indices((5, 5, 5)) - 2).__pow__(2).sum(0) <= 2.5**2

RULES = {
    "abs": abs, "ceil": np.ceil, "cos": np.cos, "exp": np.exp, "floor": np.floor, "sin": np.sin,
    "reciprocal": lambda a: 1 / a, "scale": lambda a: 2.5 * a, "shift": lambda a: a + 3,
    "erf": lambda a: special.erf((a - 5) / 2), "clip": lambda a: np.clip(a, 1, 4),
    "stretch": lambda a: a * 20, "thresh": lambda a: (a >= 1) & (a <= 4),
    "binarize": lambda a: a != 0,
    "add": lambda b, a: a + b, "times": lambda b, a: a * b, "max": np.maximum, "min": np.minimum,
    "subtract": lambda b, a: a - b, "divide": lambda b, a: a / b,
    "atan2": lambda b, a: np.arctan2(a, b),
    "mean": lambda b, a: (a + b) / 2, "vote": lambda b, a: a > b,
    "dilate": lambda a: np.where(ndimage.binary_dilation(a == 1, BALL), 1, a),
    "erode": lambda a: a * ((a != 1) | ndimage.binary_erosion(a == 1, BALL, border_value=1)),
    "median": lambda a: ndimage.median_filter(a, 3, mode="nearest"),
    "holefill": lambda a: np.where(ndimage.binary_fill_holes(a == 1), 1, a),
    "replace": lambda a: np.where(a == 1, 5, np.where(a == 2, 7, a)),
    "retain-labels": lambda a: a * np.isin(a, (1, 3)),
    "wsum": lambda b, a: 0.2 * b + 0.8 * a,
    "region": lambda a: a[2:10, 3:12, 1:11],
    "wrap": lambda a: np.roll(a, (2, 3, 1), (0, 1, 2)),
    "extrude-seg": lambda a: np.minimum.accumulate(a, 0),
    "pad": lambda a: np.pad(a, [(1, 2), (1, 0), (2, 1)]), "slice": lambda a: a[:, :, 3:4],
}  # fmt: skip

INPUTS = {"erode": "blobs", "holefill": "shell", "exp": "p", "reciprocal": "p", "divide": "p"}
LABELS = ("dilate", "replace", "retain-labels")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    make_images(path)
    return path


def data(folder, name):
    return nib.load(folder / f"{name}.nii.gz").get_fdata()


@pytest.mark.parametrize("name", RULES)
def test_commands_follow_the_manual(name, folder):
    row = CONVERT3D[f"-{name}"]
    last = INPUTS.get(name, "sparse" if name in LABELS else "a")
    two = row.name in BINARY | OF_ALL or name == "wsum"
    images = (
        ["p" if name == "divide" else "b", last if name != "divide" else "a"] if two else [last]
    )
    files = [f"{image}.nii.gz" for image in images]
    got = translated(["c3d", *files, row.name, *row.example.split(), "-o", "o.nii.gz"], folder)
    assert_same(got, np.asarray(RULES[name](*(data(folder, image) for image in images)), float))


BY_C3D = """
import sys
from picsl_c3d import Convert3D
Convert3D().execute(sys.argv[1])
"""
"""In a process of its own: some commands of c3d 1.4.6 end with a segmentation fault."""


@pytest.mark.needs("c3d")
@pytest.mark.parametrize(
    "name",
    [name[1:] for name, row in CONVERT3D.items() if row.lines and name != "-erode"],
)
def test_c3d_gives_the_same(name, folder):
    row = CONVERT3D[f"-{name}"]
    last = INPUTS.get(name, "sparse" if name in LABELS else "blobs" if "sdt" in name else "a")
    images = ["b", last] if row.name in BINARY | OF_ALL else [last]
    others = {"nlw": ["a", "blobs"], "staple": ["shell", "blobs"], "conv": ["a", "kernel"]}
    images = others.get(name, images)
    words = [*(f"{image}.nii.gz" for image in images), row.name, *row.example.split()]
    command = " ".join([*words, "-type", "float", "-o", "peer.nii.gz"])
    subprocess.run([sys.executable, "-c", BY_C3D, command], cwd=folder, check=True)
    want = nib.load(folder / "peer.nii.gz")
    assert_same(translated(["c3d", *words, "-o", "o.nii.gz"], folder), want.get_fdata())


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (
            "a.nii.gz -thresh 1 inf 1 0 -as M -dup -times b.nii.gz -push M -times -add",
            lambda a, b: (a >= 1) + b * (a >= 1),
        ),
        ("a.nii.gz b.nii.gz -foreach -dup -times -endfor -accum -add -endaccum -sqrt", np.hypot),
        ("a.nii.gz b.nii.gz -popas B -push B -pick 0 1 -add", lambda a, b: a + b),
        ("a.nii.gz -scale 10 -type short", lambda a, b: np.floor(10 * a + 0.5)),
        ("a.nii.gz -scale 10 -noround -type short", lambda a, b: np.trunc(10 * a)),
    ],
)
def test_the_stack(command, rule, folder):
    got = translated(["c3d", *command.split(), "-o", "o.nii.gz"], folder)
    assert_same(got, np.asarray(rule(data(folder, "a"), data(folder, "b")), float))


def test_several_results():
    found = translate("c3d a.nii -scale 2 -o twice.nii -sqrt -o root.nii")
    assert list(found.outputs.values()) == ["twice.nii", "root.nii"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("c3d a.nii -grad -o o.nii", "its results are several images"),
        ("c3d a.nii -smooth 3 -o o.nii", "no size in voxels or mm"),
        ("c3d a.nii -swapdim RAX -o o.nii", "no orientation"),
        ("c3d a.nii -noise-gaussian 3 -o o.nii", "no random numbers"),
        ("c3d a.nii -thresh 20% inf 1 0 -o o.nii", "percentages of c3d"),
        ("c3d a.nii -dilate 1 1x2x2vox -o o.nii", "balls of one radius"),
        ("c3d a.nii -median 2mm -o o.nii", "no number of voxels"),
        ("c3d a.nii -push B -o o.nii", "'B' has no image"),
        ("c3d a.nii -add -o o.nii", "no image on the stack"),
        ("c3d a.nii -holes -o o.nii", "no command of c3d"),
        ("c3d a.nii -sqrt", "-o"),
    ],
)
def test_mistakes_are_named(command, said):
    assert_refused(command, said)
