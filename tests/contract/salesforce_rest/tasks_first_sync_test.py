"""Reading for a first sync: what is due next first, and every Task exactly once."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remindersync.model import FirstSync
from remindersync.salesforce.tasks import RestSalesforceTasks
from tests.contract.salesforce_rest.task_records import NOON, ids, number, row, stored
from tests.fixtures.salesforce import BEN, Box

TODAY = NOON.date()


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
