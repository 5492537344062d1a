"""Jobs in less memory than they want: all results or none, and nothing that stays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.jobs import leftovers, prepare, results_of, start

KIND = "several"

LIMITS = {"memory": "memory.limit_in_bytes", "": "memory.max"}
"""Where Linux mounts groups whose memory can be limited, and the file of it: version 1 and 2."""


def _within(limit: str) -> list[str]:
    """Return a program that starts another one once a line of the shell was done."""
    return ["sh", "-c", f'{limit} && exec "$@"', "sh"]


def _done(folder: Path, by: list[str]) -> int:
    process = start(KIND, folder, by=by)
    process.communicate(timeout=100)
    return process.returncode


def _check_all_or_none(folder: Path, status: int) -> None:
    found = results_of(KIND, folder)
    assert all(found.values()) == (status == 0), found.keys()
    assert any(found.values()) == (status == 0), found.keys()
    assert _done(folder, []) == 0
    assert all(results_of(KIND, folder).values())
    assert not leftovers(KIND, folder)


@pytest.fixture
def group() -> Iterator[Path]:
    """Return a new group of processes whose memory can be limited."""
    for where, name in LIMITS.items():
        path = Path("/sys/fs/cgroup", where, f"mathimg_tests_{os.getpid()}")
        try:
            path.mkdir()
        except OSError:
            continue
        try:
            if (path / name).exists():
                yield path / name
                return
        finally:
            path.rmdir()
    pytest.skip("no group of processes can be made below /sys/fs/cgroup here")


@pytest.mark.parametrize(("mebibytes", "enough"), [(24, False), (500, True)])
def test_a_group_whose_memory_is_limited(tmp_path, group, mebibytes, enough):
    prepare(tmp_path)
    group.write_text(str(mebibytes << 20))
    status = _done(tmp_path, _within(f"echo $$ > {group.with_name('cgroup.procs')}"))
    # What wants more is killed by the system.
    assert (status == 0) == enough, status
    _check_all_or_none(tmp_path, status)


@pytest.mark.parametrize("mebibytes", [250, 500])
def test_a_process_whose_addresses_are_limited(tmp_path, mebibytes):
    prepare(tmp_path)
    status = _done(tmp_path, _within(f"ulimit -v {mebibytes << 10}"))
    _check_all_or_none(tmp_path, status)
