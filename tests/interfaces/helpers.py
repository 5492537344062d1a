"""What several test files of the Nipype layer use."""

from __future__ import annotations

import nibabel as nib
import nipype.pipeline.engine as pe
import numpy as np
import pytest

from tests.interfaces.matrix import plugins

PLUGINS = {
    "Linear": ("Linear", {}),
    "MultiProc": ("MultiProc", {"n_procs": 2, "memory_gb": 8}),
}


def voxels(path: str) -> np.ndarray:
    return np.asanyarray(nib.load(path).dataobj)


def run(workflow: pe.Workflow, plugin: str = "Linear") -> dict[str, pe.Node]:
    """Run a workflow and return its executed nodes by name."""
    name, arguments = PLUGINS[plugin]
    graph = workflow.run(plugin=name, plugin_args=arguments)
    return {node.name: node for node in graph.nodes()}


def ways(*without: str) -> list:
    """Return all ways to run a workflow as test parameters, with what each needs."""
    return [_way(name, way) for name, way in plugins.WAYS.items() if name not in without]


def _way(name: str, way: plugins.Way):
    marks = [pytest.mark.needs(way.service)] if way.service else []
    return pytest.param(name, id=name, marks=marks)
