"""Finding Tasks again: by id, by key, by their stamps, and one whose create was never answered."""

import json
from datetime import timedelta
from typing import Any

import pytest

from remindersync.ports import TaskWrite
from tests.contract.salesforce_rest.task_records import NOON, VALUES, ids, number, only, row, stored, tasks_behind
from tests.fixtures.salesforce import ADA, BEN, ROOT, Box, answer, raw_server


def whole_row() -> dict[str, Any]:
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


def page_of(rows: list[dict[str, Any]], done: str = "true") -> Any:
    return answer("200 OK", f'{{"totalSize": 3, "done": {done}, "records": {json.dumps(rows)}}}')


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
    rows = [{"Id": number(count), **whole_row()} for count in (3, 1, 2)]
    cut = page_of(rows[:2], done="false")
    with raw_server(cut, page_of(rows[2:])) as server:
        tasks = tasks_behind(box, server.url)
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


def test_stamps_are_read_two_thousand_a_call_and_what_is_gone_is_missing(box: Box) -> None:
    made = box.sim.door.put_tasks([row(count) for count in range(1998)])
    asked = [*made, stored(box, 3001, IsDeleted=True), number(3002)]
    tasks = box.tasks()
    found = tasks.stamps(asked)
    assert found.at == dict.fromkeys(made, NOON)
    assert found.read_at <= box.sim.door.now()
    assert box.calls() == 1
    assert tasks.stamps([*asked, number(3003)]).at == found.at
    assert box.calls() == 3


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
