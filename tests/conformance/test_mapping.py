"""Section 1, field mapping: which value of one side is which of the other."""

from dataclasses import replace
from datetime import date

import pytest

from remindersync.errors import UserMistake
from remindersync.model import (
    PRIORITY_MAP,
    STATUS_MAP,
    LinkState,
    Person,
    Priority,
    ReminderType,
    Side,
    Status,
    ValueMap,
)
from tests.conformance.scene import ADA, CARL, CONTACT, LEAD, OTHER_LEAD

# An org in which work in progress is open too, and is what it writes for it.
PROGRESS = ValueMap(
    {**STATUS_MAP.reads, "open": frozenset({"Not Started", "In Progress"})},
    {**STATUS_MAP.writes, "open": "In Progress"},
)
COUPLE = "👩‍❤️‍👩"  # eight UTF-16 units, one sign


def sent(scene, reminder):
    """The fields of a reminder that were written to Salesforce."""
    return {one.field for one in scene.history(reminder) if one.login}


def test_map_every_field_has_its_counterpart(scene):
    reminder, task = scene.pair_from_here(
        "Call",
        status=Status.COMPLETED,
        priority=Priority.HIGH,
        due_date=date(2026, 2, 3),
        details="Soon",
        person=Person(salesforce_id=LEAD),
    )
    found = scene.task(task)
    assert (found["Subject"], found["Status"], found["Priority"]) == ("Call", "Completed", "High")
    assert (found["ActivityDate"], found["Description"], found["WhoId"]) == ("2026-02-03", "Soon", LEAD)
    scene.edit(
        task,
        Subject="Visit",
        Status="Not Started",
        Priority="Normal",
        ActivityDate=None,
        Description=None,
        WhoId=CONTACT,
    )
    with scene.cost() as cost:
        scene.run()
    found = scene.reminder(reminder)
    assert (found.name, found.status, found.priority) == ("Visit", Status.OPEN, Priority.NORMAL)
    assert (found.due_date, found.details, found.person.salesforce_id) == (None, "", CONTACT)
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


def test_map_1_other_values_do_not_sync(scene):
    reminder, task = scene.pair(Subject="Call", Status="Waiting on someone else", Priority="Low")
    found = scene.reminder(reminder)
    assert (found.status, found.priority) == (Status.OPEN, Priority.NORMAL)
    scene.change(reminder, details="note")
    with scene.cost() as cost:
        scene.run()
    assert (cost.calls, cost.updated_there, cost.writes_there) == (2, 1, 1)
    found = scene.task(task)
    assert (found["Status"], found["Priority"]) == ("Waiting on someone else", "Low")
    assert found["Description"] == "note"
    scene.quiet()


def test_map_1_a_reminder_keeps_its_own_value_beside_one_that_does_not_sync(scene):
    reminder, task = scene.pair(Subject="Call", Priority="High")
    scene.edit(task, Status="Deferred", Priority="Low")
    with scene.cost() as cost:
        scene.run()
    assert (scene.reminder(reminder).status, scene.reminder(reminder).priority) == (Status.OPEN, Priority.HIGH)
    assert (cost.calls, cost.nothing) == (1, True)
    scene.quiet()


def test_map_2_a_team_has_values_of_its_own(scene):
    scene.set(status_map=PROGRESS)
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Status="In Progress")
    scene.change(reminder, status=Status.COMPLETED)
    scene.run()
    assert scene.task(task)["Status"] == "Completed"
    other, its_task = scene.pair_from_here("Visit")
    assert scene.task(its_task)["Status"] == "In Progress"
    assert scene.reminder(other).status is Status.OPEN
    scene.quiet()


def test_map_2_a_raw_value_that_means_the_same_is_kept(scene):
    scene.set(status_map=PROGRESS)
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, details="note", priority=Priority.HIGH)
    scene.run()
    assert scene.task(task)["Status"] == "Not Started"
    assert sent(scene, reminder) == {"Priority", "Description"}


def test_map_2_reopening_restores_the_raw_value_it_was_open_with(scene):
    reminder, task = scene.pair(Subject="Call", Status="Waiting on someone else")
    for status, raw in ((Status.COMPLETED, "Completed"), (Status.OPEN, "Waiting on someone else")):
        scene.change(reminder, status=status)
        with scene.cost() as cost:
            scene.run()
        assert scene.task(task)["Status"] == raw
        assert (cost.calls, cost.updated_there, cost.writes_here) == (2, 1, 0)
    scene.quiet()


