"""What some tests need beside Python and this package: programs, rights, packages of others.

A test names what it needs, ``@pytest.mark.needs("graphviz")``, and skips with the reason where
that is missing. A test whose need is not in this table fails on a machine that has nothing but
Python: `.ci/run` runs the tests on such a machine first, then installs everything that is listed
here and runs those that skipped::

    python -m tests.requirements apt       # the Debian packages
    python -m tests.requirements extras    # the extras of setup.cfg
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path


def _nothing() -> str | None:
    return None


def _not_root() -> str | None:
    return None if os.getuid() == 0 else "only root can do this"


def _cannot_mount() -> str | None:
    """Return why no disk can be mounted for one process only, or None."""
    command = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return tried.stderr.strip() or "no disk can be mounted" if tried.returncode else None


def _no_proc() -> str | None:
    return None if Path("/proc/self/status").exists() else "reads Linux's /proc"


def _is_module(name: str) -> bool:
    package = name.rpartition(".")[0]
    return (not package or _is_module(package)) and importlib.util.find_spec(name) is not None


@dataclass(frozen=True)
class Requirement:
    """Something that a machine may lack.

    Parameters
    ----------
    programs : tuple of str
        All of them have to be in PATH.
    apt : tuple of str
        The Debian packages that have them.
    modules : tuple of str
        One of these Python modules has to be there.
    extra : str
        The extra of setup.cfg that installs it.
    refused : callable
        Returns why the machine does not allow it though all is installed, or None.
    """

    programs: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    extra: str = ""
    refused: Callable[[], str | None] = _nothing

    def absent(self) -> str | None:
        """Return what is not installed and how to install it, or None."""
        programs = [name for name in self.programs if shutil.which(name) is None]
        if programs:
            return f"{', '.join(programs)} not found; apt-get install {' '.join(self.apt)}"
        if self.modules and not any(map(_is_module, self.modules)):
            names = " or ".join(self.modules)
            return f'{names} not found; pip install "nipype_mathimg[{self.extra}]"'
        return None


REQUIREMENTS = {
    "gifti_tool": Requirement(("gifti_tool",), ("gifti-bin",)),
    "c3d": Requirement(modules=("picsl_c3d",), extra="peers"),
    "chromium": Requirement(("chromium",), ("chromium", "fonts-dejavu-core")),
    "cc": Requirement(("cc",), ("gcc", "libc6-dev")),
    "graphviz": Requirement(("dot",), ("graphviz",)),
    "gzip": Requirement(("gzip",), ("gzip",)),
    "ipython": Requirement(modules=("ipyparallel",), extra="integration"),
    "matplotlib": Requirement(modules=("matplotlib",), extra="report"),
    "mount": Requirement(("mount", "unshare"), ("mount", "util-linux"), refused=_cannot_mount),
    "mrtrix": Requirement(("mrcalc", "maskfilter", "mrfilter"), ("mrtrix3",)),
    "niimath": Requirement(modules=("niimath",), extra="peers"),
    "nilearn": Requirement(modules=("nilearn",), extra="examples"),
    "nifti_tool": Requirement(("nifti_tool",), ("nifti-bin",)),
    "niworkflows": Requirement(modules=("niworkflows",), extra="integration"),
    "proc": Requirement(refused=_no_proc),
    "qemu": Requirement(("qemu-x86_64",), ("qemu-user",)),
    "simpleitk": Requirement(modules=("SimpleITK",), extra="peers"),
    "smriprep": Requirement(modules=("smriprep",), extra="integration"),
    "slurm": Requirement(
        ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol", "sinfo", "squeue"),
        ("munge", "slurm-wlm"),
        refused=_not_root,
    ),
    "workbench": Requirement(("wb_command",), ("connectome-workbench",)),
    "zstandard": Requirement(modules=("compression.zstd", "backports.zstd"), extra="zstd"),
}


@cache
def missing(name: str) -> str | None:
    """Return why a test that needs this cannot run here, or None."""
    requirement = REQUIREMENTS[name]
    why = requirement.absent() or requirement.refused()
    return f"needs {name}: {why}" if why else None


def not_installed() -> list[str]:
    """Return a line for each requirement that could be installed and is not."""
    found = {name: requirement.absent() for name, requirement in REQUIREMENTS.items()}
    return [f"{name}: {why}" for name, why in found.items() if why]


if __name__ == "__main__":
    listed = {
        "apt": {package for one in REQUIREMENTS.values() for package in one.apt},
        "extras": {one.extra for one in REQUIREMENTS.values() if one.extra},
    }
    print(*sorted(listed[sys.argv[1]]), sep="\n")
