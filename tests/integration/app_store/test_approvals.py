"""What a guard holds back, as people see and approve it, on PostgreSQL with a run's own transaction."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from remindersync.errors import UserMistake
from remindersync.guards import HELD, WHILE_OFF
from remindersync.model import GuardedChange, Ledger
from remindersync.store.app_reminders import Draft
from remindersync.store.guards import Approvals
from remindersync.store.runs import SqlRuns
from remindersync.store.tables import diagnostics, history, runs
from tests.fixtures.statements import counted_statements


class Now:
    def now(self):
        return datetime.now(UTC)


@pytest.fixture
def approvals(database):
    return Approvals(database)


@pytest.fixture
def run(database, syncing_ada):
    """Do something in a transaction of a run of Ada's."""
    book = SqlRuns(database, Now())

    def do(work):
        with book.transaction(book.start(syncing_ada.id, None)) as tx:
            return work(tx)

    return do


@pytest.fixture
def made(app, syncing_ada):
    return [app.create(syncing_ada, Draft(f"Call {number}")).reminder for number in range(4)]


@pytest.fixture
def held(run, made):
    """Two deletions and a completion that wait."""
    kinds = (GuardedChange.DELETE, GuardedChange.DELETE, GuardedChange.COMPLETE)

    def hold(tx):
        tx.guards.hold({one.id: kind for one, kind in zip(made, kinds, strict=False)})
        tx.journal.fault(HELD)

    run(hold)
    return made[:3]


def notice(database):
    with database.begin() as connection:
        return connection.scalar(select(diagnostics.c.state).where(diagnostics.c.code == HELD.code))


def test_what_waits_is_listed_and_shown_as_held(approvals, app, directory, syncing_ada, held):
    waiting = approvals.waiting(syncing_ada.id)
    assert {(one.name, one.change.value) for one in waiting} == {
        ("Call 0", "delete"),
        ("Call 1", "delete"),
        ("Call 2", "complete"),
    }
    assert app.get(syncing_ada, held[0].id).sync.state == "held"
    assert directory.status(syncing_ada.id)[0].held == 3


def test_what_waits_is_not_sent_until_it_is_approved(approvals, run, syncing_ada, made, held):
    assert run(lambda tx: [one.name for one in tx.reminders.unsynced(10)]) == ["Call 3"]
    approvals.approve(syncing_ada.id, [held[0].id])
    assert run(lambda tx: {one.name for one in tx.reminders.unsynced(10)}) == {"Call 0", "Call 3"}


def test_exactly_what_is_named_is_approved_and_a_full_run_is_queued(approvals, database, syncing_ada, held):
    assert approvals.approve(syncing_ada.id, [held[0].id, held[2].id, "8b0c9e5e-0000-4000-8000-000000000000"]) == 2
    assert [one.name for one in approvals.waiting(syncing_ada.id)] == ["Call 1"]
    assert notice(database) == "open"
    with database.begin() as connection:
        assert connection.scalar(select(runs.c.kind).where(runs.c.state == "queued", runs.c.kind == "full")) == "full"
    approvals.approve(syncing_ada.id, [held[1].id])
    assert notice(database) == "resolved"


def test_where_nothing_waits_there_is_nothing_to_approve(approvals, syncing_ada, bob, held):
    for user in (bob, syncing_ada):
        with pytest.raises(UserMistake, match="Nothing"):
            approvals.approve(user.id, ["8b0c9e5e-0000-4000-8000-000000000000"])


def test_what_is_let_go_waits_no_more_and_the_notice_closes_with_the_last(approvals, run, database, syncing_ada, held):
    run(lambda tx: tx.guards.release([one.id for one in held[:2]]))
    assert len(approvals.waiting(syncing_ada.id)) == 1
    assert notice(database) == "open"
    run(lambda tx: tx.guards.release([held[2].id]))
    assert notice(database) == "resolved"


