"""What an edit, a deletion or an assignment does to a reminder, its history and its owner's due mark."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from remindersync.errors import UserMistake
from remindersync.model import Person, Priority, ReminderType, Side, Status
from remindersync.store.app_reminders import Conflict, Draft, NotFound
from remindersync.store.tables import history, intents, reminders, users

NOBODY = "8b0c9e5e-0000-4000-8000-000000000000"
LEAD = "00Q000000000001EAA"
CONTACT = "003000000000001AAA"
WHOLE = Draft(
    name="Call Ada",
    type="call",
    status="completed",
    priority="high",
    due_date=date(2026, 11, 23),
    details="first\nsecond",
    person=Person("Ada", "ada@lovelace.example", LEAD),
    campaign_name="Autumn",
    campaign_day=1,
    campaign_step=2,
    call_outcome="reached",
    call_reason="demo",
)


@pytest.fixture
def shared(app, syncing_ada, make_idle):
    """A reminder that Salesforce is to have; its owner is not due."""
    reminder = app.create(syncing_ada, Draft("Call Bob")).reminder
    make_idle(syncing_ada)
    return reminder


@pytest.fixture
def is_due(state):
    def marks(user):
        row = state(user)
        early = [row[column] is not None and row[column] <= datetime.now(UTC) for column in ("next_due_at", "again_at")]
        return all(early) and row["lane"] == "interactive"

    return marks


def told(app, actor, reminder):
    return [(entry.field, entry.old, entry.new, entry.rule) for entry in app.history(actor, reminder.id)]


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
            from remindersync.store.tables import run_state

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


class TestPushing:
    @pytest.fixture
    def local(self, app, directory, ada, grant, make_idle):
        reminder = app.create(ada, Draft("Call")).reminder
        directory.connect(ada.id, grant())
        directory.turn_on(ada.id)
        make_idle(ada)
        return reminder

    @pytest.mark.parametrize("who", ["ada", "chief"])
    def test_a_user_or_an_admin_lets_a_local_reminder_out(self, app, ada, local, who, request, is_due):
        changed = app.push(request.getfixturevalue(who), local.id)
        assert (changed.reminder.shared, changed.due_user_id) == (True, ada.id)
        assert changed.reminder.version > changed.reminder.synced_version
        assert is_due(ada)
        assert told(app, ada, local)[-1] == ("shared", None, "yes", "push")

    def test_twice_is_once(self, app, ada, local):
        pushed = app.push(ada, local.id).reminder
        again = app.push(ada, local.id)
        assert (again.reminder, again.due_user_id) == (pushed, None)

    def test_while_sync_is_off_nothing_can_be_pushed(self, app, ada):
        reminder = app.create(ada, Draft("Call")).reminder
        with pytest.raises(UserMistake, match="turn sync on"):
            app.push(ada, reminder.id)

    def test_nothing_is_pushed_from_the_bin(self, app, ada, local):
        app.delete(ada, local.id)
        with pytest.raises(UserMistake, match="restore it"):
            app.push(ada, local.id)


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


CHANGES = {
    "get": [],
    "history": [],
    "edit": [{"name": "Write"}],
    "complete": [],
    "reopen": [],
    "delete": [],
    "restore": [],
    "push": [],
}


class TestReach:
    @pytest.mark.parametrize("call", CHANGES)
    def test_what_is_somebody_elses_looks_as_if_it_were_not_there(self, app, ada, bob, stranger, call):
        reminder = app.create(ada, Draft("Call")).reminder
        told_of_nothing = set()
        for actor, reminder_id in [(bob, reminder.id), (stranger, reminder.id), (ada, NOBODY), (ada, "x"), (ada, "\0")]:
            with pytest.raises(NotFound) as caught:
                getattr(app, call)(actor, reminder_id, *CHANGES[call])
            told_of_nothing.add(str(caught.value))
        assert told_of_nothing == {"There is no such reminder."}
        assert app.get(ada, reminder.id).reminder == reminder

    @pytest.mark.parametrize("who", ["ada", "chief"])
    def test_an_owner_and_an_admin_of_the_team_reach_it(self, app, ada, who, request):
        actor = request.getfixturevalue(who)
        reminder = app.create(ada, Draft("Call")).reminder
        assert app.get(actor, reminder.id).reminder == reminder
        assert app.edit(actor, reminder.id, {"name": "Write"}).reminder.name == "Write"
        assert len(app.history(actor, reminder.id)) == 2

    def test_who_is_about_to_own_it_reaches_it(self, app, syncing_ada, syncing_bob, shared, link):
        link(shared)
        app.edit(syncing_ada, shared.id, {"assignee": syncing_bob.email})
        assert app.edit(syncing_bob, shared.id, {"name": "Write"}).due_user_id == syncing_ada.id

    def test_an_admin_who_moved_to_another_team_reaches_it_no_more(
        self, app, database, directory, ada, chief, stranger
    ):
        reminder = app.create(ada, Draft("Call")).reminder
        with database.begin() as connection:
            connection.execute(update(users).where(users.c.id == chief.id).values(team_id=stranger.team_id))
        with pytest.raises(NotFound):
            app.get(directory.user_by_id(chief.id), reminder.id)
