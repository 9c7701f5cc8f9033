"""The servers on which runs are cut and paused for real."""

import pytest

from orgsim.server import serve
from tests.conformance.pipeline_world import pipeline
from tests.crash.real_stage import KEY_FIELD, Pipe


@pytest.fixture
def pipe(database_url, redis_url, redis, tmp_path, monkeypatch):
    """The services of a worker on PostgreSQL and Redis, and an org in a box."""
    where = (database_url, redis_url, tmp_path, monkeypatch)
    with serve() as sim, pipeline(sim, *where, key_field=KEY_FIELD, zone="Europe/Berlin") as scene:
        yield Pipe(scene)
