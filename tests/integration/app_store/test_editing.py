"""What an edit does to a reminder, its history and its owner's due mark."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from remindersync.errors import UserMistake
from remindersync.model import Person, Priority, Status
from remindersync.store.app_reminders import Conflict, Draft
from remindersync.store.tables import history, run_state
from tests.integration.app_store.drafts import CONTACT, LEAD, WHOLE, told


class TestEditing:
    def test_only_what_differs_is_changed(self, app, ada):
        before = app.create(ada, WHOLE).reminder
        after = app.edit(ada, before.id, {"name": "Call Ada", "priority": "normal"}).reminder
        assert (after.priority, after.name, after.version) == (Priority.NORMAL, "Call Ada", 2)
        assert set(after.edited_at) == {"priority"}
        assert after.edited_at["priority"] == after.updated_at > before.updated_at
        assert told(app, ada, after)[-1] == ("priority", "high", "normal", "edit")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "Write"),
            ("type", "email"),
            ("status", "open"),
            ("priority", "normal"),
            ("due_date", None),
            ("details", ""),
            ("campaign_name", "Spring"),
            ("campaign_day", 9),
            ("campaign_step", None),
            ("call_outcome", ""),
            ("call_reason", "trial"),
            ("person", None),
            ("person", Person(salesforce_id=CONTACT)),
        ],
    )
    def test_every_fields_edit_has_its_time(self, app, ada, field, value):
        reminder = app.create(ada, WHOLE).reminder
        after = app.edit(ada, reminder.id, {field: value}).reminder
        assert getattr(after, field) == value
        assert set(after.edited_at) == {field}
        assert app.get(ada, reminder.id).reminder == after

    def test_another_spelling_of_the_same_person_is_no_edit_of_who_they_are(self, app, ada):
        reminder = app.create(ada, WHOLE).reminder
        after = app.edit(ada, reminder.id, {"person": Person("Ada King", "ada@king.example", LEAD[:15])}).reminder
        assert (after.version, after.edited_at) == (2, {})
        assert told(app, ada, after)[-2:] == [
            ("person_name", "Ada", "Ada King", "edit"),
            ("person_email", "ada@lovelace.example", "ada@king.example", "edit"),
        ]

    def test_an_edit_that_changes_nothing_is_none(self, app, syncing_ada, shared, state, rows):
        before = state(syncing_ada), rows(history)
        changed = app.edit(syncing_ada, shared.id, {"name": " Call Bob ", "status": "open"})
        assert (changed.reminder, changed.due_user_id) == (shared, None)
        assert (state(syncing_ada), rows(history)) == before

    def test_completing_and_reopening_set_and_clear_the_time(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        done = app.complete(ada, reminder.id).reminder
        assert (done.status, done.completed_at) == (Status.COMPLETED, done.updated_at)
        assert app.edit(ada, reminder.id, {"name": "Write"}).reminder.completed_at == done.completed_at
        again = app.reopen(ada, reminder.id).reminder
        assert (again.status, again.completed_at) == (Status.OPEN, None)

    def test_an_edit_of_a_shared_reminder_makes_its_owner_due(self, app, syncing_ada, shared, is_due):
        assert app.edit(syncing_ada, shared.id, {"name": "Write"}).due_user_id == syncing_ada.id
        assert is_due(syncing_ada)

    def test_an_admins_edit_makes_the_owner_due(self, app, syncing_ada, chief, shared, is_due):
        assert app.edit(chief, shared.id, {"name": "Write"}).due_user_id == syncing_ada.id
        assert is_due(syncing_ada)
        assert app.history(chief, shared.id)[-1].actor == "chief@example.com"

    def test_an_older_local_reminder_stays_local_when_edited(self, app, directory, ada, grant, make_idle, state):
        reminder = app.create(ada, Draft("Call")).reminder
        directory.connect(ada.id, grant())
        directory.turn_on(ada.id)
        make_idle(ada)
        changed = app.edit(ada, reminder.id, {"name": "Write"})
        assert (changed.reminder.shared, changed.due_user_id) == (False, None)
        assert state(ada)["next_due_at"].year == 2100

    def test_while_sync_is_off_an_edit_makes_nobody_due_and_is_kept_for_later(
        self, app, directory, syncing_ada, shared, state
    ):
        directory.turn_off(syncing_ada.id)
        changed = app.edit(syncing_ada, shared.id, {"name": "Write"})
        assert (changed.due_user_id, state(syncing_ada)["next_due_at"]) == (None, None)
        assert changed.reminder.version > changed.reminder.synced_version

    def test_a_mark_never_puts_off_who_is_due_earlier(self, app, database, syncing_ada, shared, state):
        earlier = datetime(2026, 1, 1, tzinfo=UTC)
        with database.begin() as connection:
            connection.execute(update(run_state).values(next_due_at=earlier, again_at=earlier))
        app.edit(syncing_ada, shared.id, {"name": "Write"})
        assert (state(syncing_ada)["next_due_at"], state(syncing_ada)["again_at"]) == (earlier, earlier)

    def test_an_edit_of_the_version_shown_is_taken(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        assert app.edit(ada, reminder.id, {"name": "Write"}, expected_version=1).reminder.version == 2

    @pytest.mark.parametrize("change", ["edit", "complete", "delete", "restore"])
    def test_a_change_of_an_older_version_is_refused_with_the_newer_one(self, app, ada, change):
        reminder = app.create(ada, Draft("Call")).reminder
        newer = app.edit(ada, reminder.id, {"name": "Write"}).reminder
        arguments = [{"name": "Meet"}] if change == "edit" else []
        with pytest.raises(Conflict) as caught:
            getattr(app, change)(ada, reminder.id, *arguments, expected_version=1)
        assert caught.value.current == newer == app.get(ada, reminder.id).reminder

    def test_a_wrong_value_changes_nothing(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        with pytest.raises(UserMistake, match=r"^due_date"):
            app.edit(ada, reminder.id, {"name": "Write", "due_date": "soon"})
        assert app.get(ada, reminder.id).reminder == reminder

    def test_what_lies_in_the_bin_is_not_edited(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        app.delete(ada, reminder.id)
        with pytest.raises(UserMistake, match="restore it"):
            app.edit(ada, reminder.id, {"name": "Write"})