def test_map_2_changing_a_map_is_no_edit(scene):
    reminder, task = scene.pair(Subject="Call", Status="Deferred")
    closed = frozenset({"Completed", "Deferred"})
    scene.set(status_map=replace(STATUS_MAP, reads={**STATUS_MAP.reads, "completed": closed}))
    scene.quiet()
    assert (scene.reminder(reminder).status, scene.task(task)["Status"]) == (Status.OPEN, "Deferred")


@pytest.mark.parametrize(
    "wrong",
    [
        {"status_map": replace(STATUS_MAP, reads={"open": frozenset({"Open"}), "completed": frozenset({"Open"})})},
        {"status_map": replace(STATUS_MAP, writes={"open": "New", "completed": "Completed"})},
        {"priority_map": replace(PRIORITY_MAP, writes={"normal": "High", "high": "High"})},
    ],
    ids=["in two lists", "written but not read", "written for the other"],
)
def test_map_2_a_contradictory_map_is_refused(scene, wrong):
    with pytest.raises(UserMistake):
        scene.set(**wrong)


def test_map_3_only_fields_that_changed_are_written(scene):
    reminder, task = scene.pair(Subject="Call", Description="theirs", Priority="High")
    scene.edit(task, Description="theirs, newer")
    scene.change(reminder, name="Call back", due_date=date(2026, 2, 3))
    with scene.cost() as cost:
        scene.run()
    found = scene.task(task)
    assert (found["Subject"], found["ActivityDate"]) == ("Call back", "2026-02-03")
    assert (found["Description"], found["Priority"]) == ("theirs, newer", "High")
    assert scene.reminder(reminder).details == "theirs, newer"
    assert sent(scene, reminder) == {"Subject", "ActivityDate"}
    assert (cost.calls, cost.updated_there, cost.writes_here) == (2, 1, 1)
    assert scene.lost(reminder) == []
    scene.quiet()


def test_map_4_what_one_side_cannot_hold_is_cut_for_that_side_only(scene):
    name, details = "n" * 254 + COUPLE + " and more", "d" * 33_000
    reminder, task = scene.pair_from_here(name, details=details)
    found = scene.task(task)
    assert (found["Subject"], found["Description"]) == ("n" * 254, "d" * 32_000)
    scene.quiet()
    assert (scene.reminder(reminder).name, scene.reminder(reminder).details) == (name, details)


def test_map_4_an_edit_of_a_cut_value_replaces_what_is_shown_and_keeps_the_rest(scene):
    name, details = "n" * 300, "d" * 32_000 + "the tail"
    reminder, task = scene.pair_from_here(name, details=details)
    scene.edit(task, Subject="m" + "n" * 254, Description="x" + "d" * 31_999)
    with scene.cost() as cost:
        scene.run()
    found = scene.reminder(reminder)
    assert (found.name, found.details) == ("m" + "n" * 299, "x" + "d" * 31_999 + "the tail")
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    assert {(one.field, one.old) for one in scene.history(reminder) if one.rule == "changed in Salesforce"} == {
        ("name", name),
        ("details", details),
    }
    scene.quiet()


def test_map_4_emptied_comments_keep_the_rest_and_so_does_what_is_written_there_next(scene):
    reminder, task = scene.pair_from_here("Call", details="d" * 32_000 + "the tail")
    for shown, details in ((None, "the tail"), ("new+", "new+the tail"), ("other+", "other+the tail")):
        scene.edit(task, Description=shown)
        scene.run()
        assert scene.reminder(reminder).details == details
        scene.quiet()


def test_map_4_line_breaks_are_flattened_in_a_subject_only(scene):
    reminder, task = scene.pair(Subject="Call", Description="one\r\ntwo\n")
    assert scene.reminder(reminder).details == "one\ntwo"
    scene.change(reminder, details="one\ntwo\nthree")
    scene.run()
    assert scene.task(task)["Description"].replace("\r\n", "\n") == "one\ntwo\nthree"
    scene.quiet()


