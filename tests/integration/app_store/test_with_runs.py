"""What people do, as the runs that follow find it."""

from datetime import UTC, datetime, timedelta

import pytest

from remindersync.errors import Superseded
from remindersync.model import Outcome, RunKind
from remindersync.store.app_reminders import Draft
from remindersync.store.due import SqlDue
from remindersync.store.requests import RunRequests
from remindersync.store.runs import SqlRuns


class Clock:
    """The machine's clock, which a test may put forward."""

    ahead = timedelta()

    def now(self):
        return datetime.now(UTC) + self.ahead

    def monotonic(self):
        return 0.0


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runs(database, clock):
    return SqlRuns(database, clock)


@pytest.fixture
def unsynced(runs):
    def found(user):
        with runs.transaction(runs.start(user.id, None)) as tx:
            return [reminder.id for reminder in tx.reminders.unsynced(10)]

    return found


def test_who_was_turned_on_is_claimed_and_runs_a_first_sync(database, directory, runs, syncing_ada):
    (claim,) = SqlDue(database).claim(10, 60)
    run = runs.start(claim.user_id, claim.claim)
    assert (claim.user_id, claim.lane, run.kind) == (syncing_ada.id, "bulk", RunKind.FIRST)
    assert run.user == directory.sync_user(syncing_ada.id)
    assert run.place.first.since == syncing_ada.turned_on_at - timedelta(hours=24)


def test_a_run_finds_what_was_created_and_edited_and_nothing_local(app, ada, syncing_bob, directory, grant, unsynced):
    app.create(ada, Draft("local"))
    directory.connect(ada.id, grant())
    directory.turn_on(ada.id)
    mine = app.create(ada, Draft("shared")).reminder
    app.create(syncing_bob, Draft("another's"))
    assert unsynced(ada) == [mine.id]


def test_a_held_completion_is_found_once_the_undo_time_is_over(app, syncing_ada, unsynced, clock):
    reminder = app.create(syncing_ada, Draft("Call")).reminder
    app.complete(syncing_ada, reminder.id, hold_seconds=5)
    assert unsynced(syncing_ada) == []
    clock.ahead = timedelta(seconds=6)
    assert unsynced(syncing_ada) == [reminder.id]


def test_turning_off_ends_a_run_at_its_next_step(directory, runs, syncing_ada):
    run = runs.start(syncing_ada.id, None)
    directory.turn_off(syncing_ada.id)
    with pytest.raises(Superseded), runs.transaction(run):
        pytest.fail("a run went on")
    assert runs.start(syncing_ada.id, None) is Outcome.OFF


def test_turned_on_again_at_once_a_user_can_be_claimed_again(database, directory, runs, syncing_ada):
    runs.start(syncing_ada.id, None)
    directory.turn_off(syncing_ada.id)
    directory.turn_on(syncing_ada.id)
    assert [claim.user_id for claim in SqlDue(database).claim(10, 60)] == [syncing_ada.id]


def test_a_queued_run_is_the_next_one(database, directory, runs, bob, grant):
    directory.connect(bob.id, grant())
    directory.turn_on(bob.id)
    requests = RunRequests(database)
    first = runs.start(bob.id, None)
    directory.turn_off(bob.id)
    directory.turn_on(bob.id)
    assert requests.run(first.id).state == "failed"
    assert [run.state for run in requests.runs_of(bob.id)] == ["queued", "queued", "failed"]
    assert runs.start(bob.id, None).id == requests.runs_of(bob.id)[1].id
