"""Ticks get through though every thread of every other worker hangs in a call."""

import pytest
from pytest_celery import CeleryTestSetup

from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.logins import LoginGrant
from tests.fixtures.celery_nodes import OurWorker
from tests.fixtures.waiting import eventually

pytestmark = pytest.mark.processes

THREADS = 2


@pytest.fixture
def default_worker_command(default_worker_container_cls: type[OurWorker]) -> list[str]:
    return default_worker_container_cls.command("--pool=threads", f"--concurrency={THREADS}")


@pytest.fixture
def eve(team):
    """Return a way to have somebody of another team, whose org is another one too, come due."""

    def join() -> None:
        team.directory.add_team("Support")
        user = team.directory.add_user("eve@example.com", "Support")
        org, person = record_id("00DSM0000000002"), record_id("005SM0000000009")
        home = "https://other.my.salesforce.com"
        grant = LoginGrant(org, person, user.email, home, "t", "r", Grant.REFRESH)
        team.directory.connect(user.id, grant)
        team.directory.turn_on(user.id)

    return join


def test_while_an_org_holds_every_thread_another_teams_people_are_sent(team, ticker, ada, ben, eve):
    team.sim.door.add_fault("slow", seconds=20)
    for person in (ada, ben):
        team.dispatcher.send(person)
    under_way = eventually(lambda: _under_way(team, ada, ben))
    eve()
    team.ticking(lambda: _waiting(team.setup))
    (message,) = _waiting(team.setup)
    assert "eve@example.com" in message
    assert team.due.claim(10, 60) == []
    assert _under_way(team, ada, ben) == under_way


def _under_way(team, *people: str) -> list[str]:
    """Return these people's runs that go on, nothing unless each has one."""
    latest = [team.requests.runs_of(one)[0] for one in people]
    return [run.id for run in latest] if {run.state for run in latest} == {"running"} else []


def _waiting(setup: CeleryTestSetup) -> list[str]:
    """Return the jobs of users that lie in the queues."""
    redis = setup.broker.container.client
    return [raw for name in ("interactive", "sync", "bulk") for raw in redis.lrange(f"remindersync:{name}", 0, -1)]
