"""Creating, changing and deleting Tasks: every record has its own answer, and none is created twice."""

from typing import Any

import pytest

from remindersync.errors import Destiny, SalesforceUnclear
from remindersync.ports import TaskWrite
from remindersync.salesforce.tasks import RestSalesforceTasks
from tests.contract.salesforce_rest.task_records import VALUES, number, stored
from tests.fixtures.salesforce import ADA, ROOT, Box


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
