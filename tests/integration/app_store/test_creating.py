"""What a new reminder holds, whom it makes due, and a caller's own key for it."""

from datetime import date

import pytest

from remindersync.errors import UserMistake
from remindersync.model import Priority, ReminderType, Side, Status
from remindersync.store.app_reminders import Conflict, Draft
from remindersync.store.tables import history, reminders
from tests.integration.app_store.drafts import LEAD, WHOLE, told


class TestCreating:
    def test_a_reminder_is_stored_as_it_was_given(self, app, ada):
        reminder = app.create(ada, WHOLE).reminder
        assert (reminder.name, reminder.details, reminder.due_date) == ("Call Ada", "first\nsecond", date(2026, 11, 23))
        assert (reminder.type, reminder.status, reminder.priority) == (
            ReminderType.CALL,
            Status.COMPLETED,
            Priority.HIGH,
        )
        assert (reminder.person, reminder.campaign_name) == (WHOLE.person, "Autumn")
        assert (reminder.campaign_day, reminder.campaign_step) == (1, 2)
        assert (reminder.call_outcome, reminder.call_reason) == ("reached", "demo")
        assert (reminder.version, reminder.synced_version, reminder.origin) == (1, 0, Side.APP)
        assert reminder.completed_at == reminder.created_at == reminder.updated_at
        assert app.get(ada, reminder.id).reminder == reminder

    def test_a_reminder_needs_no_more_than_a_name(self, app, ada):
        reminder = app.create(ada, Draft(" Call ")).reminder
        assert (reminder.name, reminder.type, reminder.status) == ("Call", ReminderType.CUSTOM, Status.OPEN)
        assert reminder.due_date is reminder.person is reminder.completed_at is None

    def test_of_who_syncs_it_goes_out_and_makes_them_due_at_once(self, app, syncing_ada, make_idle, is_due):
        make_idle(syncing_ada)
        changed = app.create(syncing_ada, Draft("Call"))
        assert (changed.reminder.shared, changed.due_user_id, changed.created) == (True, syncing_ada.id, True)
        assert is_due(syncing_ada)

    def test_while_sync_is_off_it_stays_local_and_makes_nobody_due(self, app, ada, state):
        changed = app.create(ada, Draft("Call"))
        assert (changed.reminder.shared, changed.due_user_id) == (False, None)
        assert state(ada)["next_due_at"] is None

    def test_before_the_switch_it_stays_local_after_it_too(self, app, directory, ada, grant):
        reminder = app.create(ada, Draft("Call")).reminder
        directory.connect(ada.id, grant())
        directory.turn_on(ada.id)
        assert not app.get(ada, reminder.id).reminder.shared

    def test_after_sync_was_turned_off_it_stays_local(self, app, directory, syncing_ada):
        directory.turn_off(syncing_ada.id)
        assert not app.create(syncing_ada, Draft("Call")).reminder.shared

    def test_for_a_colleague_it_is_theirs_and_their_switch_counts(self, app, ada, syncing_bob, is_due):
        changed = app.create(ada, Draft("Call", assignee="BOB@example.com"))
        assert (changed.reminder.owner_id, changed.reminder.shared) == (syncing_bob.id, True)
        assert changed.due_user_id == syncing_bob.id
        assert is_due(syncing_bob)

    def test_for_somebody_of_another_team_is_refused(self, app, ada, stranger):
        with pytest.raises(UserMistake, match=r"^assignee: nobody active in your team has the address stranger@"):
            app.create(ada, Draft("Call", assignee=stranger.email))

    def test_for_a_deactivated_colleague_is_refused(self, app, ada, bob, deactivate):
        deactivate(bob)
        with pytest.raises(UserMistake, match=r"^assignee"):
            app.create(ada, Draft("Call", assignee=bob.email))

    def test_history_begins_with_what_was_given(self, app, ada):
        reminder = app.create(ada, WHOLE).reminder
        assert told(app, ada, reminder) == [
            ("name", None, "Call Ada", "create"),
            ("type", None, "call", "create"),
            ("status", None, "completed", "create"),
            ("priority", None, "high", "create"),
            ("due_date", None, "2026-11-23", "create"),
            ("details", None, "first\nsecond", "create"),
            ("person", None, LEAD, "create"),
            ("person_name", None, "Ada", "create"),
            ("person_email", None, "ada@lovelace.example", "create"),
            ("campaign_name", None, "Autumn", "create"),
            ("campaign_day", None, "1", "create"),
            ("campaign_step", None, "2", "create"),
            ("call_outcome", None, "reached", "create"),
            ("call_reason", None, "demo", "create"),
        ]

    def test_history_does_not_repeat_what_every_reminder_begins_with(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        assert told(app, ada, reminder) == [("name", None, "Call", "create")]

    def test_a_wrong_value_stores_nothing(self, app, ada, rows):
        with pytest.raises(UserMistake, match=r"^name is empty"):
            app.create(ada, Draft(" "))
        assert rows(reminders) == rows(history) == []


class TestByKey:
    def test_a_new_key_creates_a_reminder(self, app, syncing_ada):
        changed = app.by_key(syncing_ada, " crm-1 ", Draft("Call"))
        assert (changed.created, changed.due_user_id, changed.reminder.shared) == (True, syncing_ada.id, True)
        assert app.get(syncing_ada, changed.reminder.id).external_key == "crm-1"

    def test_a_known_key_replaces_every_value(self, app, ada):
        first = app.by_key(ada, "crm-1", WHOLE).reminder
        changed = app.by_key(ada, "crm-1", Draft("Write"))
        assert (changed.created, changed.reminder.id, changed.reminder.version) == (False, first.id, 2)
        assert (changed.reminder.name, changed.reminder.details, changed.reminder.person) == ("Write", "", None)
        assert (changed.reminder.status, changed.reminder.completed_at) == (Status.OPEN, None)

    def test_the_same_again_changes_nothing(self, app, ada):
        first = app.by_key(ada, "crm-1", WHOLE).reminder
        assert app.by_key(ada, "crm-1", WHOLE).reminder == first

    def test_a_key_in_the_bin_comes_back(self, app, syncing_ada):
        first = app.by_key(syncing_ada, "crm-1", Draft("Call")).reminder
        app.delete(syncing_ada, first.id)
        changed = app.by_key(syncing_ada, "crm-1", Draft("Call"))
        assert (changed.reminder.id, changed.reminder.deleted_at) == (first.id, None)
        assert changed.due_user_id == syncing_ada.id

    def test_a_key_is_its_owners(self, app, ada, bob):
        one, other = app.by_key(ada, "crm-1", Draft("Call")), app.by_key(bob, "crm-1", Draft("Call"))
        assert one.reminder.id != other.reminder.id
        with pytest.raises(UserMistake, match=r"^assignee"):
            app.by_key(ada, "crm-1", Draft("Call", assignee=bob.email))
        assert not app.by_key(ada, "crm-1", Draft("Call", assignee=" ADA@example.com")).created

    def test_an_older_version_is_refused(self, app, ada):
        app.by_key(ada, "crm-1", Draft("Call"))
        app.by_key(ada, "crm-1", Draft("Write"))
        with pytest.raises(Conflict):
            app.by_key(ada, "crm-1", Draft("Meet"), expected_version=1)

    @pytest.mark.parametrize("key", ["", " ", "a\0", "x" * 256, "a\nb"])
    def test_a_key_that_cannot_be_stored_is_refused(self, app, ada, key):
        with pytest.raises(UserMistake, match=r"^The key"):
            app.by_key(ada, key, Draft("Call"))
