"""A reminder changes hands: at once, or with its owner's next run."""

from datetime import UTC, datetime

import pytest

from remindersync.errors import UserMistake
from remindersync.store.app_reminders import Draft, NotFound
from remindersync.store.tables import intents
from tests.integration.app_store.drafts import NOBODY, told


class TestAssigning:
    def test_without_a_task_the_reminder_changes_hands_at_once(self, app, ada, bob):
        reminder = app.create(ada, Draft("Call")).reminder
        after = app.edit(ada, reminder.id, {"assignee": bob.email, "name": "Write"}).reminder
        assert (after.owner_id, after.assign_to, after.version, after.name) == (bob.id, None, 2, "Write")
        assert told(app, bob, reminder)[1:] == [
            ("name", "Call", "Write", "edit"),
            ("assignee", "ada@example.com", "bob@example.com", "assign"),
        ]
        with pytest.raises(NotFound):
            app.get(ada, reminder.id)

    def test_with_a_task_it_waits_for_its_owners_run(self, app, syncing_ada, syncing_bob, shared, link, is_due):
        link(shared)
        changed = app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email})
        assert (changed.reminder.owner_id, changed.reminder.assign_to) == (syncing_ada.id, syncing_bob.id)
        assert (changed.reminder.version, changed.due_user_id) == (2, syncing_ada.id)
        assert is_due(syncing_ada)
        for user in (syncing_ada, syncing_bob):
            assert app.get(user, shared.id).assignee_email == "bob@example.com"

    def test_with_a_task_that_may_yet_come_of_an_unanswered_write_it_waits_too(
        self, app, database, syncing_ada, syncing_bob, shared
    ):
        sent = {"reminder_id": shared.id, "user_id": syncing_ada.id, "kind": "create", "version": 1, "payload": {}}
        with database.begin() as connection:
            row = sent | {"id": NOBODY, "run_id": NOBODY, "fence": 1, "sent_at": datetime.now(UTC)}
            connection.execute(intents.insert().values(row))
        after = app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email}).reminder
        assert (after.owner_id, after.assign_to) == (syncing_ada.id, syncing_bob.id)

    def test_taken_back_before_the_run_it_stays(self, app, syncing_ada, syncing_bob, shared, link):
        link(shared)
        app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email})
        after = app.edit(syncing_ada, shared.id, {"assignee": syncing_ada.email}).reminder
        assert (after.owner_id, after.assign_to, after.version) == (syncing_ada.id, None, 3)
        assert told(app, syncing_ada, shared)[-1] == ("assignee", "bob@example.com", "ada@example.com", "assign")

    def test_to_who_has_it_already_is_no_change(self, app, syncing_ada, syncing_bob, shared, link):
        assert app.edit(syncing_ada, shared.id, {"assignee": syncing_ada.email}).reminder == shared
        link(shared)
        first = app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email}).reminder
        assert app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email}).reminder == first

    def test_a_task_is_not_promised_to_who_is_not_in_salesforce(self, app, syncing_ada, bob, shared, link):
        link(shared)
        with pytest.raises(UserMistake, match=r"^assignee: bob@example\.com has not connected"):
            app.edit(syncing_ada, shared.id, {"assignee": bob.email})

    @pytest.mark.parametrize("state", ["asleep", "unreachable", "deleted", "superseded"])
    def test_a_task_that_is_out_of_reach_or_gone_holds_nothing_back(self, app, syncing_ada, bob, shared, link, state):
        link(shared, state)
        assert app.edit(syncing_ada, shared.id, {"assignee": bob.email}).reminder.owner_id == bob.id

    def test_from_who_does_not_sync_to_who_does_it_goes_out_if_made_after_the_switch(
        self, app, ada, syncing_bob, is_due
    ):
        reminder = app.create(ada, Draft("Call")).reminder
        changed = app.edit(ada, reminder.id, {"assignee": syncing_bob.email})
        assert (changed.reminder.shared, changed.due_user_id) == (True, syncing_bob.id)
        assert is_due(syncing_bob)

    def test_made_before_the_switch_it_stays_local(self, app, directory, ada, bob, grant):
        reminder = app.create(ada, Draft("Call")).reminder
        directory.connect(bob.id, grant())
        directory.turn_on(bob.id)
        changed = app.edit(ada, reminder.id, {"assignee": bob.email})
        assert (changed.reminder.owner_id, changed.reminder.shared, changed.due_user_id) == (bob.id, False, None)

    def test_given_to_who_does_not_sync_it_stays_local_there(self, app, syncing_ada, bob, shared):
        changed = app.edit(syncing_ada, shared.id, {"assignee": bob.email})
        assert (changed.reminder.shared, changed.due_user_id) == (False, None)

    def test_a_key_its_new_owner_uses_already_is_dropped(self, app, ada, bob):
        kept = app.by_key(ada, "crm-1", Draft("Call")).reminder
        dropped = app.by_key(ada, "crm-2", Draft("Call")).reminder
        app.by_key(bob, "crm-2", Draft("Call"))
        for reminder in (kept, dropped):
            app.edit(ada, reminder.id, {"assignee": bob.email})
        assert app.get(bob, kept.id).external_key == "crm-1"
        assert app.get(bob, dropped.id).external_key is None

    def test_a_deactivated_or_unknown_colleague_is_refused(self, app, ada, bob, stranger, deactivate):
        reminder = app.create(ada, Draft("Call")).reminder
        deactivate(bob)
        for email in (bob.email, stranger.email, "nobody@example.com"):
            with pytest.raises(UserMistake, match=r"^assignee"):
                app.edit(ada, reminder.id, {"assignee": email})
