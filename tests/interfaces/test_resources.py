"""What runs at once under MultiProc stays within the memory that the user allows, measured."""

from __future__ import annotations

import threading
from datetime import datetime

import nipype.pipeline.engine as pe
import numpy as np
import psutil
import pytest

from nipype_mathimg.interfaces import MathImg, node

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

GB = 2**30


class Meter(threading.Thread):
    """Samples how much memory the processes that start now have of their own, in sum."""

    def __init__(self):
        super().__init__()
        # Servers of other tests may run beside.
        self.others = set(psutil.Process().children())
        self.over = threading.Event()
        self.peak = 0

    def run(self):
        while not self.over.wait(0.005):
            workers = set(psutil.Process().children()) - self.others
            self.peak = max(self.peak, sum(map(own_memory, workers)))


def own_memory(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().uss
    except psutil.Error:
        return 0


def at_once(nodes) -> float:
    """Return the largest sum of the estimates of nodes that ran at the same time."""
    spans = [
        (*(datetime.fromisoformat(t) for t in (r.startTime, r.endTime)), one.mem_gb)
        for one in nodes
        for r in [one.result.runtime]
    ]
    return max(sum(m for start, end, m in spans if start <= t < end) for t, _, _ in spans)


@pytest.mark.parametrize("fits", [1, 2])
def test_the_sum_of_what_runs_at_once(tmp_path, save, fits):
    rng = np.random.default_rng(0)
    shape = (64, 64, 24, 60)
    runs = [save(f"{i}.nii.gz", rng.integers(0, 99, shape).astype(np.int16)) for i in range(4)]
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    interfaces = [MathImg("np.median(bold, axis=-1)", bold=path, memory="100M") for path in runs]
    nodes = [node(one, f"math{i}") for i, one in enumerate(interfaces)]
    workflow.add_nodes(nodes)
    each = max(one.mem_gb for one in nodes)
    allowed = (fits + 0.5) * each
    meter = Meter()
    meter.start()
    try:
        graph = workflow.run("MultiProc", plugin_args={"n_procs": 4, "memory_gb": allowed})
    finally:
        meter.over.set()
        meter.join()
    print(f"estimated {each:.3f} GB each, allowed {allowed:.3f}, measured {meter.peak / GB:.3f}")
    assert at_once(graph.nodes()) == pytest.approx(fits * each)
    assert 0 < meter.peak <= allowed * GB
