"""What the scripts in workflows/ share: their common options, a run, and where its files are."""

from __future__ import annotations

import argparse
from pathlib import Path

import nipype
import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.images.headers.kinds import kind_named

__all__ = ["absolute", "file_table", "run_workflow", "script_parser", "shipped"]


def script_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a command line with the options that every script has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where the folder of the workflow is made; by default the current one",
    )
    parser.add_argument(
        "--n-procs", type=int, default=1, metavar="N", help="number of processes and of threads"
    )
    return parser


def run_workflow(workflow: pe.Workflow, options: argparse.Namespace) -> dict[str, list[str]]:
    """Run a workflow as the command line says.

    Parameters
    ----------
    workflow : Workflow
        The workflow; its folder is made in ``options.out``.
    options : argparse.Namespace
        What a parser of `script_parser` returned.

    Returns
    -------
    dict of str to list of str
        For each node the files that it wrote as ``out_file``, and for each other output the files
        that it is; several for a MapNode, and for a node that iterables repeat.
    """
    workflow.base_dir = absolute(options.out)
    # Nipype looks every 2 s whether a node is done, which is longer than most nodes here take.
    workflow.config["execution"]["poll_sleep_duration"] = 0.1
    plugin = "MultiProc" if options.n_procs > 1 else "Linear"
    graph = workflow.run(plugin=plugin, plugin_args={"n_procs": options.n_procs})
    files: dict[str, list[str]] = {}
    for node in graph.nodes():
        if isinstance(node.interface, niu.IdentityInterface):
            continue  # it passes on what others wrote
        outputs = node.result.outputs
        # Those of a MapNode are no traits, but a bunch of lists.
        for output in [name for name, _ in outputs.items()]:
            name, value = node.name if output == "out_file" else output, getattr(outputs, output)
            found = value if isinstance(value, list) else [value]
            # `out_file` may be a table too; what else a node has need not be a file.
            kept = filter(_is_image if output != "out_file" else _is_file, found)
            files.setdefault(name, []).extend(kept)
    return {name: found for name, found in files.items() if found}


def _is_file(value: object) -> bool:
    return isinstance(value, str) and Path(value).exists()


def _is_image(value: object) -> bool:
    return isinstance(value, str) and kind_named(value) is not None and _is_file(value)


def file_table(files: dict[str, list[str]]) -> str:
    """Return the files of a run as lines of text, each after the name of its node."""
    width = max(map(len, files))
    return "\n".join(f"{name:{width}}  {file}" for name, found in files.items() for file in found)


def absolute(path: str | Path) -> str:
    """Return a path that a node can use, which runs in another folder; links are kept."""
    return str(Path(path).absolute())


def shipped(name: str) -> str:
    """Return the path of a real image that Nipype ships with its tests."""
    return str(Path(nipype.__file__).parent / "testing" / "data" / name)
