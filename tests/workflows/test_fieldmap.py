"""A fieldmap from phase images in the units of several scanners, over a real anatomical image."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg import workflows
from tests.workflows.checks import check_image, run
from tests.workflows.real_images import ANATOMICAL, save_like, values

# Phase in turns as it would be at two echoes, over a real anatomical image; the scanner's units.
SCANNERS = {
    "0 to 4095": (4096, 0, np.uint16),
    "-4096 to 4094": (8192, -4096, np.int16),
    "radians": (2 * np.pi, -np.pi, np.float32),
}
ECHO_TIMES = (0.00492, 0.00738)


@pytest.fixture(params=SCANNERS)
def phases(request, tmp_path):
    """Return a field in Hz, two wrapped phase images of it, and their units per turn."""
    units, lowest, dtype = SCANNERS[request.param]
    shape = values(ANATOMICAL).shape
    field = np.linspace(-190, 190, shape[0])[:, None, None] * np.ones(shape)
    files = []
    for echo_time in ECHO_TIMES:
        turns = (field * echo_time + values(ANATOMICAL) / 30393) % 1
        # In whole steps of the scanner.
        stored = np.floor(turns * units) if dtype != np.float32 else turns * units
        files.append(
            save_like(
                ANATOMICAL, (stored + lowest).astype(dtype), tmp_path / f"{echo_time}.nii.gz"
            )
        )
    return field, files, units


def test_fieldmap(phases, tmp_path):
    field, (phase1, phase2), units = phases
    found = run(
        workflows.init_fieldmap_wf(),
        tmp_path,
        phase1=phase1,
        phase2=phase2,
        units_per_turn=units,
        echo_time1=ECHO_TIMES[0],
        echo_time2=ECHO_TIMES[1],
    )
    radians = (values(phase2) - values(phase1)) * 2 * np.pi / units
    wrapped = np.angle(np.exp(1j * radians))
    expected = wrapped / (2 * np.pi * (ECHO_TIMES[1] - ECHO_TIMES[0]))
    check_image(found["fieldmap"][0], expected, phase2, np.float32)
    one_step = 1 / 4096 / (ECHO_TIMES[1] - ECHO_TIMES[0])
    assert np.abs(values(found["fieldmap"][0]) - field).max() < 1.1 * one_step


def test_fieldmap_of_a_phase_difference(tmp_path):
    turns = np.linspace(-0.49, 0.49, 33)[:, None, None] * np.ones((33, 41, 25))
    difference = np.round(2048 + turns * 4096).astype(np.int16)
    phasediff = save_like(ANATOMICAL, difference, tmp_path / "phasediff.nii.gz")
    found = run(
        workflows.init_fieldmap_wf(),
        tmp_path,
        phase1=2048,
        phase2=phasediff,
        units_per_turn=4096,
        echo_time1=0,
        echo_time2=0.00246,
    )
    expected = (difference - 2048.0) / 4096 / 0.00246
    check_image(found["fieldmap"][0], expected, phasediff, np.float32)
