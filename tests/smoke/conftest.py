"""The nodes of pytest-celery, and a team whose members they sync with an org in a box."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_celery import CeleryTestSetup

from orgsim.server import Sim, serve
from remindersync.coordination.locks import RedisLocks
from remindersync.coordination.server import open_redis
from remindersync.ports import Grant
from remindersync.store.app_reminders import AppReminders, ListQuery
from remindersync.store.database import Database
from remindersync.store.directory import Directory
from remindersync.store.due import Claim, SqlDue
from remindersync.store.logins import LoginGrant
from remindersync.store.requests import RunRequests
from remindersync.store.vault import Vault
from tasks import names
from tests.fixtures.celery_nodes import *  # noqa: F403 the overrides of the plugin's fixtures
from tests.fixtures.celery_nodes import LEASE_SECONDS
from tests.fixtures.salesforce import ADA, BEN, ORG, USERNAMES, WORLD
from tests.fixtures.waiting import eventually
from worker.addresses import RedisAddresses
from worker.dispatch import Dispatcher
from worker.settings import Settings


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(WORLD) as sim:
        yield sim


@pytest.fixture
def salesforce_environ(sim: Sim) -> dict[str, str]:
    return {
        "SALESFORCE_LOGIN_URL": sim.url,
        "SALESFORCE_ALLOWED_HOSTS": sim.url.removeprefix("http://"),
        "SALESFORCE_CLIENT_ID": "remindersync",
    }


@dataclass
class Team:
    """Two people, their org, the database and the queues: what the tests do and look at from outside the workers."""

    sim: Sim
    setup: CeleryTestSetup
    database: Database
    directory: Directory
    due: SqlDue
    requests: RunRequests
    reminders: AppReminders
    dispatcher: Dispatcher
    locks: RedisLocks

    def join(self, salesforce_id: str) -> str:
        """Add a person who is connected to the org and whose sync is on; return their id."""
        email = USERNAMES[salesforce_id]
        user = self.directory.add_user(email, "Sales")
        login = self.sim.door.session(email)
        self.directory.connect(
            user.id,
            LoginGrant(
                ORG,
                salesforce_id,
                email,
                login["instance_url"],
                login["access_token"],
                login["refresh_token"],
                Grant.REFRESH,
            ),
        )
        self.directory.turn_on(user.id)
        return user.id

    def tick(self) -> None:
        """Do what beat does every five seconds."""
        self.setup.app.send_task(names.FAN_OUT)

    def ticking(self, condition):
        """Return what `condition` says once it is true, with a tick now and then."""

        def one_tick():
            self.tick()
            return condition()

        return eventually(one_tick, pause_seconds=0.5)

    def in_app(self, user_id: str) -> set[str]:
        """Return the names of a user's reminders."""
        actor = self.directory.user_by_id(user_id)
        return {item.reminder.name for item in self.reminders.list(actor, ListQuery()).items}

    def outcomes(self, user_id: str) -> list[str]:
        """Return how the user's recorded runs ended, newest first."""
        return [str(run.outcome) for run in self.requests.runs_of(user_id)]

    def log(self) -> str:
        return self.setup.worker.logs()

    def lines(self, *words: str) -> list[str]:
        """Return the worker's lines that hold all these words."""
        return [line for line in self.log().splitlines() if all(word in line for word in words)]

    def claim(self, user_id: str) -> Claim:
        claim = self.due.claim_user(user_id, LEASE_SECONDS)
        assert claim is not None
        return claim


@pytest.fixture
def team(sim: Sim, celery_setup: CeleryTestSetup, database: Database, worker_settings: Settings) -> Iterator[Team]:
    broker = celery_setup.app.conf.broker_url
    redis = open_redis(RedisAddresses.on(broker).coordination)
    vault, due, locks = Vault(worker_settings.token_keys), SqlDue(database), RedisLocks(redis)
    directory = Directory(database, vault)
    directory.add_team("Sales")
    dispatcher = Dispatcher(celery_setup.app, due, redis, LEASE_SECONDS)
    yield Team(
        sim, celery_setup, database, directory, due, RunRequests(database), AppReminders(database), dispatcher, locks
    )
    locks.close()
    redis.close()


@pytest.fixture
def ada(team: Team) -> str:
    return team.join(ADA)


@pytest.fixture
def ben(team: Team) -> str:
    return team.join(BEN)
