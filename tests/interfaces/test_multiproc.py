"""`WatchfulMultiProcPlugin` beside what is common to all plugins, see `test_matrix`."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import psutil
import pytest

from nipype_mathimg.interfaces import MathImg, WatchfulMultiProcPlugin

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

KILL = "def kill():\n    import os\n    os.kill(os.getpid(), 9)\n"

HALF = """def half():
    import os, struct, sys
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        frame = frame.f_back
    os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", 1000))
    os.kill(os.getpid(), 9)
"""
"""A worker that is killed after it has announced a message of 1000 bytes."""


def test_the_rest_of_the_workflow_goes_on(tmp_path, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    before, after = (pe.Node(MathImg("img + 1", img=image), name) for name in ("a", "z"))
    killer, child = pe.Node(niu.Function([], ["out"], KILL), "killer"), pe.Node(MathImg("a"), "c")
    workflow.add_nodes([before, killer, after])
    workflow.connect(killer, "out", child, "a")
    plugin = WatchfulMultiProcPlugin({"n_procs": 1})
    with pytest.raises(RuntimeError, match=r"wf\.killer: the worker process .* was killed"):
        workflow.run(plugin=plugin)
    assert [path.name.split("-")[4] for path in tmp_path.glob("crash-*")] == ["killer"]
    results = {path.parent.name for path in tmp_path.glob("wf/*/*.nii.gz")}
    assert results == {"a", "z"}


def test_several_workers_end_and_all_their_nodes_are_named(tmp_path):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    killers = [pe.Node(niu.Function([], ["out"], KILL), f"killer{n}") for n in range(5)]
    workflow.add_nodes(killers)
    with pytest.raises(RuntimeError, match="5 raised"):
        workflow.run(plugin=WatchfulMultiProcPlugin({"n_procs": 2}))
    assert len(list(tmp_path.glob("crash-*killer*"))) == 5


def test_a_worker_that_is_killed_while_it_sends_its_result(tmp_path, image, monkeypatch):
    monkeypatch.setattr("nipype_mathimg.interfaces.multiproc.GRACE", 0.2)
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    killer = pe.Node(niu.Function([], ["out"], HALF), "killer")
    workflow.add_nodes([killer, pe.Node(MathImg("img + 1", img=image), "z")])
    with pytest.raises(RuntimeError, match=r"wf\.killer: the worker process .* was killed"):
        workflow.run(plugin=WatchfulMultiProcPlugin({"n_procs": 1}))
    assert len(list(tmp_path.glob("wf/z/*.nii.gz"))) == 1


def test_an_error_before_the_run_of_any_node_is_reported(tmp_path):
    # Nipype's own plugin waits for ever here.
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(niu.Split(), "split")])
    with pytest.raises(RuntimeError, match="Split requires a value for input 'inlist'"):
        workflow.run(plugin=WatchfulMultiProcPlugin({"n_procs": 2}))
    assert len(list(tmp_path.glob("crash-*split*"))) == 1


@pytest.mark.parametrize("processes", [1, 2])
def test_nodes_follow_each_other_without_a_pause(tmp_path, image, processes):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    first = pe.MapNode(MathImg("img + 1", names=["img"]), iterfield=["img"], name="first")
    first.inputs.img = [image] * 3
    join, last = pe.Node(niu.Select(index=[1]), "join"), pe.Node(MathImg("img * 2"), "last")
    workflow.connect([(first, join, [("out_file", "inlist")]), (join, last, [("out", "img")])])
    # Nipype would look after a day whether a node is done.
    workflow.config["execution"]["poll_sleep_duration"] = 86400
    workflow.run(plugin=WatchfulMultiProcPlugin({"n_procs": processes}))
    assert len(list(tmp_path.glob("wf/last/*.nii.gz"))) == 1


def test_no_more_nodes_than_max_jobs_run_at_once(tmp_path, image):
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(MathImg("img + 1", img=image), f"n{k}") for k in range(3)])
    workflow.run(plugin=WatchfulMultiProcPlugin({"n_procs": 2, "max_jobs": 1}))
    assert len(list(tmp_path.glob("wf/n*/*.nii.gz"))) == 3


@pytest.fixture
def thawed():
    """Undo for one test what the other tests are faster with."""
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.mark.usefixtures("thawed")
@pytest.mark.parametrize("kept_by_the_caller", [False, True])
def test_collections_leave_out_what_was_loaded(tmp_path, image, monkeypatch, kept_by_the_caller):
    during = []
    monkeypatch.setattr(gc, "collect", lambda *_: during.append(gc.get_freeze_count()))
    if kept_by_the_caller:
        gc.freeze()
    workflow = pe.Workflow("wf", base_dir=str(tmp_path))
    workflow.add_nodes([pe.Node(MathImg("img + 1", img=image), "a")])
    workflow.run(plugin=WatchfulMultiProcPlugin({"n_procs": 1}))
    assert during
    assert min(during) > 10_000
    assert (gc.get_freeze_count() > 0) == kept_by_the_caller


def _killed_scheduler(pids) -> None:
    plugin = WatchfulMultiProcPlugin({"n_procs": 3, "mp_context": "fork"})
    plugin.pool.submit(os.getpid).result()
    pids.send([worker.pid for worker in multiprocessing.active_children()])
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.needs("proc")
def test_workers_end_with_a_scheduler_that_was_killed():
    fork = multiprocessing.get_context("fork")
    pids, given = fork.Pipe(duplex=False)
    scheduler = fork.Process(target=_killed_scheduler, args=(given,))
    scheduler.start()
    workers = [psutil.Process(pid) for pid in pids.recv()]
    scheduler.join()
    assert len(workers) == 3
    _, alive = psutil.wait_procs(workers, timeout=20)
    # Who takes over orphans may leave them unread.
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
