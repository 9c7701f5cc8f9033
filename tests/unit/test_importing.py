"""Which Tasks that nobody here has become reminders by themselves or because somebody chose so, and what reminders."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from remindersync import mapping, newcomers
from remindersync.model import (
    Base,
    Choice,
    OrgFacts,
    Pair,
    Person,
    Priority,
    Reminder,
    ReminderType,
    SalesforceTask,
    Side,
    Snapshot,
    Status,
    SyncUser,
    TeamSettings,
)

FIRST_ID = "5fe6f695-dffd-5c48-8d85-b43800ddd188"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
LEAD = "00Q000000000001AAA"
USER = SyncUser("ada", "team", "ada@example.com", "UTC", "00D", "005ADA", NOON)
SHOWN = {
    "Subject": "Call",
    "Status": "Not Started",
    "Priority": "High",
    "ActivityDate": "2026-03-04",
    "Description": "Soon",
    "WhoId": LEAD,
}
TASK = SalesforceTask(
    "t",
    "005ADA",
    SHOWN,
    is_closed=False,
    created_at=NOON - 3 * DAY,
    modified_at=NOON,
    stamp=NOON + SECOND,
    read_at=NOON + 2 * SECOND,
    person_name="Lea",
)


def snapshot(**given):
    return Snapshot(USER, OrgFacts(), NOON, (), **given)


def closed(completed, **changes):
    return replace(TASK, is_closed=True, completed_at=completed, created_at=NOON - DAY, **changes)


# ── Of its kind (MAP-7) ──


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"owner_id": "005BOB"}, False),
        ({"is_deleted": True}, False),
        ({"is_recurrence": True}, False),
        ({"subtype": "Task"}, True),
        ({"subtype": "Email"}, False),
        ({"subtype": "ListEmail"}, False),
        ({"subtype": "List Email"}, False),
    ],
)
def test_only_an_own_living_single_task_that_is_no_logged_email_may_have_a_reminder(changes, may):
    assert newcomers.eligible(replace(TASK, **changes), USER) is may


@pytest.mark.parametrize(
    ("task", "may"),
    [
        (closed(NOON - DAY), False),
        (closed(NOON - DAY - SECOND), False),
        (closed(NOON - DAY + SECOND), True),
        (closed(None), True),
        (replace(closed(NOON - DAY), is_closed=False), True),
    ],
)
def test_what_was_closed_when_it_was_made_comes_in_only_where_the_team_wants_it(task, may):
    assert newcomers.eligible(task, USER) is may
    wanting = replace(USER, settings=TeamSettings(import_closed_on_creation=True))
    assert newcomers.eligible(task, wanting)


# ── By itself, or chosen (FIRST-2, FIRST-6) ──


@pytest.mark.parametrize(
    ("edited", "given", "comes"),
    [
        (NOON - DAY, {}, True),
        (NOON - DAY - SECOND, {}, False),
        (NOON - DAY - SECOND, {"clock_offset_seconds": -1.0}, True),
        (NOON - DAY, {"clock_offset_seconds": 1.0}, False),
        (NOON, {"import_since": NOON}, True),
        (NOON - SECOND, {"import_since": NOON}, False),
        (NOON, {"kept_out": frozenset({"t"})}, False),
        (NOON, {"kept_out": frozenset({"u"})}, True),
    ],
)
def test_what_was_edited_a_day_before_the_switch_or_later_comes_in_by_itself(edited, given, comes):
    assert newcomers.importable(replace(TASK, modified_at=edited), snapshot(**given)) is comes


def test_what_is_not_of_its_kind_never_comes_in_by_itself():
    assert not newcomers.importable(replace(TASK, is_recurrence=True), snapshot())


OLD = replace(TASK, modified_at=NOON - 2 * DAY)
MINE = Reminder("r", "team", "ada", "Call", NOON, NOON)


@pytest.mark.parametrize(
    ("pair", "given", "comes"),
    [
        (Pair(), {}, False),
        (Pair(task=TASK), {}, True),
        (Pair(task=OLD), {}, False),
        (Pair(task=OLD, chosen=True), {}, True),
        (Pair(task=OLD, match=MINE), {}, True),
        (Pair(task=OLD), {"choice": Choice(import_open=True)}, True),
        (Pair(task=replace(OLD, is_closed=True)), {"choice": Choice(import_open=True)}, False),
        (Pair(task=OLD), {"choice": Choice(match_existing=True)}, False),
        (Pair(task=replace(OLD, is_recurrence=True), chosen=True), {}, False),
        (Pair(task=OLD, chosen=True), {"kept_out": frozenset({"t"})}, False),
    ],
)
def test_an_older_task_comes_in_only_where_somebody_chose_so_and_may(pair, given, comes):
    assert newcomers.wanted(pair, snapshot(**given)) is comes


# ── What it becomes ──


def test_a_task_is_imported_with_all_it_says_on_the_app_s_clock():
    about = replace(TASK, company_id="001ONE", related_id="006ONE")
    found = newcomers.import_task(about, snapshot(clock_offset_seconds=60.0))
    made_at = NOON - timedelta(minutes=1)
    assert found.reminder == Reminder(
        newcomers.reminder_id("00D", "t"),
        "team",
        "ada",
        "Call",
        made_at,
        made_at,
        priority=Priority.HIGH,
        due_date=date(2026, 3, 4),
        details="Soon",
        person=Person("Lea", "", LEAD),
        synced_version=1,
        origin=Side.SALESFORCE,
    )
    agreed = {
        "name": "Call",
        "status": "open",
        "priority": "high",
        "due_date": "2026-03-04",
        "details": "Soon",
        "person": LEAD,
    }
    link = found.link
    assert link.base == Base(agreed, SHOWN, open_status="Not Started")
    assert (link.company_id, link.related_id) == ("001ONE", "006ONE")
    assert (link.reminder_id, link.org_id, link.task_id) == (found.reminder.id, "00D", "t")
    assert (link.created_here, link.stamp, link.seen_at) == (False, NOON + SECOND, NOON + 2 * SECOND)


def test_the_id_of_an_imported_task_is_the_same_however_often_and_of_each_org_its_own():
    first = newcomers.reminder_id("00D", "t")
    assert first == newcomers.reminder_id("00D", "t")
    assert len({first, newcomers.reminder_id("00E", "t"), newcomers.reminder_id("00D", "u")}) == 3
    # Ids that were given out are never computed otherwise: a second import would make a second reminder.
    assert first == FIRST_ID


@pytest.mark.parametrize(
    ("made_at", "reason"), [(NOON, "Created in Salesforce"), (NOON - SECOND, "Edited in Salesforce")]
)
def test_an_import_says_whether_the_task_is_new_or_was_edited(made_at, reason):
    assert newcomers.import_task(replace(TASK, created_at=made_at), snapshot()).reason == reason


@pytest.mark.parametrize(
    ("subtype", "kind"),
    [
        ("Call", ReminderType.CALL),
        ("LinkedIn", ReminderType.INMAIL),
        ("Task", ReminderType.CUSTOM),
        (None, ReminderType.CUSTOM),
    ],
)
def test_the_kind_of_a_task_is_the_type_of_its_reminder(subtype, kind):
    assert newcomers.import_task(replace(TASK, subtype=subtype), snapshot()).reminder.type is kind


def test_a_completed_task_keeps_when_it_was_completed_and_no_open_status():
    task = closed(NOON, values={**SHOWN, "Status": "Completed"})
    found = newcomers.import_task(task, snapshot())
    assert (found.reminder.status, found.reminder.completed_at) == (Status.COMPLETED, NOON)
    assert found.link.base.open_status is None


def test_a_status_and_a_priority_that_mean_nothing_here_start_open_and_normal():
    task = closed(NOON, values={**SHOWN, "Status": "Deferred", "Priority": "Low"})
    found = newcomers.import_task(task, snapshot())
    assert (found.reminder.status, found.reminder.priority) == (Status.OPEN, Priority.NORMAL)
    assert found.reminder.completed_at is None
    assert (found.link.base.raw["Status"], found.link.base.raw["Priority"]) == ("Deferred", "Low")


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (mapping.NAME, " Call ", "Call"),
        (mapping.NAME, None, "(no subject)"),
        (mapping.STATUS, "Completed", "completed"),
        (mapping.STATUS, "Deferred", "open"),
        (mapping.STATUS, None, "open"),
        (mapping.PRIORITY, "High", "high"),
        (mapping.PRIORITY, "Low", "normal"),
        (mapping.DUE_DATE, "2026-03-04", "2026-03-04"),
        (mapping.DUE_DATE, "tomorrow", None),
        (mapping.DETAILS, "", None),
        (mapping.PERSON, LEAD, LEAD),
    ],
)
def test_a_new_reminder_takes_what_means_something_here(field, raw, value):
    task = replace(TASK, values={field.salesforce: raw})
    assert newcomers.imported_value(field, task, USER.settings) == value


def test_a_task_that_says_nothing_becomes_a_reminder_without_a_subject():
    found = newcomers.import_task(replace(TASK, values=dict.fromkeys(SHOWN)), snapshot()).reminder
    assert (found.name, found.due_date, found.details, found.person) == ("(no subject)", None, "", None)
