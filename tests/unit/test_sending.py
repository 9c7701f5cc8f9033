"""What is created for a reminder without a Task, and what a create whose answer was lost turns out to have made."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from remindersync import newcomers, subject
from remindersync.model import (
    Base,
    Intent,
    OrgFacts,
    Pair,
    Person,
    Priority,
    Reminder,
    ReminderType,
    SalesforceTask,
    Snapshot,
    Status,
    SyncUser,
    TeamSettings,
    WriteKind,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAD = "00Q000000000001AAA"
SETTINGS = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}!")
USER = SyncUser("ada", "team", "ada@example.com", "UTC", "00D", "005", NOON, SETTINGS)
OURS = Reminder(
    "r",
    "team",
    "ada",
    "Ada",
    NOON,
    NOON,
    type=ReminderType.CALL,
    priority=Priority.HIGH,
    due_date=date(2026, 3, 4),
    details="Soon ",
    person=Person("Ada", "ada@example.com", LEAD),
    version=3,
)
RAW = {
    "Subject": "Call: Ada!",
    "Status": "Not Started",
    "Priority": "High",
    "ActivityDate": "2026-03-04",
    "Description": "Soon",
    "WhoId": LEAD,
}
AGREED = {
    "name": "Ada",
    "status": "open",
    "priority": "high",
    "due_date": "2026-03-04",
    "details": "Soon",
    "person": LEAD,
}
BASE = Base(AGREED, RAW, "Call: ", "!", "Call: Ada!", subject.inputs(OURS), "Not Started")
ATTEMPT = Intent("i", "r", WriteKind.CREATE, RAW, 2, NOON, key="KEY")
MADE = SalesforceTask(
    "t",
    "005",
    RAW,
    is_closed=False,
    created_at=NOON,
    modified_at=NOON,
    stamp=NOON,
    read_at=NOON + timedelta(minutes=1),
    key="KEY",
)


def snapshot(now=NOON, key_field="Key__c"):
    return Snapshot(USER, OrgFacts(key_field), now, ())


def test_a_create_holds_what_the_reminder_says_and_what_will_be_agreed_then():
    made = newcomers.create(OURS, SETTINGS, "KEY", "for a test")
    assert (made.reminder_id, made.version, made.key, made.reason) == ("r", 3, "KEY", "for a test")
    assert made.payload == RAW
    assert made.base == BASE


def test_what_is_empty_is_not_sent_and_still_known_to_be_empty():
    bare = replace(OURS, due_date=None, details=" ", person=None, priority=Priority.NORMAL)
    made = newcomers.create(bare, SETTINGS, "KEY", "for a test")
    assert made.payload == {"Subject": "Call: Ada!", "Status": "Not Started", "Priority": "Normal"}
    assert {name: made.base.raw[name] for name in ("ActivityDate", "Description", "WhoId")} == {
        "ActivityDate": None,
        "Description": None,
        "WhoId": None,
    }


def test_a_task_created_as_completed_has_no_status_to_be_reopened_with():
    assert newcomers.create(replace(OURS, status=Status.COMPLETED), SETTINGS, "KEY", "done").base.open_status is None


def test_every_version_that_needs_a_task_has_a_key_of_its_own():
    keys = [newcomers.create_key(one) for one in (OURS, replace(OURS, version=4), replace(OURS, id="s"))]
    assert len(set(keys)) == 3
    assert keys[0] == newcomers.create_key(replace(OURS, name="Bob"))


def test_an_adopted_task_counts_as_it_was_sent_whatever_it_shows_now():
    bare = replace(USER, settings=TeamSettings())
    attempt = replace(ATTEMPT, payload={**RAW, "Subject": "Ada"})
    edited = replace(MADE, values={**RAW, "Subject": "Else", "Description": "Later"})
    adoption = newcomers.adopt(OURS, attempt, edited, replace(snapshot(), user=bare))
    assert (adoption.reminder_id, adoption.intent_id, adoption.version) == ("r", "i", 2)
    link = adoption.link
    assert (link.task_id, link.created_here, link.seen_at) == ("t", True, NOON)
    assert link.base == replace(BASE, raw={**RAW, "Subject": "Ada"}, before="", after="", written="Ada")


def test_the_name_of_an_adopted_task_is_found_within_the_template_it_was_sent_by():
    base = newcomers.adopt(OURS, ATTEMPT, MADE, snapshot()).link.base
    assert (base.before, base.agreed["name"], base.after) == ("Call: ", "Ada", "!")


def test_an_adopted_task_that_was_closed_since_is_reopened_with_the_team_s_status():
    link = newcomers.adopt(OURS, ATTEMPT, replace(MADE, is_closed=True), snapshot()).link
    assert link.base.open_status is None


def test_what_was_added_while_the_answer_was_lost_is_not_agreed():
    short = replace(ATTEMPT, payload={"Subject": "Call: Ada!", "Status": "Not Started", "Priority": "High"})
    agreed = newcomers.adopt(OURS, short, MADE, snapshot()).link.base.agreed
    assert (agreed["details"], agreed["due_date"], agreed["person"]) == (None, None, None)


def test_what_the_create_did_not_hold_is_known_to_be_empty():
    short = replace(ATTEMPT, payload={"Subject": "Call: Ada!"})
    assert newcomers.adopt(OURS, short, MADE, snapshot()).link.base.raw == {
        **dict.fromkeys(RAW),
        "Subject": "Call: Ada!",
    }


@pytest.mark.parametrize(
    ("shown", "keyed", "made"),
    [
        ({}, True, True),
        ({"key": "ELSE"}, True, False),
        ({"key": None}, True, False),
        ({"values": {}}, True, True),
        ({"is_deleted": True}, True, True),
        ({}, False, True),
        ({"key": "ELSE"}, False, True),
        ({"values": {**RAW, "Description": "Soon\r\n"}}, False, True),
        ({"values": {**RAW, "Description": "Later"}}, False, False),
        ({"is_deleted": True}, False, False),
    ],
)
def test_a_task_is_what_a_create_made_by_its_key_or_where_there_is_none_by_all_it_says(shown, keyed, made):
    assert newcomers.made_by(replace(MADE, **shown), ATTEMPT, keyed=keyed) is made


def test_a_create_without_a_key_made_no_task_in_an_org_with_keys():
    assert not newcomers.made_by(replace(MADE, key=None), replace(ATTEMPT, key=None), keyed=True)


@pytest.mark.parametrize(
    ("minutes", "key_field", "until"), [(9, "Key__c", 15), (14, "Key__c", 15), (15, "Key__c", None), (9, None, None)]
)
def test_a_deleted_task_may_come_back_until_the_last_create_can_no_longer_land(minutes, key_field, until):
    later = replace(ATTEMPT, sent_at=NOON + timedelta(minutes=5))
    update = replace(ATTEMPT, kind=WriteKind.UPDATE, sent_at=NOON + timedelta(minutes=8))
    pair = Pair(OURS, intents=(ATTEMPT, later, update))
    found = newcomers.may_return(pair, snapshot(NOON + timedelta(minutes=minutes), key_field))
    assert found == (None if until is None else NOON + timedelta(minutes=until))


def test_what_was_never_created_cannot_come_back():
    assert newcomers.may_return(Pair(OURS), snapshot()) is None
