"""Looking into a reminder's history, and putting back what it holds."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, insert

from remindersync.errors import UserMistake
from remindersync.model import Person, Side, Status
from remindersync.store.app_reminders import Draft, NotFound
from remindersync.store.tables import history, reminders

CONTACT = "003000000000001AAA"
OTHER_CONTACT = "003000000000002AAA"


@pytest.fixture
def reminder(app, ada):
    return app.create(ada, Draft("Call Bob", due_date=date(2026, 11, 23), details="first")).reminder


@pytest.fixture
def happened(database, app, chief):
    """Append an event, as a run does; return its number."""

    def append(reminder, field, old, new, **columns):
        row = {
            "team_id": reminder.team_id,
            "reminder_id": reminder.id,
            "side": Side.SALESFORCE.value,
            "actor": "ada@example.com",
            "field": field,
            "old": old,
            "new": new,
            "rule": "latest edit",
        }
        with database.begin() as connection:
            return connection.execute(insert(history).values(row | columns).returning(history.c.id)).scalar_one()

    return append


def last(app, actor, reminder):
    return app.history(actor, reminder.id)[-1]


class TestReading:
    def test_a_history_is_read_page_by_page_to_its_end(self, app, ada, reminder):
        for number in range(7):
            app.edit(ada, reminder.id, {"name": f"Call {number}"})
        pages, cursor = [], None
        while not pages or cursor is not None:
            page = app.history_page(ada, reminder.id, cursor=cursor, limit=4)
            pages.append(page.items)
            cursor = page.next_cursor
        assert [len(page) for page in pages] == [4, 4, 2]
        assert tuple(event for page in pages for event in page) == app.history(ada, reminder.id)

    @pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJhIl0", "WzEuNV0", "Wy0xXQ", "WzFlOTld", "é", "W1tbW1tb"])
    def test_a_strange_cursor_is_refused(self, app, ada, reminder, cursor):
        with pytest.raises(UserMistake, match="cursor"):
            app.history_page(ada, reminder.id, cursor=cursor)

    def test_only_who_sees_the_reminder_sees_its_history(self, app, bob, chief, stranger, reminder, ada):
        event = last(app, ada, reminder)
        assert app.history(chief, reminder.id)
        for other in (bob, stranger):
            with pytest.raises(NotFound):
                app.history_page(other, reminder.id)
            with pytest.raises(NotFound, match="event"):
                app.event(other, event.id)
            with pytest.raises(NotFound, match="event"):
                app.restore_value(other, event.id)

    @pytest.mark.parametrize("number", ["0", "-1", "x", "٣", "9" * 30, ""])
    def test_an_event_that_is_none_is_not_found(self, app, ada, number):
        with pytest.raises(NotFound):
            app.restore_value(ada, number)
        with pytest.raises(NotFound):
            app.operator_of_event(number)

    def test_history_outlives_its_reminder_for_an_admin(self, app, database, ada, chief, reminder):
        with database.begin() as connection:
            connection.execute(delete(reminders))
        assert [event.field for event in app.history(chief, reminder.id)] == ["name", "due_date", "details"]
        with pytest.raises(NotFound):
            app.history(ada, reminder.id)

    def test_an_operator_finds_a_reminder_by_its_id_or_its_tasks(self, app, link, ada, reminder):
        link(reminder, task_id="00T000000000001EAA")
        for name in (reminder.id, "00T000000000001", "00T000000000001EAA"):
            operator, found = app.operator_of(name)
            assert (operator.team_id, operator.email, found) == (ada.team_id, "operator", reminder.id)
        for name in ("00T000000000002EAA", "8b0c9e5e-0000-4000-8000-000000000000", "x"):
            with pytest.raises(NotFound):
                app.operator_of(name)


class TestRestoring:
    def test_an_overwritten_value_comes_back_as_an_edit_of_who_asks(self, app, syncing_ada, chief, make_idle):
        reminder = app.create(syncing_ada, Draft("Call Bob")).reminder
        app.edit(syncing_ada, reminder.id, {"name": "Call Eve"})
        renamed = last(app, syncing_ada, reminder)
        make_idle(syncing_ada)
        changed = app.restore_value(chief, renamed.id)
        assert (changed.reminder.name, changed.due_user_id) == ("Call Bob", syncing_ada.id)
        told = last(app, chief, reminder)
        assert (told.side, told.actor, told.field) == (Side.APP, "chief@example.com", "name")
        assert (told.old, told.new, told.rule) == ("Call Eve", "Call Bob", f"restored from event {renamed.id}")

    def test_a_restored_value_can_be_undone_in_turn(self, app, ada, reminder):
        app.edit(ada, reminder.id, {"details": "second"})
        app.restore_value(ada, last(app, ada, reminder).id)
        assert app.restore_value(ada, last(app, ada, reminder).id).reminder.details == "second"

    def test_a_value_that_is_there_already_changes_nothing(self, app, ada, reminder):
        app.edit(ada, reminder.id, {"name": "Call Eve"})
        event = last(app, ada, reminder)
        app.restore_value(ada, event.id)
        assert app.restore_value(ada, event.id).reminder.version == 3

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "Call Eve"),
            ("type", "call"),
            ("status", "completed"),
            ("priority", "high"),
            ("due_date", date(2027, 1, 1)),
            ("due_date", None),
            ("details", "two\nlines"),
            ("details", ""),
            ("campaign_name", "Autumn"),
            ("campaign_day", 3),
            ("campaign_step", 0),
            ("call_outcome", "reached"),
            ("call_reason", "demo"),
            ("person", Person("Ada", "ada@l.example", CONTACT)),
            ("person", Person("Only a name")),
        ],
    )
    def test_every_field_comes_back_as_it_was(self, app, ada, reminder, field, value):
        before = app.get(ada, reminder.id).reminder
        changed = app.edit(ada, reminder.id, {field: value}).reminder
        events = [event for event in app.history(ada, reminder.id) if event.rule == "edit"]
        for event in events:
            app.restore_value(ada, event.id)
        restored = app.get(ada, reminder.id).reminder
        assert getattr(changed, field) != getattr(before, field)
        assert getattr(restored, field) == getattr(before, field)
        assert restored.completed_at == before.completed_at

    def test_another_person_comes_back_whole(self, app, ada, reminder):
        first = Person("Ada", "ada@l.example", CONTACT)
        app.edit(ada, reminder.id, {"person": first})
        app.edit(ada, reminder.id, {"person": Person("Bob", "bob@l.example", OTHER_CONTACT)})
        other = next(one for one in app.history(ada, reminder.id)[::-1] if one.field == "person")
        assert app.restore_value(ada, other.id).reminder.person == first

    def test_a_lost_value_comes_back(self, app, ada, reminder, happened):
        lost = happened(reminder, "due_date", "2027-05-05", "2026-11-23", kept=False)
        assert app.restore_value(ada, lost).reminder.due_date == date(2027, 5, 5)
        emptied = happened(reminder, "due_date", None, "2027-05-05", kept=False)
        assert app.restore_value(ada, emptied).reminder.due_date is None

    def test_a_deletion_is_undone_and_done_again(self, app, ada, reminder):
        app.delete(ada, reminder.id)
        deleted = last(app, ada, reminder)
        assert app.restore_value(ada, deleted.id).reminder.deleted_at is None
        taken_out = last(app, ada, reminder)
        assert (taken_out.field, taken_out.rule) == ("deleted", f"restored from event {deleted.id}")
        assert app.restore_value(ada, taken_out.id).reminder.deleted_at is not None

    def test_an_edit_that_lost_against_a_deletion_takes_the_reminder_out_of_the_bin(self, app, syncing_ada, happened):
        reminder = app.create(syncing_ada, Draft("Call Bob")).reminder
        app.delete(syncing_ada, reminder.id)
        lost = happened(reminder, "name", "Call Eve", None, kept=False, rule="deletion wins")
        changed = app.restore_value(syncing_ada, lost)
        assert (changed.reminder.name, changed.reminder.deleted_at) == ("Call Eve", None)
        assert changed.due_user_id == syncing_ada.id

    def test_an_assignment_is_undone(self, app, ada, bob, chief, reminder):
        app.edit(ada, reminder.id, {"assignee": "bob@example.com"})
        assert app.restore_value(chief, last(app, chief, reminder).id).reminder.owner_id == ada.id

    @pytest.mark.parametrize(
        ("written", "here"),
        [
            (("Subject", "Call Cora"), ("name", "Call Cora")),
            (("Subject", None), ("name", "(no subject)")),
            (("Status", "Completed"), ("status", Status.COMPLETED)),
            (("Priority", "High"), ("priority", "high")),
            (("ActivityDate", "2027-02-03"), ("due_date", date(2027, 2, 3))),
            (("Description", "written there"), ("details", "written there")),
            (("WhoId", CONTACT), ("person", Person(salesforce_id=CONTACT))),
        ],
    )
    def test_a_value_written_to_salesforce_is_put_back_here(self, app, ada, reminder, happened, written, here):
        happened(reminder, written[0], None, "at first", at=datetime(2026, 1, 1, tzinfo=UTC))
        event = happened(reminder, *written, "something else")
        app.restore_value(ada, event)
        assert getattr(app.get(ada, reminder.id).reminder, here[0]) == here[1]

    def test_a_subject_comes_back_without_the_templates_words(self, app, directory, ada, team, link, happened):
        settings = replace(directory.settings(team.id), subject_template="[Sales] {{activity_subject}}")
        directory.save_settings(team.id, settings)
        reminder = app.create(ada, Draft("Call Bob")).reminder
        link(reminder, before="Old: ", after=" (mail)")
        for subject, name in (("Old: Call Cora (mail)", "Call Cora"), ("Call Dan", "Call Dan")):
            event = happened(reminder, "Subject", subject, "x")
            assert app.restore_value(ada, event).reminder.name == name

    def test_a_task_given_away_in_salesforce_comes_back_to_its_owner(
        self, app, syncing_ada, syncing_bob, chief, happened
    ):
        reminder = app.create(syncing_bob, Draft("Call Eve")).reminder
        event = happened(reminder, "OwnerId", syncing_ada.salesforce_id, syncing_bob.salesforce_id)
        assert app.restore_value(chief, event).reminder.owner_id == syncing_ada.id
        unknown = happened(reminder, "OwnerId", "005000000000009AAA", "x")
        with pytest.raises(UserMistake, match="Nobody in your team"):
            app.restore_value(chief, unknown)

    @pytest.mark.parametrize(
        ("event", "sentence"),
        [
            (("Status", "Deferred"), "means nothing here"),
            (("name", ""), "was erased"),
            (("name", None), "nothing in another value's place"),
            (("shared", None), "cannot be pulled back"),
        ],
    )
    def test_what_cannot_be_put_back_says_why(self, app, ada, reminder, happened, event, sentence):
        event = happened(reminder, *event, "x", side="app")
        with pytest.raises(UserMistake, match=sentence):
            app.restore_value(ada, event)

    def test_the_value_a_reminder_began_with_has_nothing_before_it(self, app, ada, reminder):
        for event in app.history(ada, reminder.id):
            with pytest.raises(UserMistake, match="nothing in another value's place"):
                app.restore_value(ada, event.id)

    def test_a_value_longer_than_people_may_write_comes_back(self, app, ada, reminder, happened):
        event = happened(reminder, "details", "x\x0by" + "z" * 200_000, "x", kept=False)
        assert len(app.restore_value(ada, event).reminder.details) == 200_003


class TestWhy:
    def test_who_set_a_value_what_lost_and_who_wrote_it_to_salesforce(self, app, ada, reminder, happened):
        run = "8b0c9e5e-0000-4000-8000-00000000000a"
        app.edit(ada, reminder.id, {"name": "Call Eve"})
        lost = happened(reminder, "name", "Call Cora", "Call Eve", kept=False, run_id=run)
        happened(reminder, "Subject", "Call Bob", "Call Eve", login="ada@org", rule="Name changed here", run_id=run)
        found = app.why(ada, reminder.id, "name")
        assert (found.value, found.event.old, found.event.actor) == ("Call Eve", "Call Bob", "ada@example.com")
        assert [event.id for event in found.lost] == [lost]
        assert found.sent.login == "ada@org"
        words = found.words
        for part in ("“Call Eve”", "in place of “Call Bob”", "“Call Cora” from Salesforce lost", "latest edit", run):
            assert part in words
        assert f"`remindersync restore {lost}`" in words
        assert "with the login ada@org" in words

    @pytest.mark.parametrize("name", ["due_date", "due date", "ActivityDate", "Due Date "])
    def test_a_field_is_known_by_any_of_its_names(self, app, ada, reminder, name):
        assert app.why(ada, reminder.id, name).value == "2026-11-23"

    def test_states_are_told_too(self, app, ada, bob, reminder):
        app.delete(ada, reminder.id)
        assert app.why(ada, reminder.id, "deleted").event.rule == "delete"
        assert app.why(ada, reminder.id, "assignee").value == "ada@example.com"
        assert app.why(ada, reminder.id, "shared").value is None

    def test_a_value_older_than_history_is_said_to_be_so(self, app, database, ada, reminder):
        with database.begin() as connection:
            connection.execute(delete(history))
        assert "nothing that history still holds" in app.why(ada, reminder.id, "name").words

    def test_a_value_that_lost_before_the_present_one_came_is_no_part_of_the_answer(self, app, ada, reminder, happened):
        happened(reminder, "name", "Long ago", "Call Bob", kept=False)
        app.edit(ada, reminder.id, {"name": "Call Eve"})
        assert app.why(ada, reminder.id, "name").lost == ()

    def test_an_unknown_field_is_refused_with_those_there_are(self, app, ada, reminder):
        with pytest.raises(UserMistake, match=r"no field 'colour'.*due_date"):
            app.why(ada, reminder.id, "colour")

    def test_long_values_are_cut_in_the_answer(self, app, ada, reminder):
        app.edit(ada, reminder.id, {"details": "line\n" * 1000})
        assert len(app.why(ada, reminder.id, "details").words) < 500
