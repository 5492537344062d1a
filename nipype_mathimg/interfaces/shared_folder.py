"""Two nodes of one workflow in one folder: the second would overwrite the first."""

from __future__ import annotations

import json
from pathlib import Path

from nipype_mathimg.errors import FormulaError

__all__ = ["refuse_shared_folder"]

_GRAPH = "graph1.json"
"""Nipype writes it at the start of every run: the folder of each node of the workflow."""


def refuse_shared_folder(folder: Path) -> None:
    """Raise when the workflow that runs has another node in the folder of this one.

    Nipype names the folder of a node with iterables after their values, without
    ``<>()?:#!|"';[] {}``, and lets nodes whose values differ in these only run in one folder.

    Parameters
    ----------
    folder : Path
        Where the interface runs.

    Raises
    ------
    FormulaError
        Two nodes share the folder; the message names it and the ways round.
    """
    # Each job of a MapNode has a folder of its own below that of the node.
    own = folder.parent.parent if folder.parent.name == "mapflow" else folder
    graph = _graph_above(own)
    if graph is None or _nodes_in(own, graph) < 2:
        return
    raise FormulaError(
        f"Two nodes of this workflow run in one folder, {own}, where the second overwrites the "
        "result of the first: Nipype drops the characters in which the values of their iterables "
        "differ. Use a MapNode, for example with iterfield='formula'; or iterate over a label "
        "at the same time, as in "
        "iterables=[('formula', 'dtype'), [('img > 0', 'uint8'), ('img < 0', 'int16')]] with "
        "synchronize=True."
    )


def _graph_above(folder: Path) -> Path | None:
    """Return the description of the running workflow; None when it has no folders between."""
    for parent in folder.parents:
        if (parent / _GRAPH).is_file():
            return parent / _GRAPH if parent != folder.parent else None
    return None


def _nodes_in(folder: Path, graph: Path) -> int:
    """Count the nodes of a workflow that run in a folder."""
    report = "_report/report.rst"
    relative = f"/{folder.relative_to(graph.parent).as_posix()}/{report}"
    text = graph.read_text(encoding="utf-8")
    # Behind a link in its path, Nipype writes the whole path instead.
    return sum(text.count(json.dumps(path)) for path in (relative, f"{folder}/{report}"))
