"""The sample as it is loaded, once for all tests, which only read it."""

import pytest

from orgsim.sample import load
from tests.orgsim.sample.counting import NOW


@pytest.fixture(scope="session")
def world():
    return load(NOW)


@pytest.fixture(scope="session")
def tasks(world):
    return [task for org in world["orgs"] for task in org["tasks"]]
