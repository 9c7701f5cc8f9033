"""The commands that look into a reminder's history, put values back and erase people."""

import pytest

from remindersync.store.app_reminders import AppReminders, Draft
from tests.system.conftest import Office


@pytest.fixture
def app(office: Office) -> AppReminders:
    return AppReminders(office.database)


@pytest.fixture
def reminder(office: Office, app: AppReminders):
    """A reminder of Ada's that was renamed."""
    made = app.create(office.user(), Draft("Call Cora", details="first\n" * 50)).reminder
    return app.edit(office.user(), made.id, {"name": "Call Dan"}).reminder


EVENT_KEYS = {"id", "at", "side", "actor", "login", "field", "old", "new", "kept", "rule", "run"}


def test_history_lists_every_event_and_cuts_long_values_for_people(office, reminder):
    events = office.line.run("history", reminder.id, "--json").json()
    assert [set(event) for event in events] == [EVENT_KEYS] * 3
    assert [(event["field"], event["old"]) for event in events] == [
        ("name", None),
        ("details", None),
        ("name", "Call Cora"),
    ]
    assert events[1]["new"] == "first\n" * 50
    shown = office.line.run("history", reminder.id).told()
    assert "Call Cora" in shown
    assert "…" in shown


def test_why_tells_in_words_and_as_json(office, reminder):
    assert "Name is “Call Dan”" in office.line.run("why", reminder.id, "Subject").told()
    told = office.line.run("why", reminder.id, "name", "--json").json()
    assert set(told) == {"reminder", "field", "value", "words", "event", "lost", "sent"}
    assert (told["value"], told["event"]["actor"], told["lost"]) == ("Call Dan", office.email(), [])
    assert "no field 'colour'" in office.line.run("why", reminder.id, "colour").complaint()


def test_restore_puts_a_value_back_once_and_says_who_did(office, app, reminder):
    event = office.line.run("history", reminder.id, "--json").json()[-1]["id"]
    done = office.line.run("restore", str(event), "--json").json()
    assert done == {"reminder": reminder.id, "version": 3, "changed": True}
    assert app.history(office.user(), reminder.id)[-1].actor == "operator"
    assert "nothing to do" in office.line.run("restore", str(event)).told()
    undo = app.history(office.user(), reminder.id)[-1].id
    assert "is undone" in office.line.run("restore", str(undo), "--as", office.email()).told()
    assert app.history(office.user(), reminder.id)[-1].actor == office.email()
    assert "event" in office.line.run("restore", str(undo), "--as", office.email("ben")).complaint()


def test_erase_asks_first_and_leaves_a_name_that_says_nothing(office, reminder):
    user = office.user()
    assert office.line.run("users", "erase", office.email()).code != 0
    assert office.user().name == "Ada"
    erased = office.line.run("users", "erase", office.email(), "--yes", "--json").json()
    assert erased == {"id": user.id, "email": f"erased-{user.id}@erased.invalid", "reminders": 1, "events": 3}
    assert [event["new"] for event in office.line.run("history", reminder.id, "--json").json()] == ["", "", ""]
