"""Erasing a person: values and addresses go, times, ids and rules stay, and Salesforce is left alone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from remindersync.errors import UserMistake
from remindersync.store import tables
from remindersync.store.app_reminders import Draft, NotFound
from remindersync.store.tables import history, links, reminders, runs, users


@pytest.fixture
def everything(database):
    """Read every value of every row there is, as text."""

    def read():
        with database.begin() as connection:
            found = [row for table in tables.metadata.sorted_tables for row in connection.execute(select(table))]
        return "\n".join(map(str, found))

    return read


@pytest.fixture
def stage(database):
    """Leave a row of the org feed for a user."""

    def leave(user, task):
        now = datetime(2026, 11, 22, tzinfo=UTC)
        row = {"org_id": "00D000000000001EAA", "task_id": "00T000000000009EAA", "user_id": user.id, "task": task}
        with database.begin() as connection:
            connection.execute(insert(tables.task_changes).values(**row, stamp=now, unchanged_until=now))

    return leave


def test_nothing_a_person_wrote_or_is_called_is_left(  # noqa: PLR0917 one for each place where something may be left
    app, directory, syncing_ada, everything, link, add_diagnostic, stage
):
    stage(syncing_ada, {"values": {"Subject": "Secret"}})
    reminder = app.create(syncing_ada, Draft("Secret plan", details="Secret words")).reminder
    app.edit(syncing_ada, reminder.id, {"name": "Secret again"})
    link(reminder, agreed={"name": "Secret again"})
    add_diagnostic(syncing_ada, message="Secret answer")
    directory.issue_token(syncing_ada.id)
    erased = directory.erase(syncing_ada.id)
    assert (erased.reminders, erased.events) == (1, 3)
    left = everything()
    for word in ("Secret", "ada@example.com", "ada@org", "Ada", syncing_ada.salesforce_id):
        assert word not in left


def test_the_name_for_which_an_old_subject_stood_is_erased_too(app, database, directory, ada, rows):
    app.create(ada, Draft("Call"))
    with database.begin() as connection:
        connection.execute(history.update().values(field="Subject", old="Call: Secret", meant="Secret"))
    directory.erase(ada.id)
    assert [(row["old"], row["meant"]) for row in rows(history)] == [("", "")]


def test_times_fields_rules_and_ids_stay(app, directory, ada, rows):
    reminder = app.create(ada, Draft("Call")).reminder
    app.edit(ada, reminder.id, {"due_date": "2026-11-23"})
    before = rows(history, order=history.c.id)
    directory.erase(ada.id)
    after = rows(history, order=history.c.id)
    kept = ("id", "at", "reminder_id", "field", "rule", "side", "kept", "run_id")
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
    assert [(row["old"], row["new"]) for row in after] == [(None, ""), (None, "")]
    assert {row["actor"] for row in after} == {f"erased-{ada.id}@erased.invalid"}


def test_sync_is_turned_off_and_nothing_is_left_to_be_sent(app, directory, syncing_ada, state, rows):
    app.delete(syncing_ada, app.create(syncing_ada, Draft("Call")).reminder.id)
    fence = state(syncing_ada)["fence"]
    directory.erase(syncing_ada.id)
    assert (state(syncing_ada)["next_due_at"], state(syncing_ada)["fence"]) == (None, fence + 1)
    (row,) = rows(users, users.c.id == syncing_ada.id)
    assert (row["sync_on"], row["active"]) == (False, False)
    assert rows(reminders) == rows(links) == []


def test_what_a_person_did_for_others_stays_under_another_name(app, directory, ada, chief):
    reminder = app.create(ada, Draft("Call")).reminder
    app.edit(chief, reminder.id, {"name": "Call Bob"})
    app.edit(chief, reminder.id, {"assignee": "chief@example.com"})
    app.edit(chief, reminder.id, {"assignee": "ada@example.com"})
    directory.erase(chief.id)
    _, renamed, given, taken = app.history(ada, reminder.id)
    assert (renamed.actor, renamed.new) == (f"erased-{chief.id}@erased.invalid", "Call Bob")
    assert (given.new, taken.old, taken.new) == ("", "", "ada@example.com")


def test_history_of_reminders_that_left_the_bin_is_erased_too(app, database, directory, ada, rows):
    app.create(ada, Draft("Secret"))
    with database.begin() as connection:
        connection.execute(reminders.delete())
    directory.erase(ada.id)
    assert [row["new"] for row in rows(history)] == [""]


def test_an_erased_value_cannot_be_restored(app, directory, ada, chief, bob):
    reminder = app.create(ada, Draft("Call")).reminder
    app.edit(ada, reminder.id, {"assignee": "bob@example.com"})
    directory.erase(ada.id)
    given = app.history(bob, reminder.id)[-1]
    with pytest.raises(UserMistake, match="erased"):
        app.restore_value(bob, given.id)


def test_the_address_and_the_salesforce_user_are_free_again(directory, syncing_ada, grant):
    directory.erase(syncing_ada.id)
    again = directory.add_user("ada@example.com", "Sales")
    directory.connect(again.id, grant())
    assert directory.user("ada@example.com").salesforce_id == syncing_ada.salesforce_id


def test_plans_of_runs_are_emptied(database, directory, ada, rows):
    with database.begin() as connection:
        connection.execute(insert(runs).values(user_id=ada.id, kind="dry", state="done", plan=[{"fields": "Secret"}]))
    directory.erase(ada.id)
    assert [row["plan"] for row in rows(runs)] == [None]


def test_who_is_nobody_cannot_be_erased(directory):
    with pytest.raises(NotFound):
        directory.erase("8b0c9e5e-0000-4000-8000-000000000000")
