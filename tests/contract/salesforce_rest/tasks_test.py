"""Reading and writing Tasks: the port SalesforceTasks over REST, against an org in a box."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remindersync.errors import Destiny, SalesforceRefused, SalesforceUnclear
from remindersync.model import FirstSync, SalesforceTask
from remindersync.ports import Key, Page, TaskWrite, Window
from remindersync.salesforce.client import Client, Door
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.records import Schema
from remindersync.salesforce.tasks import RestSalesforceTasks
from tests.fixtures.salesforce import ADA, BEN, LEAD, ORG, ROOT, Box, answer, raw_server

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOON.date()
ALWAYS = [Window(datetime(2000, 1, 1, tzinfo=UTC))]
VALUES = {
    "Subject": "Call Ada",
    "Status": "Not Started",
    "Priority": "High",
    "ActivityDate": "2026-11-23",
    "Description": "one\ntwo",
    "WhoId": LEAD,
}


def number(count: int) -> str:
    return record_id(f"00TSM0000000{count:03d}")


def row(count: int, **fields: Any) -> dict[str, Any]:
    return {
        "Id": number(count),
        "OwnerId": ADA,
        "Subject": f"Task {count}",
        "SystemModstamp": NOON.isoformat(),
    } | fields


def stored(box: Box, count: int, **fields: Any) -> str:
    """Put a Task into the org as given, past all rules."""
    return box.sim.door.put_tasks([row(count, **fields)])[0]


def ids(page: Page) -> list[str]:
    return [task.id for task in page.tasks]


def only(page: Page) -> SalesforceTask:
    assert len(page.tasks) == 1
    return page.tasks[0]


# ── Facts ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_orgs_key_field_is_found_and_remembered(box: Box) -> None:
    assert box.tasks().facts().key_field == "RemindersyncKey__c"
    box.tasks().facts()
    assert box.calls() == 0


def test_a_key_field_by_another_name_is_used(box: Box) -> None:
    box.sim.door.set_org(settings={"key_field": "Our_Key__c"})
    tasks = RestSalesforceTasks(box.client(), ADA, {}, key_field="Our_Key__c")
    assert tasks.facts().key_field == "Our_Key__c"
    assert tasks.create([TaskWrite(VALUES, key="k1")])[0].created
    assert tasks.changed(ALWAYS).tasks[0].key == "k1"


@pytest.mark.parametrize("changes", [{"key_field": None}, {"hidden_fields": ["RemindersyncKey__c"]}])
def test_an_org_without_the_key_field_or_with_it_hidden_has_none(box: Box, changes: dict[str, Any]) -> None:
    box.sim.door.set_org(settings=changes)
    assert box.tasks().facts().key_field is None


def test_what_one_user_may_not_see_is_not_kept_from_another(box: Box) -> None:
    box.tasks(ADA)
    box.tasks(BEN)
    assert set(box.schemas) == {(ORG, ADA), (ORG, BEN)}


def test_the_login_that_acts_is_named(box: Box) -> None:
    assert box.tasks().login == "ada@acme.example"


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_is_read_whole(box: Box) -> None:
    tasks = box.tasks()
    made = box.person().create(**VALUES)
    found = only(tasks.changed(ALWAYS))
    assert (found.id, found.owner_id, found.created_by) == (made, ADA, ADA)
    assert dict(found.values) == VALUES
    assert found.person_name == "Lea Lead"
    assert (found.is_closed, found.is_deleted, found.is_archived, found.is_recurrence) == (False,) * 4
    assert found.created_at == found.modified_at == found.stamp
    assert found.completed_at is None
    assert found.key is None
    assert found.read_at <= box.sim.door.now()
    assert box.calls() == 1


def test_a_completed_task_shows_when(box: Box) -> None:
    tasks = box.tasks()
    made = box.person().create(Subject="Done", Status="Completed")
    found = only(tasks.changed(ALWAYS))
    assert (found.id, found.is_closed, found.completed_at) == (made, True, found.stamp)


def test_what_is_empty_is_none(box: Box) -> None:
    tasks = box.tasks()
    box.person().create(Subject="Bare")
    found = only(tasks.changed(ALWAYS))
    assert [found.values[name] for name in ("ActivityDate", "Description", "WhoId")] == [None, None, None]
    assert found.person_name == ""


def test_changes_are_the_owners_only_and_include_deleted_and_archived_ones(box: Box) -> None:
    deleted = stored(box, 1, IsDeleted=True)
    archived = stored(box, 2, IsArchived=True, Status="Completed")
    stored(box, 3, OwnerId=BEN)
    page = box.tasks().changed(ALWAYS)
    assert ids(page) == [deleted, archived]
    assert [(task.is_deleted, task.is_archived) for task in page.tasks] == [(True, False), (False, True)]


def test_a_window_holds_its_start_and_not_its_end(box: Box) -> None:
    hours = [NOON + timedelta(hours=hour) for hour in range(5)]
    made = [stored(box, count, SystemModstamp=hour.isoformat()) for count, hour in enumerate(hours)]
    tasks = box.tasks()
    assert ids(tasks.changed([Window(hours[1], hours[3])])) == made[1:3]
    assert ids(tasks.changed([Window(hours[0], hours[1]), Window(hours[3])])) == [made[0], *made[3:]]
    assert box.calls() == 2


def test_an_end_within_a_second_takes_that_second_in(box: Box) -> None:
    made = stored(box, 1)
    assert ids(box.tasks().changed([Window(NOON, NOON + timedelta(milliseconds=1))])) == [made]


def test_no_window_is_no_read(box: Box) -> None:
    with pytest.raises(ValueError, match="window"):
        box.tasks().changed([])


def test_pages_of_changes_join_up_within_equal_stamps(box: Box) -> None:
    made = [stored(box, count) for count in range(7)]
    late = stored(box, 8, SystemModstamp=(NOON + timedelta(seconds=1)).isoformat())
    tasks, after, seen = box.tasks(), None, []
    more = True
    while more:
        page = tasks.changed(ALWAYS, after=after, limit=3)
        seen += ids(page)
        more = page.more
        after = Key(page.tasks[-1].stamp, page.tasks[-1].id)
    assert seen == [*made, late]
    assert box.calls() == 3


def test_a_page_that_salesforce_cuts_short_is_not_the_last(box: Box) -> None:
    box.sim.door.put_tasks([row(count) for count in range(205)])
    box.sim.door.set_org(settings={"page_size": 200})
    page = box.tasks().changed(ALWAYS)
    assert len(page.tasks) == 200
    assert page.more


def test_a_first_sync_reads_what_is_due_next_first_then_the_rest_latest_first(box: Box) -> None:
    days = {count: TODAY + timedelta(days=days) for count, days in enumerate((9, 0, 1, 1, -1, -3, -1))}
    made = {count: stored(box, count, ActivityDate=day.isoformat(), **modified()) for count, day in days.items()}
    undated = [stored(box, count, **modified()) for count in (20, 21, 22)]
    stored(box, 30, ActivityDate=TODAY.isoformat(), **modified(NOON - timedelta(days=3)))
    stored(box, 31, ActivityDate=TODAY.isoformat(), IsDeleted=True, **modified())
    stored(box, 32, IsRecurrence=True, **modified())
    stored(box, 33, OwnerId=BEN, **modified())
    tasks = box.tasks()
    for limit in (1, 2, 3, 4, 200):
        upcoming, rest = (first_sync(tasks, part, limit) for part in (1, 2))
        assert upcoming == [made[count] for count in (1, 2, 3, 0)]
        assert rest == [*(made[count] for count in (4, 6, 5)), *undated]
    assert tasks.count_first(NOON - timedelta(days=1)) == 10


def modified(at: datetime = NOON) -> dict[str, str]:
    return {"LastModifiedDate": at.isoformat()}


def first_sync(tasks: RestSalesforceTasks, part: int, limit: int) -> list[str]:
    place, seen, more = FirstSync(NOON - timedelta(days=1), part), [], True
    while more:
        page = tasks.first(place, TODAY, limit=limit)
        seen += ids(page)
        more = page.more
        if page.tasks:
            last = page.tasks[-1]
            place = FirstSync(place.since, part, (last.values["ActivityDate"], last.id))
    return seen


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.integers(-3, 3), max_size=12), st.integers(1, 5))
def test_every_task_of_a_first_sync_is_read_exactly_once(box: Box, days: list[int | None], limit: int) -> None:
    box.sim.door.reset(box.world)
    box.schemas.clear()
    due = [None if day is None else (TODAY + timedelta(days=day)).isoformat() for day in days]
    box.sim.door.put_tasks([row(count, ActivityDate=day, **modified()) for count, day in enumerate(due)])
    tasks = box.tasks()
    seen = first_sync(tasks, 1, limit) + first_sync(tasks, 2, limit)
    assert sorted(seen) == sorted(number(count) for count in range(len(days)))


def test_tasks_are_read_by_id_whoever_owns_them_and_deleted_or_not(box: Box) -> None:
    made = [stored(box, 1), stored(box, 2, OwnerId=BEN), stored(box, 3, IsDeleted=True)]
    unknown = number(9)
    page = box.tasks(ROOT).by_ids([*made, unknown, made[0][:15]])
    assert ids(page) == made
    assert [task.owner_id for task in page.tasks] == [ADA, BEN, ADA]
    assert ids(box.tasks(ADA).by_ids(made)) == [made[0], made[2]]


def test_ids_are_read_two_hundred_a_call(box: Box) -> None:
    made = box.sim.door.put_tasks([row(count) for count in range(401)])
    tasks = box.tasks()
    assert sorted(ids(tasks.by_ids(made))) == made
    assert box.calls() == 3


def test_ids_are_read_to_the_end_when_salesforce_cuts_a_page_short(box: Box) -> None:
    rows = [{"Id": number(count), **_row()} for count in (3, 1, 2)]
    cut = _rows(rows[:2], done="false")
    with raw_server(cut, _rows(rows[2:])) as server:
        tasks = _tasks(box, server.url)
        assert ids(tasks.by_ids([number(count) for count in (1, 2, 3, 4)])) == [number(3), number(1), number(2)]
        assert tasks.calls == 2
        assert number(3) not in server.requests[1]
        assert number(4) in server.requests[1]


def test_no_ids_are_no_call(box: Box) -> None:
    tasks = box.tasks()
    assert tasks.by_ids([]).tasks == ()
    assert box.calls() == 0


def test_a_text_that_is_no_id_is_never_sent(box: Box) -> None:
    tasks = box.tasks()
    with pytest.raises(ValueError, match="id"):
        tasks.by_ids(["' OR Id != '"])
    assert box.calls() == 0


# ── Looking up what may have been created ───────────────────────────────────────────────────────────────────


def test_a_lost_create_is_found_by_who_when_and_what(box: Box) -> None:
    tasks = box.tasks()
    box.sim.door.freeze(NOON)
    box.person().create(**VALUES | {"Subject": "Call Ben"})
    box.person().create(**VALUES | {"ActivityDate": None})
    box.person(ROOT).create(**VALUES, OwnerId=ADA)
    made = box.person().create(**VALUES)
    box.sim.door.advance(600)
    span = (NOON - timedelta(seconds=2), NOON + timedelta(seconds=30))
    assert ids(tasks.look_up(*span, VALUES)) == [made]
    assert ids(tasks.look_up(NOON + timedelta(seconds=1), span[1], VALUES)) == []
    assert ids(tasks.look_up(span[0], NOON - timedelta(seconds=1), VALUES)) == []


def test_a_lost_create_is_found_as_salesforce_stores_it(box: Box) -> None:
    tasks = box.tasks()
    subject = '  It\'s 100% \\o/ "quoted" '
    made = tasks.create([TaskWrite({"Subject": subject, "ActivityDate": None}, key="k")])[0]
    span = (made.at - timedelta(seconds=5), made.at + timedelta(seconds=5))
    assert ids(tasks.look_up(*span, {"Subject": subject, "ActivityDate": None})) == [made.id]


def test_a_lost_create_that_somebody_deleted_is_found_too(box: Box) -> None:
    tasks = box.tasks()
    made = box.person().create(**VALUES)
    box.person().delete(made)
    now = box.sim.door.now()
    assert only(tasks.look_up(now - timedelta(minutes=1), now + timedelta(minutes=1), VALUES)).is_deleted


# ── Creating ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_created_task_has_its_owner_values_and_key(box: Box) -> None:
    tasks = box.tasks(ROOT)
    acting = RestSalesforceTasks(tasks._client, ADA, box.schemas)
    answer = acting.create([TaskWrite(VALUES, key="key-1")])[0]
    assert answer.created
    assert answer.at.microsecond == 0
    row = box.sim.door.task(str(answer.id))
    assert row is not None
    assert VALUES.items() <= row.items()
    assert (row["OwnerId"], row["CreatedById"], row["RemindersyncKey__c"]) == (ADA, ROOT, "key-1")
    assert box.calls() == 1


def test_a_create_sent_again_makes_no_second_task(box: Box) -> None:
    tasks = box.tasks()
    first, second = (tasks.create([TaskWrite(VALUES, key="key-1")])[0] for _ in range(2))
    assert first.id == second.id
    assert (first.created, second.created) == (True, False)
    assert len(box.sim.door.tasks()) == 1


def test_a_create_whose_answer_was_cut_off_is_unclear_and_saved_once(box: Box) -> None:
    tasks = box.tasks()
    box.sim.door.add_fault("cut", when="after", path="composite")
    with pytest.raises(SalesforceUnclear):
        tasks.create([TaskWrite(VALUES, key="key-1")])
    assert not tasks.create([TaskWrite(VALUES, key="key-1")])[0].created
    assert len(box.sim.door.tasks()) == 1


def test_without_the_key_field_a_task_is_created_plainly(box: Box) -> None:
    box.sim.door.set_org(settings={"key_field": None})
    answer = box.tasks().create([TaskWrite(VALUES, key="key-1")])[0]
    assert answer.created
    assert answer.id == box.sim.door.tasks()[0]["Id"]


def test_each_record_gets_its_own_answer_in_order(box: Box) -> None:
    box.sim.door.add_fault("record_error", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Subject": "Bad"})
    subjects = ("Good", "Bad", "Fine")
    answers = box.tasks().create([TaskWrite({"Subject": name}, key=name) for name in subjects])
    assert [bool(answer.id) for answer in answers] == [True, False, True]
    assert answers[1].fault is not None
    assert answers[1].fault.destiny is Destiny.PARK
    assert sorted(row["Subject"] for row in box.sim.door.tasks()) == ["Fine", "Good"]


@pytest.mark.parametrize(
    ("message", "won"),
    [
        (f"duplicate value found: RemindersyncKey__c duplicates value on record with id: {number(1)[:15]}", True),
        (f"duplicate value found: Other__c duplicates value on record with id: {number(1)}", False),
        ("duplicate value found: RemindersyncKey__c duplicates value on record with id: 00T", False),
        ("duplicate value found: <unknown> duplicates value on record with id: <unknown>", False),
    ],
)
def test_our_own_key_on_another_record_is_the_create_that_went_before(box: Box, message: str, won: bool) -> None:
    tasks = box.tasks()
    box.sim.door.add_fault("record_error", code="DUPLICATE_VALUE", message=message)
    answer = tasks.create([TaskWrite(VALUES, key="key-1")])[0]
    assert (answer.id, answer.created) == (number(1) if won else None, False)
    assert (answer.fault is None) is won


def test_two_hundred_tasks_are_one_call_and_more_are_refused(box: Box) -> None:
    tasks = box.tasks()
    answers = tasks.create([TaskWrite({"Subject": str(count)}, key=str(count)) for count in range(200)])
    assert all(answer.created for answer in answers)
    assert box.calls() == 1
    with pytest.raises(ValueError, match="200"):
        tasks.create([TaskWrite({}, key=str(count)) for count in range(201)])


# ── Changing ────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_sent_changes_and_none_clears(box: Box) -> None:
    tasks = box.tasks()
    made = box.person().create(**VALUES)
    answer = tasks.update([TaskWrite({"Status": "Completed", "ActivityDate": None}, id=made)])[0]
    assert (answer.id, answer.fault, answer.created) == (made, None, False)
    row = box.sim.door.task(made)
    assert row is not None
    assert row["Status"] == "Completed"
    assert "ActivityDate" not in row
    assert row["Subject"] == VALUES["Subject"]
    assert box.calls() == 1


@pytest.mark.parametrize(
    ("prepare", "code"),
    [({"IsDeleted": True}, "ENTITY_IS_DELETED"), (None, "INVALID_CROSS_REFERENCE_KEY")],
)
def test_a_change_of_a_task_that_is_gone_is_refused(box: Box, prepare: dict[str, Any] | None, code: str) -> None:
    task_id = number(1) if prepare is None else stored(box, 1, **prepare)
    found = box.tasks().update([TaskWrite({"Subject": "New"}, id=task_id)])[0]
    assert found.id is None
    assert found.fault is not None
    assert (found.fault.code, found.fault.destiny) == (code, Destiny.PARK)


def test_a_locked_record_is_tried_again_and_the_others_go_through(box: Box) -> None:
    made = [stored(box, count) for count in (1, 2)]
    box.sim.door.add_fault("record_error", code="UNABLE_TO_LOCK_ROW", where={"Id": made[0]})
    answers = box.tasks().update([TaskWrite({"Subject": "New"}, id=one) for one in made])
    assert answers[0].fault is not None
    assert answers[0].fault.destiny is Destiny.RETRY
    assert answers[1].id == made[1]


# ── Deleting ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_should_be_gone_and_is_gone_is_a_success(box: Box) -> None:
    there, deleted, unknown = stored(box, 1), stored(box, 2, IsDeleted=True), number(3)
    answers = box.tasks().delete([TaskWrite({}, id=one) for one in (there, deleted, unknown)])
    assert [answer.id for answer in answers] == [there, deleted, None]
    assert answers[2].fault is not None
    assert answers[2].fault.code == "INVALID_CROSS_REFERENCE_KEY"
    assert box.sim.door.tasks() == []
    assert box.calls() == 1


def test_nothing_to_write_is_no_call(box: Box) -> None:
    tasks = box.tasks()
    assert (tasks.create([]), tasks.update([]), tasks.delete([])) == ([], [], [])
    assert box.calls() == 0


# ── Writing on a condition ──────────────────────────────────────────────────────────────────────────────────


def on_condition(task_id: str, after: datetime, **values: str) -> TaskWrite:
    return TaskWrite(values, id=task_id, unless_after=after)


def test_one_that_nobody_saved_since_is_changed_and_read_back_in_one_call(box: Box) -> None:
    box.sim.door.freeze(NOON)
    task_id = stored(box, 1)
    box.sim.door.advance(60)
    tasks = box.tasks()
    saved = tasks.update([on_condition(task_id, NOON, Subject="New")])[0]
    row = box.sim.door.task(task_id)
    assert row is not None
    assert (row["Subject"], saved.id, saved.moved) == ("New", task_id, False)
    assert saved.stamp == NOON + timedelta(seconds=60)
    assert box.calls() == 1


def test_one_that_somebody_saved_since_is_left_alone_and_the_others_are_changed(box: Box) -> None:
    box.sim.door.freeze(NOON)
    made = [stored(box, count, LastModifiedDate=NOON.isoformat()) for count in range(25)]
    box.sim.door.advance(1)
    box.person().update(made[3], Subject="Theirs")
    answers = box.tasks().update([on_condition(one, NOON, Subject="Ours") for one in made])
    assert [count for count, one in enumerate(answers) if one.moved] == [3]
    assert answers[3].id is answers[3].fault is None
    assert [one.id for one in answers if not one.moved] == made[:3] + made[4:]
    assert sum(row["Subject"] == "Ours" for row in box.sim.door.tasks()) == 24
    assert box.calls() == 1


@pytest.mark.parametrize("compares", ["LastModifiedDate", "SystemModstamp"])
def test_a_save_in_the_second_of_the_condition_is_not_seen_and_one_later_is(box: Box, compares: str) -> None:
    box.sim.door.set_org(beliefs={"unmodified_since_compares": compares})
    box.sim.door.freeze(NOON)
    task_id = box.person().create(Subject="Call")
    assert not box.tasks().update([on_condition(task_id, NOON, Subject="New")])[0].moved
    assert box.tasks().update([on_condition(task_id, NOON - timedelta(seconds=1), Subject="Newer")])[0].moved


@pytest.mark.parametrize(
    ("prepare", "code"), [({"IsDeleted": True}, "ENTITY_IS_DELETED"), (None, "INVALID_CROSS_REFERENCE_KEY")]
)
def test_a_change_on_a_condition_of_a_task_that_is_gone_is_refused(
    box: Box, prepare: dict[str, Any] | None, code: str
) -> None:
    task_id = number(1) if prepare is None else stored(box, 1, **prepare)
    found = box.tasks().update([on_condition(task_id, NOON, Subject="New")])[0]
    assert found.fault is not None
    assert (found.fault.code, found.fault.destiny) == (code, Destiny.PARK)


def test_a_deletion_on_a_condition_spares_what_somebody_saved_since(box: Box) -> None:
    box.sim.door.freeze(NOON)
    made = [stored(box, count, LastModifiedDate=NOON.isoformat()) for count in range(10)]
    gone, unknown = stored(box, 20, IsDeleted=True), number(21)
    box.sim.door.advance(1)
    box.person().update(made[3], Subject="Theirs")
    answers = box.tasks().delete([on_condition(one, NOON) for one in (*made, gone, unknown)])
    assert [count for count, one in enumerate(answers) if one.moved] == [3]
    assert [one.id for one in answers] == [*made[:3], None, *made[4:], gone, None]
    assert answers[11].fault is not None
    assert answers[11].fault.code == "INVALID_CROSS_REFERENCE_KEY"
    assert [row["Id"] for row in box.sim.door.tasks()] == [made[3]]
    assert box.calls() == 1


def test_more_than_a_call_on_conditions_takes_are_refused_before_they_are_sent(box: Box) -> None:
    tasks = box.tasks()
    writes = [on_condition(number(count), NOON) for count in range(26)]
    with pytest.raises(ValueError, match="25"):
        tasks.update(writes)
    with pytest.raises(ValueError, match="12"):
        tasks.delete(writes[:13])
    assert box.calls() == 0


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        '{"compositeResponse": []}',
        '{"compositeResponse": [{"referenceId": "write0"}]}',
        '{"compositeResponse": [{"referenceId": "write0", "httpStatusCode": 500, "body": "<html>"}]}',
    ],
)
def test_a_strange_answer_to_a_write_on_a_condition_leaves_it_open(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server, pytest.raises(SalesforceUnclear):
        _tasks(box, server.url).update([on_condition(number(1), NOON, Subject="New")])


def test_what_was_saved_and_cannot_be_read_back_has_no_stamp(box: Box) -> None:
    parts = [("write0", 204, None), ("seen", 404, [{"errorCode": "NOT_FOUND", "message": "m"}])]
    said = [{"referenceId": name, "httpStatusCode": status, "body": body} for name, status, body in parts]
    with raw_server(answer("200 OK", json.dumps({"compositeResponse": said}))) as server:
        saved = _tasks(box, server.url).update([on_condition(number(1), NOON, OwnerId=BEN)])[0]
    assert (saved.id, saved.stamp) == (number(1), None)


# ── Reading stamps and keys ─────────────────────────────────────────────────────────────────────────────────


def test_stamps_are_read_two_thousand_a_call_and_what_is_gone_is_missing(box: Box) -> None:
    made = box.sim.door.put_tasks([row(count) for count in range(300)])
    deleted = stored(box, 301, IsDeleted=True)
    found = box.tasks().stamps([*made, deleted, number(400)])
    assert found.at == dict.fromkeys(made, NOON)
    assert found.read_at <= box.sim.door.now()
    assert box.calls() == 1


def test_tasks_are_found_by_key_whoever_owns_them_and_deleted_or_not(box: Box) -> None:
    tasks = box.tasks(ROOT)
    made = [one.id for one in tasks.create([TaskWrite(VALUES, key=key) for key in ("one", "it's", "three")])]
    box.person(ROOT).update(made[1], OwnerId=BEN)
    box.person(ROOT).delete(made[2])
    found = tasks.by_keys(["it's", "three", "four"])
    assert {(one.id, one.key, one.is_deleted) for one in found.tasks} == {
        (made[1], "it's", False),
        (made[2], "three", True),
    }
    assert tasks.by_keys([]).tasks == ()


# ── Field-level security ────────────────────────────────────────────────────────────────────────────────────


def test_hidden_fields_that_are_not_needed_are_left_out(box: Box) -> None:
    box.sim.door.set_org(settings={"hidden_fields": ["TaskSubtype", "CompletedDateTime", "RemindersyncKey__c"]})
    stored(box, 1)
    found = only(box.tasks().changed(ALWAYS))
    assert (found.subtype, found.completed_at, found.key) == (None, None, None)


@pytest.mark.parametrize("name", ["Subject", "Description", "ActivityDate", "WhoId"])
def test_a_hidden_field_that_is_needed_is_an_error_and_never_an_empty_value(box: Box, name: str) -> None:
    stored(box, 1)
    box.sim.door.set_org(settings={"hidden_fields": [name]})
    tasks = box.tasks()
    with pytest.raises(SalesforceRefused) as caught:
        tasks.changed(ALWAYS)
    assert (caught.value.fault.code, caught.value.fault.destiny) == ("INVALID_FIELD", Destiny.PARK)
    assert name in caught.value.fault.message


def test_a_field_hidden_after_it_was_described_is_left_out_from_then_on(box: Box) -> None:
    stored(box, 1)
    tasks = box.tasks()
    box.sim.door.set_org(settings={"hidden_fields": ["RemindersyncKey__c"]})
    assert len(tasks.changed(ALWAYS).tasks) == 1
    assert box.calls() == 3
    assert len(tasks.changed(ALWAYS).tasks) == 1
    assert box.calls() == 4
    assert tasks.facts().key_field is None


@pytest.mark.parametrize("refuses", ["whole_call", "record"])
def test_a_key_field_that_vanished_refuses_the_create_and_is_described_anew(box: Box, refuses: str) -> None:
    tasks = box.tasks()
    hidden = {"hidden_fields": ["RemindersyncKey__c"]}
    box.sim.door.set_org(settings=hidden, beliefs={"collection_field_error": refuses})
    assert refusal_of_create(tasks) in {"INVALID_FIELD", "NOT_FOUND"}
    assert box.sim.door.tasks() == []
    assert tasks.facts().key_field is None


def refusal_of_create(tasks: RestSalesforceTasks) -> str | None:
    """The code of the fault, of the whole call or of the record."""
    try:
        fault = tasks.create([TaskWrite(VALUES, key="key-1")])[0].fault
    except SalesforceRefused as refused:
        fault = refused.fault
    return fault.code if fault else None


# ── Answers that are not what was asked for ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body", ["[]", "{}", "null", "7", '"text"', '{"records": [{}], "done": true}', '{"records": {}, "done": true}']
)
def test_a_strange_answer_to_a_read_is_tried_again(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server:
        tasks = _tasks(box, server.url)
        for read in (lambda: tasks.changed(ALWAYS), lambda: tasks.count_first(NOON)):
            with pytest.raises(SalesforceRefused) as caught:
                read()
            assert caught.value.fault.destiny is Destiny.RETRY


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "null",
        "[]",
        "[{}]",
        '[{"success": "yes"}]',
        '[{"success": false, "errors": 7}, 7]',
        '[{"success":true},{"success":true}]',
    ],
)
def test_a_strange_answer_to_a_write_leaves_it_open(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server:
        tasks = _tasks(box, server.url)
        with pytest.raises(SalesforceUnclear):
            tasks.update([TaskWrite({"Subject": "New"}, id=number(1))])


@pytest.mark.parametrize(
    "body", ['[{"success": true}]', '[{"success": true, "id": "nonsense"}]', '[{"success": true, "id": 7}]']
)
def test_a_create_that_names_no_id_leaves_it_open(box: Box, body: str) -> None:
    with raw_server(answer("200 OK", body)) as server, pytest.raises(SalesforceUnclear):
        _tasks(box, server.url).create([TaskWrite(VALUES, key="key-1")])


def test_an_error_of_one_record_renews_no_token(box: Box) -> None:
    body = '[{"success": false, "errors": [{"statusCode": "ORG_NOT_OWNED_BY_INSTANCE", "message": "m"}]}]'
    with raw_server(answer("200 OK", body)) as server:
        tasks = _tasks(box, server.url)
        assert tasks.update([TaskWrite({"Subject": "New"}, id=number(1))])[0].fault is not None
        assert tasks.calls == 1


def _tasks(box: Box, url: str) -> RestSalesforceTasks:
    """Tasks behind a server that answers as told, described already."""
    door = Door(box.http, box.limiter, Hosts(["127.0.0.1"]))
    client = Client(box.login(instance_url=url), box.refresher, door, background=False)
    return RestSalesforceTasks(client, ADA, {(ORG, ADA): Schema(("Id",))})


def _row() -> dict[str, Any]:
    stamp = "2026-11-22T10:00:00.000+0000"
    return dict.fromkeys(VALUES) | {
        "OwnerId": ADA,
        "IsClosed": False,
        "IsDeleted": False,
        "IsArchived": False,
        "IsRecurrence": False,
        "CreatedDate": stamp,
        "CreatedById": ADA,
        "LastModifiedDate": stamp,
        "SystemModstamp": stamp,
    }


def _rows(rows: list[dict[str, Any]], done: str = "true") -> Any:
    return answer("200 OK", f'{{"totalSize": 3, "done": {done}, "records": {json.dumps(rows)}}}')
