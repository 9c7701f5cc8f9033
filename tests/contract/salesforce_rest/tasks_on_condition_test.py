"""Changing and deleting Tasks that nobody saved since they were read."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from remindersync.errors import Destiny, SalesforceUnclear
from remindersync.ports import TaskWrite
from tests.contract.salesforce_rest.task_records import NOON, number, stored, tasks_behind
from tests.fixtures.salesforce import BEN, Box, answer, raw_server


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
        tasks_behind(box, server.url).update([on_condition(number(1), NOON, Subject="New")])


def test_what_was_saved_and_cannot_be_read_back_has_no_stamp(box: Box) -> None:
    parts = [("write0", 204, None), ("seen", 404, [{"errorCode": "NOT_FOUND", "message": "m"}])]
    said = [{"referenceId": name, "httpStatusCode": status, "body": body} for name, status, body in parts]
    with raw_server(answer("200 OK", json.dumps({"compositeResponse": said}))) as server:
        saved = tasks_behind(box, server.url).update([on_condition(number(1), NOON, OwnerId=BEN)])[0]
    assert (saved.id, saved.stamp) == (number(1), None)
