"""Running a workflow, and comparing what it writes with NumPy and with a donor."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from nipype_mathimg.workflows.running import run_workflow, script_parser
from tests.workflows.real_images import geometry


def run(workflow, tmp_path, **inputs) -> dict[str, list[str]]:
    """Run a workflow in a folder with these inputs; return its files by node."""
    for name, value in inputs.items():
        paths = [str(item) for item in value] if isinstance(value, list) else value
        setattr(workflow.inputs.inputnode, name, paths)
    return run_workflow(workflow, script_parser(None).parse_args(["--out", str(tmp_path)]))


def check_image(path, expected, donor, dtype, rtol=2e-6):
    """Compare voxels with float64, and the header with that of the donor."""
    image = nib.load(path)
    assert image.get_data_dtype() == dtype
    assert image.shape == expected.shape
    scale = np.abs(expected).max() or 1
    np.testing.assert_allclose(
        np.asarray(image.dataobj, np.float64), expected, rtol=rtol, atol=rtol * scale
    )
    found, known = geometry(path), geometry(donor)
    known["zooms"] = known["zooms"][: len(image.shape)]
    assert found == known