@pytest.mark.parametrize("decide", ["delete", "complete"])
def test_who_decides_here_is_not_asked_any_more(approvals, app, syncing_ada, held, decide):
    getattr(app, decide)(syncing_ada, held[0].id)
    assert held[0].id not in {one.reminder_id for one in approvals.waiting(syncing_ada.id)}


def test_other_edits_leave_it_waiting(approvals, app, syncing_ada, held):
    app.edit(syncing_ada, held[0].id, {"name": "Renamed"})
    assert len(approvals.waiting(syncing_ada.id)) == 3


def test_a_change_held_again_has_to_be_approved_again(approvals, run, syncing_ada, held):
    approvals.approve(syncing_ada.id, [held[0].id])
    run(lambda tx: tx.guards.release([held[0].id]))
    run(lambda tx: tx.guards.hold({held[0].id: GuardedChange.COMPLETE}))
    assert held[0].id in {one.reminder_id for one in approvals.waiting(syncing_ada.id)}


def test_the_ledger_counts_what_came_from_salesforce_in_a_day(run, database, made, held, set_reminder, syncing_ada):
    """Open reminders, what waits, and deletions and completions that nobody asked for or approved."""
    now = datetime.now(UTC)
    deleted = {"field": "deleted", "old": None, "new": "yes", "rule": "Deleted in Salesforce"}
    events = [
        (made[3], deleted),
        (made[0], deleted | {"rule": WHILE_OFF}),
        (made[1], deleted | {"actor": "ada@example.com"}),
        (made[2], {"field": "status", "old": "open", "new": "completed", "rule": "x", "at": now - timedelta(hours=25)}),
        (made[3], {"field": "status", "old": "open", "new": "completed", "rule": "changed in Salesforce"}),
    ]
    with database.begin() as connection:
        for reminder, event in events:
            row = {
                "team_id": reminder.team_id,
                "reminder_id": reminder.id,
                "side": "app",
                "actor": "Salesforce",
                "at": now,
            }
            connection.execute(insert(history).values(row | event))
    assert run(lambda tx: tx.guards.ledger()) == Ledger(open=4, done=1, waiting=3)
    set_reminder(made[3], deleted_at=now, approved_at=now)
    assert run(lambda tx: tx.guards.ledger()) == Ledger(open=3, done=0, waiting=3)


def test_diag_6_what_was_listed_as_a_completion_is_not_approved_as_a_deletion(approvals, run, syncing_ada, held):
    listed = [one.listed for one in approvals.waiting(syncing_ada.id)]
    run(lambda tx: tx.guards.hold({held[2].id: GuardedChange.DELETE}))
    assert approvals.approve(syncing_ada.id, listed) == 2
    assert [(one.name, one.change.value) for one in approvals.waiting(syncing_ada.id)] == [("Call 2", "delete")]


def test_diag_6_another_change_than_the_approved_one_has_to_be_approved(approvals, run, syncing_ada, held):
    approvals.approve(syncing_ada.id, [one.listed for one in approvals.waiting(syncing_ada.id)])
    run(lambda tx: tx.guards.hold(dict.fromkeys([one.id for one in held], GuardedChange.DELETE)))
    assert [one.name for one in approvals.waiting(syncing_ada.id)] == ["Call 2"]


def test_diag_6_an_approval_is_forgotten_once_a_later_change_passed_without_one(run, approvals, syncing_ada, held, app):
    approvals.approve(syncing_ada.id, [held[0].id])
    run(lambda tx: tx.guards.release([held[0].id]))
    assert app.get(syncing_ada, held[0].id).reminder.approved_at is not None
    run(lambda tx: tx.guards.release([held[0].id]))
    assert app.get(syncing_ada, held[0].id).reminder.approved_at is None


def test_many_changes_are_approved_by_the_statements_of_a_few(approvals, database, syncing_ada, held):
    def statements(some):
        with counted_statements(database) as sent:
            assert approvals.approve(syncing_ada.id, [one.id for one in some]) == len(some)
        return [one for one in sent if one.startswith("UPDATE reminders")]

    assert statements(held[:1]) == statements(held[1:])
