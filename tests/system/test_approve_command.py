"""The command that shows what a guard holds back and approves exactly that."""

from sqlalchemy import update

from remindersync.store.app_reminders import AppReminders, Draft
from remindersync.store.tables import reminders
from tests.system.conftest import Office


def test_nothing_waits_at_first(office: Office) -> None:
    assert "Nothing waits" in office.line.run("approve", office.email()).told()


def test_what_waits_is_shown_and_approved(office: Office) -> None:
    app = AppReminders(office.database)
    made = [app.create(office.user(), Draft(name)).reminder.id for name in ("A", "B")]
    office.connect()
    office.directory.turn_on(office.user().id)
    with office.database.begin() as connection:
        connection.execute(update(reminders).where(reminders.c.id.in_(made)).values(held_change="delete"))
    listed = office.line.run("approve", office.email(), "--list", "--json").json()
    assert {(one["name"], one["change"]) for one in listed} == {("A", "delete"), ("B", "delete")}
    assert office.line.run("approve", office.email()).code != 0
    assert office.line.run("approve", office.email(), "--yes", "--json").json() == {"approved": 2}
    assert "Nothing waits" in office.line.run("approve", office.email()).told()
