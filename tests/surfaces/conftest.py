import pytest

from tests.surfaces import gifti_files


@pytest.fixture(scope="session")
def gifti(tmp_path_factory):
    """Paths of small GIFTI files by name."""
    return gifti_files.files(tmp_path_factory.mktemp("gifti"))
