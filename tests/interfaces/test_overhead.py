"""What a node costs beside the work of the core, with a tiny image in a live process."""

from __future__ import annotations

import time
from functools import partial

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.interfaces import MathImg

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(120)]


def trivial(img):
    return img


def milliseconds(function) -> float:
    # Time of the processor: another process on the machine does not count.
    started = time.process_time()
    function()
    return 1e3 * (time.process_time() - started)


def test_overhead_over_a_trivial_node(tmp_path, save):
    image = save("in.nii.gz", np.ones((4, 4, 4), np.int16))
    found = {"trivial": [], "node": [], "core": []}
    for number in range(80):
        function = niu.Function(["img"], ["out"], trivial)
        function.inputs.img = image
        ours = MathImg("img + 1", img=image, copy_header_from="img")
        for kind, interface in (("trivial", function), ("node", ours)):
            one = pe.Node(interface, f"{kind}{number}", base_dir=str(tmp_path))
            found[kind].append(milliseconds(one.run))
        core = partial(
            math_img,
            "img + 1",
            {"img": image},
            tmp_path / f"core{number}.nii.gz",
            copy_header_from="img",
            num_threads=1,
        )
        found["core"].append(milliseconds(core))
    # The fastest quarter: the rest tells what else the machine did.
    costs = {kind: float(np.percentile(times[10:], 25)) for kind, times in found.items()}
    overhead = costs["node"] - costs["trivial"]
    shown = ", ".join(f"{kind} {cost:.2f}" for kind, cost in costs.items())
    print(f"\nms of the processor: {shown}; over a trivial node {overhead:.2f}")
    # What the Nipype layer adds to the work of the core.
    assert overhead - costs["core"] < 1
