"""A run of its own: ``python -m tests.interfaces.scheduler '{"name": ..., ...}'``.

It is a process, so that a test can end it where Nipype waits for ever.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import nipype.pipeline.engine as pe
from nipype import config

from nipype_mathimg.interfaces import MathImg, node
from tests.interfaces.matrix import plugins

FORMULA = "np.sqrt(np.abs(img) + 0.1)"


def main(
    name: str,
    base_dir: str,
    image: str,
    out_file: str,
    plugin_args: dict[str, Any],
    settings: dict[str, str],
) -> None:
    for key, value in {"poll_sleep_duration": "0.05", "job_finished_timeout": "1"}.items():
        config.set("execution", key, value)
    for key, value in {"crashfile_format": "txt", **settings}.items():
        config.set("execution", key, value)
    workflow = pe.Workflow("wf", base_dir=base_dir)
    math = MathImg(FORMULA, img=image, out_file=out_file, copy_header_from="img")
    workflow.add_nodes([node(math, "culprit")])
    way = plugins.WAYS[name]
    if way.plugin == "SLURMGraph":
        # Its jobs are waited for where the cluster is known.
        workflow.run(way.plugin, plugin_args=way.arguments)
    else:
        plugins.run(workflow, way, {"plugin_args": plugin_args})


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
