"""One box for all tests, emptied and filled anew for each."""

from collections.abc import Iterator
from typing import Any

import pytest

from orgsim import Sim, serve
from tests.orgsim.acme import Caller, world


@pytest.fixture(scope="session")
def box() -> Iterator[Sim]:
    with serve() as running:
        yield running


@pytest.fixture
def sim(box: Sim) -> Sim:
    box.door.reset(world())
    return box


@pytest.fixture
def callers(sim: Sim) -> Iterator[Any]:
    made: list[Caller] = []

    def make(username: str) -> Caller:
        made.append(Caller(sim, f"{username}@acme.example"))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture
def ann(callers: Any) -> Caller:
    return callers("ann")


@pytest.fixture
def admin(callers: Any) -> Caller:
    return callers("admin")
