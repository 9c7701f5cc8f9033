"""Pages that an org does not manage: asked for smaller, read to the end all the same, and grown back."""

import re

import pytest

from remindersync.errors import Destiny, SalesforceRefused
from remindersync.model import FirstSync
from remindersync.ports import Key, Window
from remindersync.salesforce.paging import FEWEST_ROWS, MOST_ROWS, Paged, PageSizes
from tests.fixtures.salesforce import ADA, Box, sync_user

GIVES_UP = ["QUERY_TIMEOUT", "OPERATION_TOO_LARGE"]


def asked_for(box: Box) -> list[int | None]:
    """Return the LIMIT of each query the org saw."""
    paths = [call["path"] for call in box.sim.door.calls() if "queryAll" in call["path"]]
    found = [re.search(r"LIMIT\+(\d+)", path) for path in paths]
    return [int(one[1]) if one else None for one in found]


def many(box: Box, count: int) -> set[str]:
    return set(box.sim.door.put_tasks([{"OwnerId": ADA, "Subject": f"Task {n}"} for n in range(count)]))


def read_all(tasks, limit: int = 2000) -> list[str]:
    """Read on behind each page's last row, as a run does."""
    found, after = [], None
    while True:
        page = tasks.changed([Window(sync_user().turned_on_at.replace(year=2000))], after=after, limit=limit)
        found += [task.id for task in page.tasks]
        if not page.more:
            return found
        after = Key(page.tasks[-1].stamp, page.tasks[-1].id)


@pytest.mark.parametrize("code", GIVES_UP)
def test_a_query_the_org_gives_up_on_is_asked_again_with_a_smaller_page_and_read_to_its_end(
    code: str, box: Box
) -> None:
    tasks = box.tasks()
    ids = many(box, 700)
    box.sim.door.add_fault("error", code=code, path="queryAll", times=2)
    found = read_all(tasks)
    assert (len(found), set(found)) == (700, ids)
    assert asked_for(box) == [2000, 500, 125, 250, 500]


def test_pages_grow_back_until_nothing_is_cut_any_more(box: Box) -> None:
    tasks = box.tasks()
    many(box, 10)
    box.sim.door.add_fault("error", code="QUERY_TIMEOUT", path="queryAll", times=1)
    for _ in range(4):
        read_all(tasks)
    assert asked_for(box) == [2000, 500, 1000, 2000, 2000]


def test_a_query_that_is_too_much_at_any_size_is_given_up_for_now(box: Box) -> None:
    tasks = box.tasks()
    box.sim.door.add_fault("error", code="QUERY_TIMEOUT", path="queryAll", times=None)
    with pytest.raises(SalesforceRefused) as caught:
        read_all(tasks)
    assert caught.value.fault.destiny is Destiny.RETRY
    assert asked_for(box) == [2000, 500, 125, 31]
    with pytest.raises(SalesforceRefused):
        read_all(tasks)
    assert asked_for(box)[4:] == [31]


def test_tasks_read_by_id_come_all_however_small_the_page(box: Box) -> None:
    tasks = box.tasks()
    ids = many(box, 180)
    box.sim.door.add_fault("error", code="QUERY_TIMEOUT", path="queryAll", times=2)
    assert {task.id for task in tasks.by_ids(ids).tasks} == ids


def test_a_first_sync_goes_on_behind_a_shortened_page(box: Box) -> None:
    tasks = box.tasks()
    ids = many(box, 90)
    box.sim.door.add_fault("error", code="QUERY_TIMEOUT", path="queryAll", times=1)
    since = sync_user().turned_on_at.replace(year=2000)
    first, found = FirstSync(since, part=2), set()
    while True:
        page = tasks.first(first, since.date(), limit=200)
        found |= {task.id for task in page.tasks}
        if not page.more:
            break
        last = page.tasks[-1]
        first = FirstSync(since, part=2, after=(last.values["ActivityDate"], last.id))
    assert found == ids


def test_an_answer_that_never_came_makes_the_next_try_smaller_and_is_not_repeated_at_once(box: Box) -> None:
    tasks = box.tasks()
    box.sim.door.add_fault("cut", path="queryAll", times=1)
    with pytest.raises(SalesforceRefused):
        read_all(tasks)
    assert len(asked_for(box)) == 1
    read_all(tasks)
    assert asked_for(box)[1:] == [500]


def test_what_is_looked_up_or_counted_is_never_cut_short(box: Box) -> None:
    tasks = box.tasks()
    box.sim.door.add_fault("error", code="QUERY_TIMEOUT", path="queryAll", times=1)
    with pytest.raises(SalesforceRefused):
        tasks.count_first(sync_user().turned_on_at)


def test_a_statement_for_fewer_rows_differs_in_its_limit_alone() -> None:
    assert Paged("SELECT Id FROM Task", 9) == "SELECT Id FROM Task LIMIT 9"
    assert Paged("SELECT Id FROM Task", 9).cut(4) == "SELECT Id FROM Task LIMIT 4"
    assert Paged("SELECT Id FROM Task").cut(4) == "SELECT Id FROM Task LIMIT 4"


def test_sizes_stay_within_their_bounds() -> None:
    sizes, tried, seen = PageSizes(), MOST_ROWS, []
    while sizes.shrink("1", tried):
        tried = sizes.of("1") or MOST_ROWS
        seen.append(tried)
    assert seen == [500, 125, 31]
    assert min(seen) >= FEWEST_ROWS
    assert sizes.of("2") is None
    while (rows := sizes.of("1")) is not None:
        assert rows < MOST_ROWS
        sizes.grow("1")
