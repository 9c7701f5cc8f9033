"""Changes that wait for the time to undo them, and the bin that a reminder comes back from."""

from datetime import UTC, datetime, timedelta

from remindersync.store.app_reminders import Draft
from tests.integration.app_store.drafts import told


class TestHolding:
    def test_a_held_completion_is_due_after_the_undo_time(self, app, syncing_ada, shared, state):
        before = datetime.now(UTC)
        changed = app.complete(syncing_ada, shared.id, hold_seconds=5)
        row = state(syncing_ada)
        view = app.get(syncing_ada, shared.id).sync
        assert changed.due_user_id is None
        assert before + timedelta(seconds=5) <= view.hold_until <= datetime.now(UTC) + timedelta(seconds=5)
        assert row["next_due_at"] == row["again_at"] == view.hold_until
        assert view.state == "held"

    def test_a_held_deletion_is_due_after_the_undo_time(self, app, syncing_ada, shared, state):
        assert app.delete(syncing_ada, shared.id, hold_seconds=5).due_user_id is None
        assert state(syncing_ada)["next_due_at"] == app.get(syncing_ada, shared.id).sync.hold_until

    def test_undone_within_it_the_reminder_waits_no_longer(self, app, syncing_ada, shared, is_due):
        app.delete(syncing_ada, shared.id, hold_seconds=5)
        changed = app.restore(syncing_ada, shared.id)
        assert (changed.due_user_id, changed.reminder.deleted_at) == (syncing_ada.id, None)
        assert app.get(syncing_ada, shared.id).sync.hold_until is None
        assert is_due(syncing_ada)

    def test_an_edit_does_not_shorten_a_longer_wait(self, app, syncing_ada, shared, set_reminder, state):
        until = datetime.now(UTC) + timedelta(minutes=10)
        set_reminder(shared, hold_until=until)
        assert app.complete(syncing_ada, shared.id, hold_seconds=5).due_user_id is None
        assert app.get(syncing_ada, shared.id).sync.hold_until == state(syncing_ada)["next_due_at"] == until

    def test_a_wait_that_is_over_holds_nothing(self, app, syncing_ada, shared, set_reminder, is_due):
        set_reminder(shared, hold_until=datetime.now(UTC) - timedelta(seconds=1))
        assert app.edit(syncing_ada, shared.id, {"name": "Write"}).due_user_id == syncing_ada.id
        assert is_due(syncing_ada)


class TestBin:
    def test_a_deleted_reminder_lies_in_the_bin_and_goes_out(self, app, syncing_ada, shared, is_due):
        changed = app.delete(syncing_ada, shared.id)
        assert (changed.reminder.deleted_at, changed.reminder.version) == (changed.reminder.updated_at, 2)
        assert changed.due_user_id == syncing_ada.id
        assert is_due(syncing_ada)
        assert told(app, syncing_ada, shared)[-1] == ("deleted", None, "yes", "delete")

    def test_a_restored_one_is_as_it_was_and_goes_out(self, app, syncing_ada, shared, make_idle, is_due):
        app.delete(syncing_ada, shared.id)
        make_idle(syncing_ada)
        changed = app.restore(syncing_ada, shared.id)
        assert (changed.reminder.deleted_at, changed.reminder.version, changed.reminder.name) == (None, 3, "Call Bob")
        assert changed.due_user_id == syncing_ada.id
        assert is_due(syncing_ada)
        assert told(app, syncing_ada, shared)[-1] == ("deleted", "yes", None, "restore")

    def test_twice_is_once(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        deleted = app.delete(ada, reminder.id).reminder
        assert app.delete(ada, reminder.id).reminder == deleted
        restored = app.restore(ada, reminder.id).reminder
        assert app.restore(ada, reminder.id).reminder == restored
