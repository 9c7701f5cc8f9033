"""What the fleet view tells, from a real database and a real Redis."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from remindersync.coordination.server import open_redis
from remindersync.model import Outcome
from remindersync.store.due import SqlDue
from remindersync.store.fleet import SqlFleet
from remindersync.store.status import SyncState
from tests.fixtures.statements import counted_statements
from worker import tally as tallying
from worker.fleet import Fleet, QueueNow
from worker.tally import Tally


@pytest.fixture
def put(database):
    """Change a person's row of `run_state`."""

    def change(user, assignments):
        with database.begin() as connection:
            connection.execute(text(f"UPDATE run_state SET {assignments} WHERE user_id = :id"), {"id": user.id})

    return change


def test_every_person_is_counted_under_the_state_their_own_page_shows(join, put, fleet, directory, database):
    idle, running, first, off, gone, lost = (join(name) for name in "abcdef")
    directory.add_user("never@example.com", "Sales")
    waiting = join("waits", "Support")
    put(idle, "place = '{}', last_outcome = 'done'")
    put(running, "place = '{}', running_since = now(), claim_until = now() + interval '1 minute'")
    put(first, """place = '{"first": {"since": "2026-11-01T00:00:00Z"}}'""")
    put(waiting, f"place = '{{}}', last_outcome = '{Outcome.WAITING}'")
    put(lost, "place = '{}'")
    directory.turn_off(off.id)
    directory.deactivate(gone.id)
    with database.begin() as connection:
        connection.execute(
            text("UPDATE salesforce_logins SET state = 'reconnect' WHERE user_id = :id"), {"id": lost.id}
        )
    counted = fleet.now().users
    assert counted == {
        SyncState.OFF: 2,
        SyncState.FIRST_SYNC: 1,
        SyncState.IDLE: 1,
        SyncState.RUNNING: 1,
        SyncState.WAITING_ALLOWANCE: 1,
        SyncState.RECONNECT: 1,
        SyncState.DEACTIVATED: 1,
    }
    shown = [one.state for one in directory.status()]
    assert counted == {state: shown.count(state) for state in SyncState}


def test_who_waits_longest_is_named_with_their_wait(join, put, fleet):
    assert fleet.now().oldest is None
    ada, bob = join("ada"), join("bob")
    put(ada, "next_due_at = now() - interval '90 seconds'")
    put(bob, "next_due_at = now() - interval '30 seconds'")
    found = fleet.now().oldest
    assert found.email == "ada@example.com"
    assert 90 <= found.seconds < 120
    put(ada, "running_since = now(), claim_until = now() + interval '1 minute'")
    assert fleet.now().oldest.email == "bob@example.com"
    put(ada, "claim_until = now() - interval '1 second'")
    assert fleet.now().oldest.email == "ada@example.com"


def test_a_team_is_told_of_its_own_people_only(join, put, fleet):
    ada, eve = join("ada"), join("eve", "Support")
    put(ada, "next_due_at = now() - interval '10 seconds'")
    put(eve, "next_due_at = now() - interval '99 seconds'")
    of_ada = fleet.now(ada.team_id)
    assert (of_ada.oldest.email, sum(of_ada.users.values())) == ("ada@example.com", 1)
    assert sum(fleet.now().users.values()) == 2


def test_queues_tell_what_lies_in_redis_and_what_the_database_has_for_them(join, fleet, redis, database):
    join("ada")
    redis.rpush("remindersync:bulk", "one", "two")
    redis.hset("remindersync:unacked", "tag", "message")
    before = {queue.name: queue for queue in fleet.now().queues}
    assert set(before) == {"ticks", "interactive", "sync", "bulk"}
    assert (before["bulk"].waiting, before["sync"].waiting, fleet.now().taken) == (2, 0, 1)
    assert before["ticks"] == QueueNow("ticks", 0, 0, 0, 0.0)
    assert sum(queue.due for queue in before.values()) == 1
    SqlDue(database).claim(10, 60)
    after = fleet.now().queues
    assert (sum(queue.due for queue in after), sum(queue.unstarted for queue in after)) == (0, 1)


def test_runs_are_counted_by_outcome_over_fifteen_minutes(fleet, tally, monkeypatch):
    noon = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
    at(monkeypatch, noon - timedelta(minutes=16))
    tally.ran("failed")
    at(monkeypatch, noon - timedelta(minutes=14))
    for _ in range(29):
        tally.ran("done")
    at(monkeypatch, noon)
    tally.ran("retry")
    assert fleet.now().runs_a_minute == {"done": 2.0, "retry": pytest.approx(1 / 14.5)}


def test_a_worker_is_seen_silent_and_forgotten(fleet, tally, monkeypatch):
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    at(monkeypatch, noon)
    tally.lives("worker@a")
    tally.lives("worker@b")
    tally.left("worker@b")
    at(monkeypatch, noon + timedelta(seconds=30))
    assert [(one.name, one.seen_seconds, one.silent) for one in fleet.now().workers] == [("worker@a", 30, False)]
    at(monkeypatch, noon + timedelta(seconds=61))
    assert fleet.now().workers[0].silent
    at(monkeypatch, noon + timedelta(hours=2))
    assert fleet.now().workers == ()
    tally.lives("worker@c")
    assert [one.name for one in fleet.now().workers] == ["worker@c"]


def test_the_age_of_beats_last_tick_is_told(fleet, tally, monkeypatch):
    assert fleet.now().tick_seconds is None
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    at(monkeypatch, noon)
    tally.ticked()
    at(monkeypatch, noon + timedelta(seconds=7))
    assert fleet.now().tick_seconds == 7


def test_without_redis_the_database_still_tells_and_nothing_breaks(join, database, stoppable_redis):
    redis = open_redis(stoppable_redis.url, timeout_seconds=1)
    fleet, tally = Fleet(SqlFleet(database), redis, Tally(redis)), Tally(redis)
    join("ada")
    stoppable_redis.stop()
    tally.ran("done")
    found = fleet.now()
    assert (found.redis, found.taken, found.workers, found.runs_a_minute) == (False, None, (), {})
    assert sum(found.users.values()) == 1
    assert all(queue.waiting is None for queue in found.queues)
    redis.close()


def test_a_look_costs_three_statements_however_many_people_there_are(join, fleet, database):
    counted = []
    for number in range(3):
        join(f"user{number}")
        with counted_statements(database) as statements:
            fleet.now()
        counted.append(len(statements))
    assert counted == [3, 3, 3]


def at(monkeypatch, moment):
    """Let the tally take this for the present."""
    monkeypatch.setattr(tallying.time, "time", moment.timestamp)
