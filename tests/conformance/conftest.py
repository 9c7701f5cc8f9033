"""Every rule is tried in two worlds: on the in-memory ports, and on the whole pipeline."""

from contextlib import contextmanager

import pytest

from orgsim.server import serve
from tests.conformance.memory_world import MemoryScene
from tests.conformance.pipeline_world import pipeline

KEY_FIELD = "RemindersyncKey__c"


@pytest.fixture(scope="session")
def _sim():
    with serve() as sim:
        yield sim


@pytest.fixture(params=["memory", "pipeline"])
def make_scene(request, tmp_path, monkeypatch):
    """Open a scene in which nobody syncs yet; its org has the key field unless told otherwise."""

    @contextmanager
    def make(key_field=KEY_FIELD, zone="Europe/Berlin"):
        if request.param == "memory":
            yield MemoryScene(key_field, zone)
            return
        sim, redis = request.getfixturevalue("_sim"), request.getfixturevalue("redis")
        redis.flushall()
        database_url, redis_url = (request.getfixturevalue(one) for one in ("database_url", "redis_url"))
        with pipeline(sim, database_url, redis_url, tmp_path, monkeypatch, key_field=key_field, zone=zone) as scene:
            yield scene

    return make


@pytest.fixture
def off(make_scene):
    """A scene in which nobody syncs yet."""
    with make_scene() as scene:
        yield scene


@pytest.fixture
def scene(off):
    """A scene in which Ada and Bob sync and their first runs are done."""
    off.begin()
    return off


@pytest.fixture
def unkeyed(make_scene):
    """The same in an org without the key field."""
    with make_scene(None) as scene:
        scene.begin()
        yield scene
