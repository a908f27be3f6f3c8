"""One server and one wall for all of these tests; every test has a newsroom of its own on them."""

import itertools

import pytest

from deployments.local import running_locally
from tests.e2e.newsroom import Newsroom

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    with running_locally(tmp_path_factory.mktemp("local") / "state") as running:
        yield running


@pytest.fixture
def newsroom(local, tmp_path):
    return lambda *networks: Newsroom(local, tmp_path, f"titre{next(_numbers)}", networks)
