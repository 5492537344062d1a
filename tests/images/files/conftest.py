"""What the tests of files share."""

from importlib import import_module

import pytest

from nipype_mathimg.images.files import inflaters


@pytest.fixture(params=["isal.isal_zlib", "zlib_ng.zlib_ng"])
def library(request, monkeypatch):
    """The library that was found to be the fastest."""
    module = import_module(request.param)
    monkeypatch.setattr(inflaters.CHOICE, "library", module)
    return module
