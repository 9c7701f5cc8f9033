"""The world on which every store is tried, and a user, a run and a transaction in it."""

import pytest

from tests.fixtures.store_world import EachAlone, MemoryWorld, SqlWorld


@pytest.fixture(params=["sql", "memory"])
def world(request):
    """A store without users, and a clock that stands still."""
    return MemoryWorld() if request.param == "memory" else SqlWorld(request.getfixturevalue("database"))


@pytest.fixture
def ada(world):
    """The id of a user whose sync is on."""
    return world.user("ada")


@pytest.fixture
def bob(world, ada):
    """The id of another user of the same team."""
    return world.user("bob")


@pytest.fixture
def run(world, ada):
    """A run of Ada's."""
    return world.start(ada)


@pytest.fixture
def tx(world, run):
    """Ada's run, with every call in a transaction of its own."""
    return EachAlone(world.runs, run)
