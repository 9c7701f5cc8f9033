"""One team on a worker's own services, PostgreSQL, Redis and HTTP, shared by a module; time passes only when told to."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from orgsim.server import serve
from remindersync.coordination.server import open_redis
from remindersync.ports import Grant
from remindersync.salesforce.connections import Http
from remindersync.store.database import Database
from remindersync.store.diagnostics import Wanted
from remindersync.store.logins import LoginGrant
from remindersync.store.tables import users
from tests.conformance.pipeline_world import pipeline
from tests.conformance.scene import EMAILS, ORG, SALESFORCE_IDS
from tests.fixtures.database import _new_database
from worker.addresses import KEY_PREFIX

ALLOWANCE = f"{KEY_PREFIX}allowance:{ORG}"
# Long enough for a busy machine to answer, short enough to be waited for.
READ_SECONDS = 2.0
_TIMES = ("held", "held_background", "seen", "probe", "at")


class Watch:
    """A scene in which Ada and Bob sync, and what happens to it when Salesforce misbehaves."""

    def __init__(self, scene, redis):
        self.scene, self.redis = scene, redis
        self.door = scene.sim.door

    def fail(self, action="error", **rule):
        """Let Salesforce misbehave until `mend`."""
        self.door.add_fault(action, **{"times": None, **rule})

    def mend(self):
        self.door.clear_faults()
        self.door.release()

    def notices(self, person="ada"):
        """Return a person's open errors: code, category, what becomes of it, and how often it was seen."""
        return [
            SimpleNamespace(code=one.code, category=one.category, retry=one.retry, count=one.count, remedy=one.remedy)
            for one in self._rows()
            if one.user == EMAILS[person]
        ]

    def _rows(self):
        return self.scene.parts.diagnostics.page(None, Wanted(), limit=200).items

    def paths(self):
        """Return the calls the org saw since `forget`: what was asked for, without version and parameters."""
        return [_asked(call["path"]) for call in self.door.calls(last=100_000)[self._before :]]

    def forget(self):
        self._before = len(self.door.calls(last=100_000))

    def live(self, hours, person="ada"):
        """Let hours pass and run a person whenever they are due; return how each run ended."""
        ended, left = [], hours * 3600.0
        while (rest := max(self.scene.rest(person), 1.0)) <= left:
            left -= rest
            self.pass_by(rest)
            ended.append(self.scene.slice(person))
        return ended

    def pass_by(self, seconds):
        """Let time pass on both sides and in the limiter, which has Redis's own clock."""
        self.scene.wait(seconds)
        known = self.redis.hgetall(ALLOWANCE)
        for name in _TIMES:
            if name in known:
                self.redis.hincrby(ALLOWANCE, name, -int(seconds * 1000))

    def reconnect(self, person="ada"):
        """Let a person go through Salesforce's login again."""
        login = self.door.session(EMAILS[person])
        tokens = (login["instance_url"], login["access_token"], login["refresh_token"])
        grant = LoginGrant(ORG, SALESFORCE_IDS[person], EMAILS[person], *tokens, Grant.REFRESH)
        self.scene.parts.directory.connect(self.scene.user_id(person), grant)
        # Who was inactive in Salesforce is turned on anew, by the database's clock, which does not follow this world's.
        now = self.scene.clock.now()
        ahead = (users.c.id == self.scene.user_id(person)) & (users.c.turned_on_at > now)
        with self.scene.parts.database.begin() as connection:
            connection.execute(update(users).where(ahead).values(turned_on_at=now))

    def login(self, person="ada"):
        return self.scene.parts.logins.of_user(self.scene.user_id(person))

    def settle(self):
        """Bring everything in step again, as far as that needs people too."""
        self.mend()
        self.redis.delete(ALLOWANCE)
        for person in ("ada", "bob"):
            if not self.login(person).active:
                self.reconnect(person)
        self.scene.parts.diagnostics.retry(None, Wanted())
        self.pass_by(1300)
        for person in ("ada", "bob"):
            self.scene.run(person)
        self.scene.parts.diagnostics.ignore(None, Wanted())
        self.forget()


def _asked(path):
    return path.partition("?")[0].rpartition("/v66.0/")[2]


@contextmanager
def watch(postgres_url, redis_url, home, key_field="RemindersyncKey__c"):
    """Open a watch on servers of its own but Redis, which is emptied."""
    redis = open_redis(redis_url)
    redis.flushall()
    with _new_database(postgres_url) as url, serve() as sim, pytest.MonkeyPatch.context() as patch:
        patch.setattr("remindersync.salesforce.sessions.PAUSE_SECONDS", 0)
        patch.setattr("remindersync.salesforce.connections.Http", lambda **_: Http(read_seconds=READ_SECONDS))
        database = Database(url)
        database.upgrade()
        database.close()
        with pipeline(sim, url, redis_url, home, patch, key_field=key_field, zone="Europe/Berlin") as scene:
            scene.begin()
            yield Watch(scene, open_redis(f"{redis_url}/{_database_of(scene)}"))
    redis.close()


def _database_of(scene):
    return scene.parts.redis.connection_pool.connection_kwargs.get("db", 0)


@pytest.fixture(scope="module")
def shared_watch(postgres_url, redis_url, tmp_path_factory):
    with watch(postgres_url, redis_url, tmp_path_factory.mktemp("watch")) as made:
        yield made


@pytest.fixture
def world(shared_watch):
    """The module's team, in step and without an open error."""
    shared_watch.settle()
    assert shared_watch.notices() == []
    yield shared_watch
    shared_watch.mend()
