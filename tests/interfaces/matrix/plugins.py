"""The ways to run a workflow, and the services that some need."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nipype.pipeline.engine as pe

import nipype_mathimg
from nipype_mathimg.interfaces import WatchfulMultiProcPlugin
from tests.interfaces import slurm_cluster


@dataclass(frozen=True)
class Way:
    """A plugin with its arguments, and the service that it needs (see `tests.requirements`)."""

    plugin: str
    arguments: dict[str, Any] = field(default_factory=dict)
    service: str | None = None


WAYS = {
    "Linear": Way("Linear"),
    "MultiProc 1": Way("MultiProc", {"n_procs": 1}),
    "MultiProc fork": Way("MultiProc", {"n_procs": 2, "mp_context": "fork"}),
    "MultiProc spawn": Way("MultiProc", {"n_procs": 2, "mp_context": "spawn"}),
    "MultiProc watchful": Way("WatchfulMultiProc", {"n_procs": 2}),
    "LegacyMultiProc": Way("LegacyMultiProc", {"n_procs": 2}),
    "SLURM": Way("SLURM", {"max_jobs": 8}, "slurm"),
    # Without this argument Nipype's plugin fails on an attribute that it never sets.
    "SLURMGraph": Way("SLURMGraph", {"dont_resubmit_completed_jobs": True}, "slurm"),
    "IPython": Way("IPython", {}, "ipython"),
}


@contextmanager
def slurm() -> Iterator[dict[str, Any]]:
    """Start a cluster whose jobs find this package, and give its name."""
    folder = Path(tempfile.mkdtemp(prefix="slurm_", dir="/tmp"))
    cluster = slurm_cluster.Cluster(folder)
    environment = {
        "SLURM_CONF": str(cluster.configuration),
        "LOGNAME": "root",
        "PYTHONPATH": python_path(),
    }
    try:
        cluster.start()
        with patch.dict(os.environ, environment):
            yield {"cluster": cluster}
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def ipython() -> Iterator[dict[str, Any]]:
    """Start two IPython engines on this machine."""
    import ipyparallel

    folder = tempfile.mkdtemp(prefix="ipython_")
    with patch.dict(os.environ, {"IPYTHONDIR": folder, "PYTHONPATH": python_path()}):
        cluster = ipyparallel.Cluster(n=2, log_level=40)
        try:
            cluster.start_and_connect_sync(activate=False).close()
            yield {"plugin_args": {"cluster_id": cluster.cluster_id}}
        finally:
            cluster.stop_cluster_sync()
            shutil.rmtree(folder, ignore_errors=True)


def python_path() -> str:
    """Return where workers look for modules: this package and its tests first."""
    root = str(Path(nipype_mathimg.__file__).parents[1])
    tests = str(Path(__file__).parents[3])
    given = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(dict.fromkeys(filter(None, [root, tests, given])))


SERVICES: dict[str, Callable[[], AbstractContextManager[dict[str, Any]]]] = {
    "slurm": slurm,
    "ipython": ipython,
}


def run(workflow: pe.Workflow, way: Way, service: dict[str, Any]) -> None:
    """Run a workflow, until its last job is done."""
    arguments = {**way.arguments, **service.get("plugin_args", {})}
    if way.plugin in CLASSES:
        workflow.run(CLASSES[way.plugin]()(plugin_args=arguments))
    else:
        workflow.run(way.plugin, plugin_args=arguments)
    if way.plugin == "SLURMGraph":
        service["cluster"].wait_until_empty(200)


def _patient_ipython() -> Any:
    """Return Nipype's IPython plugin without its race.

    It tells the hub to forget a result as soon as it has it, and ends the whole workflow with
    "IndexError: msg pending" when the hub, a process of its own, has not seen the result yet.
    """
    from nipype.pipeline.plugins.ipython import IPythonPlugin

    class PatientIPython(IPythonPlugin):
        def _clear_task(self, taskid: int) -> None:
            del self.taskmap[taskid]

    return PatientIPython


CLASSES: dict[str, Callable[[], Any]] = {
    "IPython": _patient_ipython,
    "WatchfulMultiProc": lambda: WatchfulMultiProcPlugin,
}
"""Plugins that Nipype is given as an object instead of by name."""
