"""People and runs that change the same reminders at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from remindersync.errors import SyncError
from remindersync.store.app_reminders import Conflict, Draft
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import reminders, run_state, teams

PATIENCE = 1000


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def handed_over(syncing_ada, syncing_bob, shared, make_idle):
    make_idle(syncing_bob)
    return syncing_ada, syncing_bob, shared


@contextmanager
def run_of(database, *users):
    """Do what a run does first: hold its user's row of `run_state`."""
    with database.begin() as connection:
        for user in users:
            connection.execute(select(run_state).where(run_state.c.user_id == user.id).with_for_update(read=True))
        yield connection


def write(run, reminder, **values):
    """Change a reminder as a run does; whoever waits for the run must not hold it, or the two would deadlock."""
    mine = reminders.c.id == reminder.id
    run.execute(select(reminders).where(mine).with_for_update(nowait=True))
    run.execute(update(reminders).where(mine).values(values))


def until_somebody_waits(database):
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(PATIENCE):
        with database.begin() as connection:
            if connection.scalar(waiting):
                return
            connection.execute(text("SELECT pg_sleep(0.01)"))
    pytest.fail("nobody waited for a lock")


def test_of_edits_against_one_version_exactly_one_wins(app, ada, pool):
    reminder = app.create(ada, Draft("Call")).reminder

    def edit(number):
        try:
            return app.edit(ada, reminder.id, {"name": f"Call {number}"}, expected_version=1).reminder
        except Conflict as conflict:
            return conflict.current

    results = set(pool.map(lambda number: edit(number).name, range(8)))
    assert results == {app.get(ada, reminder.id).reminder.name}
    assert app.get(ada, reminder.id).reminder.version == 2


def test_of_edits_of_different_fields_none_is_lost(app, ada, pool):
    reminder = app.create(ada, Draft("Call")).reminder
    edits = [{"name": "Write"}, {"details": "soon"}, {"priority": "high"}, {"campaign_day": 3}, {"status": "completed"}]
    list(pool.map(lambda changes: app.edit(ada, reminder.id, changes), edits))
    after = app.get(ada, reminder.id).reminder
    assert (after.name, after.details, after.priority, after.campaign_day) == ("Write", "soon", "high", 3)
    assert (after.status, after.version) == ("completed", 6)


def test_an_edit_waits_for_a_runs_step_and_then_sees_what_it_wrote(app, database, syncing_ada, shared, pool, state):
    with run_of(database, syncing_ada) as run:
        edit = pool.submit(app.edit, syncing_ada, shared.id, {"details": "mine"})
        until_somebody_waits(database)
        write(run, shared, name="theirs", version=7)
    after = edit.result().reminder
    assert (after.name, after.details, after.version) == ("theirs", "mine", 8)
    assert state(syncing_ada)["next_due_at"].year < 2100


def test_a_stale_edit_that_waited_for_a_run_is_refused(app, database, syncing_ada, shared, pool):
    with run_of(database, syncing_ada) as run:
        edit = pool.submit(app.edit, syncing_ada, shared.id, {"details": "mine"}, expected_version=1)
        until_somebody_waits(database)
        write(run, shared, name="theirs", version=2)
    with pytest.raises(Conflict) as caught:
        edit.result()
    assert caught.value.current.name == "theirs"


def test_an_edit_follows_a_reminder_a_run_gives_away_meanwhile(app, database, chief, handed_over, pool, state):
    giver, taker, reminder = handed_over
    with run_of(database, giver) as run:
        edit = pool.submit(app.edit, chief, reminder.id, {"details": "mine"})
        until_somebody_waits(database)
        write(run, reminder, owner_id=taker.id)
    assert edit.result().due_user_id == taker.id
    assert state(taker)["next_due_at"].year < 2100
    assert state(giver)["next_due_at"].year == 2100


def test_turning_off_waits_for_a_runs_step(database, directory, syncing_ada, shared, pool):
    with run_of(database, syncing_ada) as run:
        switch = pool.submit(directory.turn_off, syncing_ada.id)
        until_somebody_waits(database)
        write(run, shared, name="theirs")
    assert not switch.result().sync_on


def test_connecting_waits_for_a_runs_step_that_adds_rows_of_its_user(
    database, directory, app, syncing_ada, grant, pool
):
    with run_of(database, syncing_ada) as run:
        connect = pool.submit(directory.connect, syncing_ada.id, grant())
        until_somebody_waits(database)
        row = {"team_id": syncing_ada.team_id, "owner_id": syncing_ada.id, "name": "imported"}
        run.execute(reminders.insert().values(row))
    assert connect.result() is True


def test_a_deadlock_the_database_breaks_costs_nobody_their_change(
    app, database, syncing_ada, syncing_bob, shared, pool
):
    first, second = sorted([syncing_ada, syncing_bob], key=lambda user: user.id)
    with run_of(database, second) as run:
        run.execute(text("SET LOCAL deadlock_timeout = '1h'"))
        assign = pool.submit(app.edit, syncing_ada, shared.id, {"assignee": syncing_bob.email})
        until_somebody_waits(database)
        run.execute(update(run_state).where(run_state.c.user_id == first.id).values(lane="bulk"))
    assert assign.result().reminder.owner_id == syncing_bob.id


@pytest.mark.parametrize(("trouble", "attempts"), [(DeadlockDetected(), 3), (LockNotAvailable(), 1)])
def test_a_transaction_that_is_refused_for_good_did_nothing_and_says_so(database, directory, trouble, attempts):
    begun = []

    def work(connection):
        begun.append(connection)
        connection.execute(teams.insert().values(name="Half done"))
        raise OperationalError("", {}, trouble)

    with pytest.raises(SyncError):
        in_transaction(database, work)
    assert (len(begun), directory.teams()) == (attempts, [])


def test_reminders_given_to_and_fro_by_many_at_once_are_all_given(app, syncing_ada, syncing_bob, pool):
    pairs = [(syncing_ada, syncing_bob), (syncing_bob, syncing_ada)] * 10
    made = [app.create(giver, Draft("Call")).reminder for giver, _ in pairs]

    def give(number):
        giver, taker = pairs[number]
        return app.edit(giver, made[number].id, {"assignee": taker.email}).reminder.owner_id

    assert list(pool.map(give, range(20))) == [taker.id for _, taker in pairs]


def test_one_key_used_by_many_at_once_makes_one_reminder(app, ada, pool):
    numbers = count()
    changes = list(pool.map(lambda _: app.by_key(ada, "crm-1", Draft(f"Call {next(numbers)}")), range(8)))
    assert len({change.reminder.id for change in changes}) == 1
    assert sum(change.created for change in changes) == 1
