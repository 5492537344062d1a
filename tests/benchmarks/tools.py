"""The tools that are compared: how each is started, and how exact its result has to be."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.command import mathimg
from tests.benchmarks.data import Runs
from tests.benchmarks.jobs import Cannot, Job

__all__ = ["OURS", "PEERS", "TOOLS", "Tool", "chosen_tools", "niimath_binary"]

Inputs = Mapping[str, Any]
Commands = list[list[str]]


@dataclass(frozen=True, slots=True)
class Tool:
    """One way to do the jobs.

    Parameters
    ----------
    name : str
        Column of the table, and name on the command line.
    commands : callable
        Job, its runs, output file -> the commands, or why it cannot. None for the ways that
        need a process which stays alive.
    cannot : callable
        Job, its runs -> why it cannot, None where it can or its commands say so.
    tolerance : float
        Largest error, relative to the result and to the job's scale: a few roundings of float32,
        or of as many float32 sums as the tool makes.
    found : callable
        Tells whether it is installed.
    environment : mapping
        Variables that it is started with.
    remark : str
        What a reader of the table should know.
    """

    name: str
    commands: Callable[[Job, Runs, str], Commands | Cannot] | None
    tolerance: float
    found: Callable[[], bool] = lambda: True
    cannot: Callable[[Job, Runs], Cannot | None] = lambda _job, _runs: None
    environment: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""


_NILEARN = """
import json, sys, warnings
warnings.simplefilter("ignore")
from nilearn.image import math_img
formula, inputs, out_file = json.loads(sys.argv[1])
math_img(formula, **inputs).to_filename(out_file)
"""


def _python(code: str, formula: str, job: Job, runs: Runs, out_file: str) -> Commands:
    arguments = json.dumps([formula, runs.inputs(job.inputs), out_file])
    return [[sys.executable, "-c", code, arguments]]


def _whole(job: Job, runs: Runs, out_file: str) -> Commands:
    return [mathimg(job.formula, runs.inputs(job.inputs), out_file)]


def _one_thread(job: Job, runs: Runs, out_file: str) -> Commands:
    return [mathimg(job.formula, runs.inputs(job.inputs), out_file, "--num-threads", "1")]


def _nilearn(job: Job, runs: Runs, out_file: str) -> Commands:
    return _python(_NILEARN, job.nilearn or job.formula, job, runs, out_file)


def _no_prototype(job: Job, runs: Runs) -> Cannot | None:
    if not job.prototype or runs.kind != "float32" or runs.suffix != ".nii.gz":
        return Cannot("made for elementwise jobs on float32 .nii.gz")
    return None


def _prototype(job: Job, runs: Runs, out_file: str) -> Commands | Cannot:
    script = str(Path(__file__).with_name("prototype.py"))
    files = [runs.path(name) for name in job.inputs]
    return [[sys.executable, script, job.name, *files, out_file]]


def _niimath(job: Job, runs: Runs, out_file: str) -> Commands | Cannot:
    return _filled(job.niimath, runs, out_file)


def _mrtrix(job: Job, runs: Runs, out_file: str) -> Commands | Cannot:
    commands = _filled(job.mrtrix, runs, out_file)
    if isinstance(commands, Cannot):
        return commands
    return [[*command, "-quiet", "-force"] for command in commands]


def _workbench(job: Job, runs: Runs, out_file: str) -> Commands | Cannot:
    return _filled(job.workbench, runs, out_file)


def _filled(templates: tuple[str, ...] | Cannot, runs: Runs, out_file: str) -> Commands | Cannot:
    """Return commands with file names in place; a file name with a space stays one argument."""
    if isinstance(templates, Cannot):
        return templates
    names = {name: runs.path(name) for name in ("a", "b", "mask")}
    names |= {f"v{n}": path for n, path in enumerate(runs.volumes)}
    names |= {"out": out_file, "tmp": f"{out_file}_tmp_"}
    return [_program([w.format_map(names) for w in line.split()]) for line in templates]


def _program(command: list[str]) -> list[str]:
    return [niimath_binary() if command[0] == "niimath" else command[0], *command[1:]]


def niimath_binary() -> str:
    """Return the program itself: what PyPI puts on the PATH is a Python script that starts it."""
    found = importlib.util.find_spec("niimath")
    if found is not None and found.origin:
        binary = Path(found.origin).parent / "bin" / "niimath"
        if os.access(binary, os.X_OK):
            return str(binary)
    return shutil.which("niimath") or ""


def _on_path(*names: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(name) for name in names)


OURS = ("ours", "ours-1", "ours-warm", "ours-node")
"""This package, in four ways."""

_ROWS = (
    Tool("ours", _whole, 1e-6, remark="the command `mathimg`, start included"),
    Tool("ours-1", _one_thread, 1e-6, remark="the same with one thread, as a node has it"),
    Tool("ours-warm", None, 1e-6, remark="`math_img` in a process that lives; its whole memory"),
    Tool("ours-node", None, 1e-6, remark="a Nipype node in a process that lives"),
    Tool(
        "prototype",
        _prototype,
        1e-6,
        cannot=_no_prototype,
        remark="`prototype.py`, whole process, no checks",
    ),
    Tool(
        "prototype-warm",
        None,
        1e-6,
        cannot=_no_prototype,
        remark="`prototype.py` in a process that lives",
    ),
    Tool(
        "niimath",
        _niimath,
        5e-5,
        lambda: bool(niimath_binary()),
        environment={"FSLOUTPUTTYPE": "NIFTI_GZ"},
        remark="zlib-ng level 6; single-threaded arithmetic in float32; 0/0 is 0",
    ),
    Tool(
        "niimath-gz1",
        _niimath,
        5e-5,
        lambda: bool(niimath_binary()),
        environment={"FSLOUTPUTTYPE": "NIFTI_GZ", "NIIMATH_GZ_LEVEL": "1"},
        remark="the same with NIIMATH_GZ_LEVEL=1, larger files",
    ),
    Tool(
        "nilearn",
        _nilearn,
        5e-5,
        lambda: importlib.util.find_spec("nilearn") is not None,
        remark="`math_img` with a fresh header; computes in the type of the file; zlib level 1",
    ),
    Tool(
        "mrtrix",
        _mrtrix,
        5e-5,
        _on_path("mrcalc", "mrmath", "mrthreshold"),
        remark="mrcalc, mrmath, mrthreshold; zlib level 6",
    ),
    Tool(
        "wb_command",
        _workbench,
        5e-5,
        _on_path("wb_command"),
        remark="zlib level 6",
    ),
)

TOOLS: dict[str, Tool] = {tool.name: tool for tool in _ROWS}
"""Every tool by its name."""

PEERS = ("niimath", "niimath-gz1", "nilearn", "mrtrix", "wb_command")
"""What users pick today."""


def chosen_tools(peers: list[str]) -> list[Tool]:
    """Return this package's ways, the prototype, and the peers that are asked for and found."""
    names = [*OURS, "prototype", "prototype-warm", *(name for name in PEERS if name in peers)]
    return [TOOLS[name] for name in names if TOOLS[name].found()]
