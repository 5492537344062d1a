"""Every interface in every kind of node under every plugin; see `tests.interfaces.matrix`."""

from __future__ import annotations

from functools import cache

import pytest

from tests.interfaces.helpers import ways
from tests.interfaces.matrix import plugins
from tests.interfaces.matrix.column import CACHED, EQUAL_BYTES, Cell, run_column
from tests.interfaces.matrix.kinds import KINDS
from tests.interfaces.matrix.live import LIVE, run_live
from tests.interfaces.matrix.samples import SAMPLES, save_images

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    # ipyparallel closes its sockets in its own time.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROWS = [*(kind.name for kind in KINDS), EQUAL_BYTES, CACHED]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return save_images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def column(tmp_path_factory, images, service):
    """Return a function that runs everything under one plugin, once."""

    @cache
    def run(name):
        linear = run("Linear") if name != "Linear" else None
        folder = tmp_path_factory.mktemp("matrix") / name.replace(" ", "_")
        return run_column(name, folder, images, service(plugins.WAYS[name].service), linear)

    return run


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("name", ways())
def test_under_a_plugin(column, name, row):
    cells = column(name).cells
    found = [cells[row, sample.name] for sample in SAMPLES]
    assert not [cell.why for cell in found if cell.state == "failed"]


def live_kinds():
    return [
        pytest.param(name, marks=[pytest.mark.needs(live.needs)] if live.needs else [])
        for name, live in LIVE.items()
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
@pytest.mark.parametrize("kind", live_kinds())
def test_in_the_calling_process(tmp_path, images, kind, sample):
    assert run_live(kind, sample, images, tmp_path / "live") == Cell("passed")
