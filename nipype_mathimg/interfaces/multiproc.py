"""Nipype's MultiProc, that notices a killed worker and spends less between two nodes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from traceback import format_exception
from typing import Any

import nipype.pipeline.engine as pe
from nipype.pipeline.plugins import MultiProcPlugin

__all__ = ["WatchfulMultiProcPlugin"]


class WatchfulMultiProcPlugin(MultiProcPlugin):
    """Run a workflow as ``plugin="MultiProc"`` does, and report a worker that was killed.

    A worker ends without a word when it needs more memory than the machine has. Python then ends
    the other workers too, and Nipype's own plugin waits for the lost results for ever. Here each
    node that ran at that moment fails, with a crash file, and the rest of the workflow goes on in
    new workers.

    Nipype's scheduler collects garbage before each node that it starts. During the run that looks
    only at what is made during the run (`gc.freeze`), not at all modules and the workflow, which
    takes most of the time between two small nodes otherwise.

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
        self._submitted: dict[int, pe.Node] = {}

    def run(self, graph: object, config: object, updatehash: bool = False) -> None:
        """Run all nodes of a workflow, called by ``workflow.run``.

        Parameters
        ----------
        graph : networkx.DiGraph
            The expanded nodes and what depends on what.
        config : nipype.utils.config.NipypeConfig
            Settings, Nipype's own with those of the workflow.
        updatehash : bool
            Take what has run before as up to date, as in Nipype.

        Raises
        ------
        RuntimeError
            When nodes failed; it holds the traceback of each.
        """
        with _what_there_is_is_no_garbage():
            super().run(graph, config, updatehash=updatehash)

    def _submit_job(self, node: pe.Node, updatehash: bool = False) -> int:
        try:
            task: int = super()._submit_job(node, updatehash)
        except BrokenProcessPool:
            # A broken pool takes no further task. Another plugin makes a new one as Nipype does.
            self.pool = type(self)(self.plugin_args).pool
            task = super()._submit_job(node, updatehash)
        self._submitted[task] = node
        return task

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
