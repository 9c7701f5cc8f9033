"""Whose reminders changed, for pages that wait for news."""

from remindersync.store.app_reminders import Draft
from remindersync.store.changes import ReminderChanges


def test_however_much_changed_at_once_everybody_concerned_is_told_in_one_look(app, database, ada, bob):
    changes = ReminderChanges(database)
    spot = changes.latest()
    for number in range(4):
        app.create(ada, Draft(f"Call {number}"))
    app.create(bob, Draft("Call"))
    assert changes.owners_since(spot, limit=2) == ({ada.id, bob.id}, changes.latest())
    assert changes.owners_since(changes.latest(), limit=2) == (frozenset(), changes.latest())
