"""A program with four results: two images, a number and a list."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.interfaces import MathImg
from tests.interfaces.helpers import voxels

PROGRAM = """
mean = np.mean(bold, axis=-1)    # it's over time
tsnr = mean / np.std(bold, axis=-1)
limit = np.percentile(mean, 50)
mask = (mean > limit).astype('uint8')
course = np.mean(bold, axis=(0, 1, 2))
"""
NAMES = ["tsnr", "mask", "limit", "course"]


def expected(path):
    data = voxels(path).astype(float)
    mean = data.mean(axis=-1)
    limit = np.percentile(mean.astype(np.float32), 50)
    return {
        "tsnr": mean / data.std(axis=-1),
        "mask": mean.astype(np.float32) > limit,
        "limit": limit,
        "course": data.mean(axis=(0, 1, 2)),
    }


def assert_outputs(outputs, path):
    found = outputs if isinstance(outputs, dict) else outputs.get()
    assert {name for name in found if not name.endswith(("_meta", "_report"))} == set(NAMES)
    for name, value in expected(path).items():
        given = voxels(found[name]) if isinstance(found[name], str) else found[name]
        np.testing.assert_allclose(given, value, rtol=1e-5)
    assert [type(found[name]) for name in NAMES] == [str, str, float, list]


def program(**inputs):
    return MathImg(PROGRAM, outputs=NAMES, **inputs)
