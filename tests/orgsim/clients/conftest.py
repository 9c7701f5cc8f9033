"""The box as real clients reach it: plain, over TLS, and through a proxy that stands for salesforce.com."""

from collections.abc import Iterator

import pytest

from orgsim import Sim, serve
from tests.orgsim.acme import world


@pytest.fixture(scope="session")
def secure_box() -> Iterator[Sim]:
    with serve(tls=True, proxy=True) as running:
        yield running


@pytest.fixture
def secure(secure_box: Sim) -> Sim:
    secure_box.door.reset(world())
    return secure_box


@pytest.fixture
def many(sim: Sim) -> list[str]:
    """Give the ids of 2,300 Tasks of Ann's."""
    (ann,) = [one["Id"] for one in sim.door.users() if one["Username"] == "ann@acme.example"]
    return sim.door.put_tasks([{"Subject": f"t{number}", "OwnerId": ann} for number in range(2300)])
