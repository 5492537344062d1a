"""Settings that every test relies on."""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile

import pytest

from tests.requirements import missing, not_installed

# Before Nipype is imported anywhere: no calls home, and no settings of the person who tests.
os.environ["NIPYPE_NO_ET"] = "1"
os.environ["NO_ET"] = "1"
os.environ["NIPYPE_CONFIG_DIR"] = tempfile.mkdtemp(prefix="nipype_config_")
atexit.register(shutil.rmtree, os.environ["NIPYPE_CONFIG_DIR"], ignore_errors=True)


_connect = socket.socket.connect


def _connect_nearby(self, address):
    """Refuse to reach other machines: what tests fetched would have to be trusted."""
    if self.family in (socket.AF_INET, socket.AF_INET6):
        try:
            far = ipaddress.ip_address(address[0]).is_global
        except ValueError:
            far = address[0] not in ("localhost", socket.gethostname(), socket.getfqdn())
        if far:
            # As without a network: what looks for a newer version of itself goes on.
            raise ConnectionRefusedError(f"{address[0]} is out of reach: tests fetch nothing")
    return _connect(self, address)


socket.socket.connect = _connect_nearby


def pytest_addoption(parser):
    parser.addoption(
        "--nothing-missing",
        action="store_true",
        help="fail at once where a program or package of tests/requirements.py is not installed",
    )


def pytest_sessionstart(session):
    if session.config.getoption("--nothing-missing") and not_installed():
        raise pytest.UsageError("\n".join(not_installed()))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skip a test for what it needs, before its fixtures start anything."""
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            why = missing(name)
            if why:
                pytest.skip(why)
