"""The fixtures of this folder."""

from collections.abc import Iterator

import pytest

from remindersync.salesforce.connections import Http
from tests.fixtures.salesforce import _http, _sim, box

__all__ = ["_http", "_sim", "box", "http"]


@pytest.fixture
def http() -> Iterator[Http]:
    """Connections of a test's own."""
    http = Http(read_seconds=5)
    yield http
    http.close()
