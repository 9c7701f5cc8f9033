from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from remindersync.model import FirstSync, Place
from remindersync.store import rows as stored
from remindersync.store.app_reminders import Draft
from remindersync.store.tables import run_state

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
READ = stored.place_json(Place(front=LONG_AGO))


@pytest.fixture
def set_state(database):
    def change(user, **columns):
        with database.begin() as connection:
            connection.execute(update(run_state).where(run_state.c.user_id == user.id).values(columns))

    return change


def state_of(directory, user):
    (status,) = directory.status(user.id)
    return status.state


def test_who_never_turned_it_on_is_off(directory, ada):
    (status,) = directory.status(ada.id)
    assert (status.email, status.mode, status.state, status.progress) == ("ada@example.com", "off", "off", None)
    assert (status.backlog, status.errors, status.lag_seconds) == (0, 0, 0)
    assert status.last_run_at is status.next_due_at is status.turned_on_at is status.last_outcome is None


def test_a_first_sync_shows_how_far_it_is(directory, syncing_ada, set_state):
    first = FirstSync(since=LONG_AGO, done=120, total=340)
    set_state(syncing_ada, place=stored.place_json(Place(first=first)))
    (status,) = directory.status(syncing_ada.id)
    assert (status.mode, status.state) == ("on", "first_sync")
    assert (status.progress.done, status.progress.total) == (120, 340)
    assert status.turned_on_at == syncing_ada.turned_on_at
    assert status.next_due_at is not None


def test_after_the_first_sync_a_user_is_idle_between_runs(directory, syncing_ada, set_state):
    set_state(syncing_ada, place=READ, last_run_at=LONG_AGO, last_outcome="done")
    (status,) = directory.status(syncing_ada.id)
    assert (status.state, status.progress, status.last_run_at, status.last_outcome) == ("idle", None, LONG_AGO, "done")
    set_state(syncing_ada, running_since=LONG_AGO)
    assert state_of(directory, syncing_ada) == "running"


def test_who_waits_for_allowance_is_told(directory, syncing_ada, set_state):
    set_state(syncing_ada, last_outcome="waiting_allowance")
    assert state_of(directory, syncing_ada) == "waiting_allowance"


def test_a_lost_login_comes_before_everything_else_of_a_run(directory, syncing_ada, set_state, lose):
    set_state(syncing_ada, last_outcome="waiting_allowance")
    lose(syncing_ada)
    assert state_of(directory, syncing_ada) == "reconnect"


def test_turned_off_the_state_is_off_whatever_was_left(directory, syncing_ada, lose):
    lose(syncing_ada)
    directory.turn_off(syncing_ada.id)
    (status,) = directory.status(syncing_ada.id)
    assert (status.mode, status.state, status.progress) == ("off", "off", None)


def test_a_deactivated_user_is_told_as_such(directory, syncing_ada, deactivate):
    deactivate(syncing_ada)
    assert state_of(directory, syncing_ada) == "deactivated"


def test_the_backlog_counts_what_salesforce_has_yet_to_learn_and_how_long(
    app, directory, syncing_ada, syncing_bob, set_reminder, link
):
    waiting, parked, done = (app.create(syncing_ada, Draft(name)).reminder for name in ("waiting", "parked", "done"))
    app.create(syncing_bob, Draft("another's"))
    set_reminder(waiting, updated_at=datetime.now(UTC) - timedelta(minutes=2))
    set_reminder(parked, parked_version=1)
    link(done)
    (status,) = directory.status(syncing_ada.id)
    assert status.backlog == 1
    assert 120 <= status.lag_seconds < 180


def test_only_open_errors_of_the_user_count(directory, ada, bob, add_diagnostic):
    for user, state in [(ada, "open"), (ada, "resolved"), (bob, "open")]:
        add_diagnostic(user, state=state)
    (status,) = directory.status(ada.id)
    assert status.errors == 1


def test_all_are_listed_by_address_or_a_teams_only(directory, ada, bob, stranger):
    assert [status.user_id for status in directory.status()] == [ada.id, bob.id, stranger.id]
    assert [status.email for status in directory.status(team_id=ada.team_id)] == [ada.email, bob.email]
