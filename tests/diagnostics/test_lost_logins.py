"""Logins that end: refreshed once however many processes notice, told once, and nobody else is stopped."""

import multiprocessing
from dataclasses import dataclass

import pytest

from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.coordination.locks import RedisLocks
from remindersync.coordination.server import open_redis
from remindersync.model import Outcome
from remindersync.salesforce.auth import App, OAuth
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.sessions import Refresher
from remindersync.store.database import Database
from remindersync.store.logins import SqlLogins
from remindersync.store.vault import Vault

ADA = "ada@example.com"
PROCESSES = 4


@pytest.fixture
def rotating(world):
    """An app whose refresh tokens are good for one use: a second use ends the login."""
    world.door.register_app(DEFAULT_CLIENT_ID, client_secret=DEFAULT_CLIENT_SECRET, rotate=True)
    yield world
    world.door.register_app(DEFAULT_CLIENT_ID, client_secret=DEFAULT_CLIENT_SECRET, rotate=False)


@dataclass(frozen=True)
class Place:
    """Where a process finds everything it needs to refresh a login."""

    database_url: str
    redis_url: str
    login_url: str
    token_keys: tuple[str, ...]
    user_id: str


def refresh(place, together, found):
    """Do in a process of its own what a worker does that finds its session ended."""
    database, redis, http = Database(place.database_url), open_redis(place.redis_url), Http()
    hosts = Hosts([place.login_url.removeprefix("http://")])
    oauth = OAuth(place.login_url, App(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET), http, hosts)
    locks, logins = RedisLocks(redis, prefix="remindersync:lock:"), SqlLogins(database, Vault(place.token_keys))
    login = logins.of_user(place.user_id)
    together.wait()
    found.put(Refresher(logins, locks, oauth).renew(login).access_token)
    locks.close()
    database.close()


def test_a_session_that_ends_is_refreshed_once_by_all_processes_together(rotating):
    parts = rotating.scene.parts
    place = Place(
        parts.servers.database_url,
        parts.servers.redis_url,
        rotating.scene.sim.url,
        parts.settings.token_keys,
        rotating.scene.user_id("ada"),
    )
    rotating.door.set_org(settings={"token_seconds": 0.3})
    before, asked = rotating.login(), rotating.door.counters()["by_kind"].get("token", 0)
    spawn = multiprocessing.get_context("spawn")
    together, found = spawn.Barrier(PROCESSES), spawn.Queue()
    processes = [spawn.Process(target=refresh, args=(place, together, found)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    tokens = {found.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    rotating.door.set_org(settings={"token_seconds": 0})
    after = rotating.login()
    assert tokens == {after.access_token}
    assert rotating.door.counters()["by_kind"]["token"] - asked == 1
    assert (after.version, after.refresh_token != before.refresh_token) == (before.version + 1, True)
    assert rotating.scene.run()[-1].outcome is Outcome.DONE


def test_a_session_that_ends_between_two_pages_is_renewed_and_the_reading_goes_on_by_key(rotating, monkeypatch):
    monkeypatch.setattr("remindersync.pull.PAGE_ROWS", 5)
    subjects = {f"Page by page {number}" for number in range(12)}
    for subject in sorted(subjects):
        rotating.scene.create(Subject=subject)
    rotating.scene.hooks.once(lambda: rotating.door.end_sessions(ADA), at=("changed",), when="after")
    reports = rotating.scene.run()
    assert reports[-1].outcome is Outcome.DONE
    assert subjects <= {one.name for one in rotating.scene.reminders()}
    # A locator of the session that ended would be asked for below `query/`.
    assert not [path for path in rotating.paths() if path.startswith("query/")]
    assert rotating.notices() == []


def test_a_revoked_login_is_told_once_while_edits_pile_up_and_go_out_after_it_reconnects(world):
    world.door.end_sessions(ADA, refresh_tokens=True)
    reminder_ids = []
    for number in range(3):
        reminder_ids.append(world.scene.add(f"Piled up {number}"))
        assert world.scene.run()[-1].outcome is Outcome.RECONNECT
    assert [(one.code, one.count) for one in world.notices()] == [("EXPIRED_ACCESS", 1)]
    assert len(world.paths()) <= 2
    assert world.scene.run("bob")[-1].outcome is Outcome.DONE
    world.reconnect()
    assert world.notices() == []
    world.scene.run()
    assert all(world.scene.task_of(one) for one in reminder_ids)


def test_a_user_inactive_in_salesforce_is_told_once_and_others_go_on(world):
    world.door.set_user(ADA, IsActive=False)
    try:
        world.scene.run()
        world.forget()
        world.live(3)
        assert world.paths() == []
        assert [(one.code, one.retry, one.count) for one in world.notices()] == [("INACTIVE_USER", "reconnect", 1)]
        assert world.scene.run("bob")[-1].outcome is Outcome.DONE
    finally:
        world.door.set_user(ADA, IsActive=True)
    world.reconnect()
    assert world.scene.run()[-1].outcome is Outcome.DONE
    assert world.notices() == []


def test_a_refresh_that_collides_somewhere_else_costs_nobody_their_login(world):
    world.door.end_sessions(ADA)
    world.fail("error", kind="token", code="REFRESH_COLLISION", times=2)
    assert world.scene.run()[-1].outcome is Outcome.DONE
    assert (world.login().active, world.notices()) == (True, [])
