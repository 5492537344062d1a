"""500 small files through one MapNode under MultiProc: no leak, and where the time goes."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import psutil
import pytest

from nipype_mathimg.interfaces import MathImg, node

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

COUNT = 500


class Watch(threading.Thread):
    """Samples open files and memory of this process and of its children."""

    def __init__(self):
        super().__init__()
        self.over = threading.Event()
        self.samples = []

    def run(self):
        here = psutil.Process()
        while not self.over.wait(0.1):
            for one in [here, *here.children()]:
                with suppress(psutil.Error):
                    self.samples.append((one.pid, one.num_fds(), one.memory_info().rss / 2**20))

    def growth(self, pid: int) -> tuple[float, float]:
        """Return how many files and MiB a process has gained from its second to its last third."""
        own = np.array([sample[1:] for sample in self.samples if sample[0] == pid])
        third = len(own) // 3
        late, before = (np.median(own[n * third : (n + 1) * third], axis=0) for n in (2, 1))
        files, memory = late - before
        return float(files), float(memory)


def trivial(img):
    return img


def timed(tmp_path, name, mapped, images):
    mapped.inputs.img = images
    workflow = pe.Workflow(name, base_dir=str(tmp_path))
    workflow.add_nodes([mapped])
    watch = Watch()
    watch.start()
    started = time.perf_counter()
    try:
        graph = workflow.run("MultiProc", plugin_args={"n_procs": 2, "memory_gb": 4})
    finally:
        seconds = time.perf_counter() - started
        watch.over.set()
        watch.join()
    return graph, seconds, watch


def test_500_sub_nodes(tmp_path, save):
    rng = np.random.default_rng(0)
    images = [
        save(f"in/{i}.nii.gz", rng.integers(0, 99, (4, 4, 4)).astype(np.int16))
        for i in range(COUNT)
    ]
    function = pe.MapNode(niu.Function(["img"], ["out"], trivial), ["img"], "trivial")
    _, bare, _ = timed(tmp_path, "bare", function, images)
    mapped = node(MathImg("img + 1"), "math", iterfield=["img"])
    graph, seconds, watch = timed(tmp_path, "ours", mapped, images)
    (done,) = graph.nodes()
    inside = [runtime.duration for runtime in done.result.runtime]
    # Most of it is Nipype's scheduler, which collects garbage before every node that it submits.
    print(f"\nper node {1e3 * seconds / COUNT:.1f} ms, inside {1e3 * np.median(inside):.1f} ms")
    print(f"per trivial node {1e3 * bare / COUNT:.1f} ms")
    for pid in sorted({sample[0] for sample in watch.samples}):
        files, memory = watch.growth(pid)
        print(f"process {pid}: {files:+.0f} open files, {memory:+.1f} MiB in the last third")
        assert files <= 2
        # The scheduler keeps a result for every node; a worker keeps nothing.
        assert memory <= 20
    assert len(done.result.outputs.out_file) == COUNT
