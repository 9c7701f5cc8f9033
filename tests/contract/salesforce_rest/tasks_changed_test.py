"""Reading what changed: whole records, the windows they lie in, and pages that join up."""

from datetime import timedelta

import pytest

from remindersync.ports import Key, Window
from tests.contract.salesforce_rest.task_records import ALWAYS, NOON, VALUES, ids, only, row, stored
from tests.fixtures.salesforce import ADA, BEN, Box


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
