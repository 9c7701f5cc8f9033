"""The daily cleaning: what is old goes, what may still matter stays."""

from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text

from remindersync.store import retention, tables
from remindersync.store.directory import Directory
from remindersync.store.retention import Kept, SqlRetention
from remindersync.store.vault import Vault


@pytest.fixture
def owner(database):
    directory = Directory(database, Vault(["x" * 16]))
    directory.add_team("Sales")
    return directory.add_user("ada@example.com", "Sales")


@pytest.fixture
def put(database, owner):
    """Insert a row as it was some days ago; return its id."""

    def insert_row(table, days, column, **values):
        row = {**_DEFAULTS[table.name](owner), **values, column: text(f"now() - interval '{days} days'")}
        with database.begin() as connection:
            return connection.execute(insert(table).values(**row).returning(table.c.id)).scalar_one()

    return insert_row


_DEFAULTS = {
    "history": lambda owner: {
        "team_id": owner.team_id,
        "reminder_id": str(uuid4()),
        "side": "app",
        "actor": "ada",
        "field": "name",
        "rule": "latest",
    },
    "diagnostics": lambda owner: {
        "team_id": owner.team_id,
        "user_id": owner.id,
        "code": str(uuid4()),
        **dict.fromkeys(("category", "message", "meaning", "remedy", "retry"), "x"),
    },
    "runs": lambda owner: {"user_id": owner.id, "kind": "poll", "state": "done"},
    "intents": lambda owner: {
        "id": str(uuid4()),
        "user_id": owner.id,
        "run_id": str(uuid4()),
        "fence": 1,
        "kind": "update",
        "version": 1,
        "payload": {},
        "sent_at": text("now() - interval '99 days'"),
    },
    "reminders": lambda owner: {
        "team_id": owner.team_id,
        "owner_id": owner.id,
        "name": "Call",
        "shared": True,
        "version": 2,
        "synced_version": 2,
    },
}


@pytest.fixture
def purged(database):
    """Clean, and return the ids of what is left in a table."""

    def purge(table, kept):
        SqlRetention(database).purge(kept)
        with database.begin() as connection:
            return set(connection.execute(select(table.c.id)).scalars())

    return purge


def test_old_history_goes(put, purged):
    put(tables.history, 31, "at")
    young = put(tables.history, 29, "at")
    assert purged(tables.history, Kept(history_days=30)) == {young}


def test_without_a_limit_everything_stays(put, purged):
    old = put(tables.history, 3000, "at")
    assert purged(tables.history, Kept(None, None, None)) == {old}


def test_old_history_goes_page_by_page_and_stops_at_the_first_that_is_young(put, purged, monkeypatch):
    monkeypatch.setattr(retention, "_PAGE", 2)
    for days in (35, 34, 33, 32, 31):
        put(tables.history, days, "at")
    young = put(tables.history, 1, "at")
    late = put(tables.history, 40, "at")
    assert purged(tables.history, Kept(history_days=30)) == {young}
    assert late > young


def test_closed_errors_go_after_a_while_and_open_ones_stay(put, purged):
    put(tables.diagnostics, 31, "last_seen", state="resolved")
    put(tables.diagnostics, 31, "last_seen", state="ignored")
    young = put(tables.diagnostics, 29, "last_seen", state="resolved")
    still_open = put(tables.diagnostics, 31, "last_seen")
    assert purged(tables.diagnostics, Kept(run_days=30)) == {young, still_open}


def test_old_runs_go_and_waiting_ones_stay(put, purged):
    put(tables.runs, 31, "queued_at")
    young = put(tables.runs, 29, "queued_at")
    waiting = put(tables.runs, 31, "queued_at", state="queued")
    assert purged(tables.runs, Kept(run_days=30)) == {young, waiting}


def test_old_intents_go_once_they_are_answered(put, purged):
    reminder = put(tables.reminders, 1, "created_at")
    put(tables.intents, 31, "closed_at", reminder_id=reminder)
    young = put(tables.intents, 29, "closed_at", reminder_id=reminder)
    unanswered = put(tables.intents, 31, "sent_at", reminder_id=reminder)
    assert purged(tables.intents, Kept(run_days=30)) == {young, unanswered}


def test_the_bin_is_emptied(put, purged):
    put(tables.reminders, 31, "deleted_at")
    young = put(tables.reminders, 29, "deleted_at")
    kept = put(tables.reminders, 31, "created_at")
    assert purged(tables.reminders, Kept(bin_days=30)) == {young, kept}


def test_a_local_reminder_in_the_bin_goes_too(put, purged):
    put(tables.reminders, 31, "deleted_at", shared=False, synced_version=0)
    assert purged(tables.reminders, Kept(bin_days=30)) == set()


def test_a_deletion_salesforce_does_not_have_yet_stays(put, purged):
    unsynced = put(tables.reminders, 31, "deleted_at", synced_version=1)
    assert purged(tables.reminders, Kept(bin_days=30)) == {unsynced}


def test_a_deletion_salesforce_refused_stays(put, purged):
    refused = put(tables.reminders, 31, "deleted_at", synced_version=1, parked_version=2)
    assert purged(tables.reminders, Kept(bin_days=30)) == {refused}


def test_a_deletion_whose_answer_is_unknown_stays(put, purged):
    unclear = put(tables.reminders, 31, "deleted_at")
    put(tables.intents, 31, "sent_at", reminder_id=unclear, kind="delete")
    assert purged(tables.reminders, Kept(bin_days=30)) == {unclear}


def test_what_went_is_counted(put, database):
    put(tables.history, 31, "at")
    put(tables.reminders, 31, "deleted_at")
    removed = SqlRetention(database).purge(Kept(30, 30, 30))
    assert removed == {
        "history": 1,
        "runs": 0,
        "intents": 0,
        "diagnostics": 0,
        "team_actions": 0,
        "usage": 0,
        "changes": 0,
        "answers": 0,
        "used": 0,
        "reminders": 1,
    }
