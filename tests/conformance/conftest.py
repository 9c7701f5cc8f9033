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
        with _pipeline(request, tmp_path, monkeypatch, key_field, zone) as scene:
            yield scene

    return make


@contextmanager
def _pipeline(request, tmp_path, monkeypatch, key_field, zone):
    sim, redis, database_url, redis_url = map(request.getfixturevalue, ("_sim", "redis", "database_url", "redis_url"))
    redis.flushall()
    with pipeline(sim, database_url, redis_url, tmp_path, monkeypatch, key_field=key_field, zone=zone) as scene:
        yield scene


@pytest.fixture
def make_pipeline(request, tmp_path, monkeypatch):
    """Open a scene on the pipeline in which nobody syncs yet."""
    return lambda key_field=KEY_FIELD: _pipeline(request, tmp_path, monkeypatch, key_field, "Europe/Berlin")


@pytest.fixture
def on_pipeline(make_pipeline):
    """A scene in which Ada and Bob sync, for rules about what only the database does."""
    with make_pipeline() as scene:
        scene.begin()
        yield scene


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