@pytest.mark.parametrize(
    ("stored", "same"),
    [("Café", "Cafe\N{COMBINING ACUTE ACCENT}"), ("Call", "  Call ")],
    ids=["Unicode NFC", "outer white space"],
)
def test_map_4_values_are_compared_in_normal_form(scene, stored, same):
    reminder, task = scene.pair(Subject=stored)
    scene.edit(task, Subject=same)
    with scene.cost() as cost:
        scene.run()
    assert (scene.reminder(reminder).name, cost.calls, cost.nothing) == (stored, 1, True)


@pytest.mark.parametrize(
    ("subtype", "type_"),
    [("Call", ReminderType.CALL), ("LinkedIn", ReminderType.INMAIL), ("Task", ReminderType.CUSTOM)],
)
def test_map_5_an_imported_task_has_the_type_of_its_subtype(scene, subtype, type_):
    task = scene.store_task(Subject="Call", TaskSubtype=subtype)
    scene.run()
    assert scene.reminder(scene.reminder_of(task)).type is type_


def test_map_5_the_type_is_not_written(scene):
    reminder, task = scene.pair_from_here("Call", type=ReminderType.CALL)
    assert sent(scene, reminder) == {"Subject", "Status", "Priority"}
    assert scene.task(task)["Subject"] == "Call"


def test_map_6_a_person_is_written_on_creation_and_when_changed_here(scene):
    reminder, task = scene.pair_from_here("Call", person=Person("Lea", "lea@example.com", LEAD))
    assert scene.task(task)["WhoId"] == LEAD
    scene.change(reminder, person=Person("Leo", "", OTHER_LEAD))
    with scene.cost() as cost:
        scene.run()
    assert scene.task(task)["WhoId"] == OTHER_LEAD
    assert (cost.calls, cost.updated_there) == (2, 1)
    scene.quiet()


def test_map_6_a_person_changed_in_salesforce_replaces_the_reminders(scene):
    reminder, task = scene.pair_from_here("Call", person=Person("Lea", "lea@example.com", LEAD))
    scene.edit(task, WhoId=CONTACT)
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).person.salesforce_id == CONTACT
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


def test_map_6_a_create_refused_for_its_person_alone_is_repeated_without_them(scene):
    person = scene.unknown_person()
    reminder = scene.add("Call", person=Person("Zoe", "", person))
    with scene.cost() as cost:
        scene.run()
    assert scene.task(scene.task_of(reminder))["WhoId"] is None
    assert scene.reminder(reminder).person.salesforce_id == person
    assert scene.faults() == [("INVALID_CROSS_REFERENCE_KEY", reminder)]
    assert (cost.calls, cost.created_there) == (3, 1)
    scene.quiet()


@pytest.mark.parametrize(
    "fields",
    [
        {"IsRecurrence": True},
        {"TaskSubtype": "Email"},
        {"TaskSubtype": "ListEmail"},
        {"Status": "Completed"},
        {"OwnerId": CARL},
    ],
    ids=["series master", "logged email", "list email", "created closed", "somebody else's"],
)
def test_map_7_what_is_no_reminder_stays_out(off, fields):
    off.store_task(Subject="Not ours", **fields)
    off.begin()
    off.settle(hours=1)
    assert off.everything() == []
    assert not any(off.spent()[1].values())


def test_map_7_a_team_may_import_what_was_created_closed(scene):
    scene.set(import_closed_on_creation=True)
    reminder, _ = scene.pair(Subject="Logged call", Status="Completed")
    found = scene.reminder(reminder)
    assert (found.status, found.owner_id, found.origin) == (Status.COMPLETED, scene.user_id("ada"), Side.SALESFORCE)
    assert scene.live()[scene.task_of(reminder)]["OwnerId"] == ADA


def test_map_7_a_linked_task_that_became_a_series_is_never_written_or_deleted(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.make_series(task)
    scene.change(reminder, details="note")
    with scene.cost() as cost:
        scene.settle("ada")
        scene.bin(reminder)
        scene.settle("ada")
        scene.restore(reminder)
        scene.settle("ada", hours=1)
    assert cost.writes_there == 0
    assert (scene.task(task)["Description"], scene.task(task)["IsDeleted"]) == (None, False)
    assert (len(scene.every_task()), scene.link(task).state) == (1, LinkState.ASLEEP)
