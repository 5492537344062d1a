"""Small images, and Nipype set up for quick tests."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nipype import config

from tests.interfaces.matrix import plugins


@pytest.fixture(scope="session", autouse=True)
def little_to_collect():
    """Keep what is loaded out of the collections that MultiProc asks for at every node."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nipype_settings(tmp_path, monkeypatch):
    """Run in a folder of the test's own, with crash files there, polling without long sleeps."""
    monkeypatch.chdir(tmp_path)
    config.set("execution", "crashdump_dir", str(tmp_path))
    config.set("execution", "poll_sleep_duration", "0.02")
    yield
    config.set_default_config()


@pytest.fixture(scope="session")
def service():
    """Return a function that starts a service once, and gives what is needed to use it."""
    with ExitStack() as stack:

        @cache
        def started(name: str | None) -> dict[str, object]:
            return stack.enter_context(plugins.SERVICES[name]()) if name else {}

        yield started


@pytest.fixture
def save(tmp_path):
    """Return a function that saves an array as an image with a TR of 2 s and returns its path."""

    def write(name: str, data: np.ndarray) -> str:
        image = nib.Nifti1Image(data, np.diag([2.0, 2.0, 3.0, 1.0]))
        image.header.set_xyzt_units("mm", "sec")
        if data.ndim == 4:
            image.header.set_zooms((2.0, 2.0, 3.0, 2.0))
        path = Path(tmp_path, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(image, path)
        return str(path)

    return write


@pytest.fixture
def image(save):
    """Return a 3D image of small whole numbers."""
    return save("img.nii.gz", np.arange(24, dtype=np.int16).reshape(2, 3, 4))


@pytest.fixture
def volumes(save):
    """Return three 3D images."""
    rng = np.random.default_rng(1)
    shape = (2, 3, 4)
    return [save(f"vol{i}.nii", rng.normal(100, 9, shape).astype(np.float32)) for i in range(3)]


@pytest.fixture
def runs(save):
    """Return three 4D runs."""
    shape = (2, 3, 4, 5)
    rng = np.random.default_rng(0)
    return [save(f"run{i}.nii", rng.normal(100, 9, shape).astype(np.float32)) for i in range(3)]
