"""Nipype's MultiProc, that notices a killed worker and spends less between two nodes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from traceback import format_exception
from typing import Any

import nipype.pipeline.engine as pe
from nipype.pipeline.plugins import MultiProcPlugin
from nipype.pipeline.plugins.multiproc import process_initializer

__all__ = ["WatchfulMultiProcPlugin"]

GRACE = 5.0
"""Seconds in which Python notices the death of a worker, unless it waits for a message."""


class WatchfulMultiProcPlugin(MultiProcPlugin):
    """Run a workflow as ``plugin="MultiProc"`` does, and report a worker that was killed.

    A worker ends without a word when it needs more memory than the machine has. Python then ends
    the other workers too, and Nipype's own plugin waits for the lost results for ever. Here each
    node that ran at that moment fails, with a crash file, and the rest of the workflow goes on in
    new workers. The other way round, workers end where the scheduler was killed; those of Nipype's
    own plugin wait for its next node for ever, with the memory that they have.

    Nipype's scheduler collects garbage before each node that it starts. During the run that looks
    only at what is made during the run (`gc.freeze`), not at all modules and the workflow, which
    takes most of the time between two small nodes otherwise. And a node starts as soon as another
    one has made room for it, where Nipype's plugin looks every 2 s (the setting
    ``poll_sleep_duration``; with ``max_jobs`` it is kept to here, too).

    Parameters
    ----------
    plugin_args : dict, optional
        As for Nipype's plugin: ``n_procs``, ``memory_gb``, ``mp_context`` and so on.

    Examples
    --------
    It goes to a workflow as an object: ``workflow.run(plugin=WatchfulMultiProcPlugin(...))``.

    >>> WatchfulMultiProcPlugin({"n_procs": 2}).processors
    2
    """

    pool: ProcessPoolExecutor

    def __init__(self, plugin_args: dict[str, Any] | None = None) -> None:
        super().__init__(plugin_args=plugin_args)
        self.pool = self._new_pool()
        self._submitted: dict[int, pe.Node] = {}
        self._longest_wait = 0.0
        self._dead_since = float("inf")

    def run(
        self, graph: object, config: Mapping[str, Mapping[str, Any]], updatehash: bool = False
    ) -> None:
        """Run all nodes of a workflow, called by ``workflow.run``.

        Parameters
        ----------
        graph : networkx.DiGraph
            The expanded nodes and what depends on what.
        config : mapping
            Settings, Nipype's own with those of the workflow, by section and name.
        updatehash : bool
            Take what has run before as up to date, as in Nipype.

        Raises
        ------
        RuntimeError
            When nodes failed; it holds the traceback of each.
        """
        # With this argument Nipype's loop may pass the place where we wait.
        if "max_jobs" not in self.plugin_args:
            execution = dict(config["execution"])
            self._longest_wait = float(execution["poll_sleep_duration"])
            execution["poll_sleep_duration"] = 0
            config = {**config, "execution": execution}
        with _what_there_is_is_no_garbage():
            super().run(graph, config, updatehash=updatehash)

    def _new_pool(self) -> ProcessPoolExecutor:
        """Return workers, as Nipype makes them; none is started before its first node."""
        return ProcessPoolExecutor(
            max_workers=self.processors,
            initializer=_begin_worker,
            initargs=(self._cwd,),
            mp_context=multiprocessing.get_context(self.plugin_args.get("mp_context")),
        )

    def _submit_job(self, node: pe.Node, updatehash: bool = False) -> int:
        try:
            task: int = super()._submit_job(node, updatehash)
        except BrokenProcessPool:
            # A broken pool takes no further task.
            self.pool = self._new_pool()
            task = super()._submit_job(node, updatehash)
        self._submitted[task] = node
        return task

    def _send_procs_to_workers(self, updatehash: bool = False, graph: object = None) -> None:
        self._break_off_half_a_message()
        before = self._come_up()
        super()._send_procs_to_workers(updatehash=updatehash, graph=graph)
        if self._come_up() == before:
            self._wait()

    def _come_up(self) -> tuple[int, int]:
        """Return what grows when more nodes may be ready at once.

        The sub-nodes of MapNodes are nodes too, from when they are known; and some nodes are
        done without a worker.
        """
        return len(self.procs), int((self.proc_done & ~self.proc_pending).sum())

    def _wait(self) -> None:
        """Wait until a node is done, or it is time to look after the workers."""
        running = [self._task_obj[task] for task, _ in self.pending_tasks]
        if running:
            wait_for(running, self._longest_wait, FIRST_COMPLETED)
        elif not self.proc_done.all():
            time.sleep(self._longest_wait)

    def _break_off_half_a_message(self) -> None:
        """End the pool of a worker that was killed while it sent its result.

        Python waits for the rest for ever, as long as anybody is there who could write it.
        """
        workers = list((self.pool._processes or {}).values())
        if self.pool._broken or not wait([worker.sentinel for worker in workers], timeout=0):
            self._dead_since = float("inf")
            return
        now = time.monotonic()
        self._dead_since = min(self._dead_since, now)
        if now < self._dead_since + GRACE:
            return
        for worker in workers:
            if now < self._dead_since + 2 * GRACE:
                worker.terminate()
            else:
                worker.kill()
        self.pool._result_queue.close()

    def _async_callback(self, args: Future[dict[str, Any]]) -> None:
        # Nipype's asks for the result, which would raise within the executor: that logs the error,
        # and the scheduler never hears of it. `_get_result` tells it instead.
        if args.exception() is None:
            super()._async_callback(args)

    def _get_result(self, taskid: int) -> dict[str, Any] | None:
        future: Future[Any] = self._task_obj[taskid]
        # Only of one that is done: exception() of another would wait, and the scheduler with it.
        error = future.exception() if future.done() else None
        if error is not None:
            return {"result": None, "traceback": _traceback(self._submitted[taskid], error)}
        result: dict[str, Any] | None = super()._get_result(taskid)
        return result

    def _clear_task(self, taskid: int) -> None:
        super()._clear_task(taskid)
        del self._submitted[taskid]


def _begin_worker(folder: str) -> None:
    """Make a worker ready, as Nipype does, and let it end with its scheduler."""
    process_initializer(folder)
    threading.Thread(target=_end_with_scheduler, daemon=True).start()


def _end_with_scheduler() -> None:
    # The end of a pipe that only the scheduler and later workers hold tells of its death, however
    # it came about; the last worker ends first, and with it what the one before it waits for.
    scheduler = multiprocessing.parent_process()
    assert scheduler is not None
    scheduler.join()
    # As a batch system ends it: a node removes what it has begun.
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _what_there_is_is_no_garbage() -> Iterator[None]:
    """Keep the objects that exist now out of all collections."""
    if gc.get_freeze_count():
        # Somebody did so already, for longer than this run: thawing is theirs.
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _traceback(node: pe.Node, error: BaseException) -> list[str]:
    """Return what is known about a node that gave neither a result nor an error of its own."""
    if not isinstance(error, BrokenProcessPool):
        return format_exception(error)
    return [
        f"{node.fullname}: the worker process that ran it, or one beside it, was killed, most "
        "often because the machine had not enough memory. Nothing was left under the name of its "
        f"result; its folder is {node.output_dir()}. Lower n_procs, or give the nodes their "
        "memory (nipype_mathimg.interfaces.node does), and run the workflow again: what was "
        f"finished is not repeated.\n{error}"
    ]
