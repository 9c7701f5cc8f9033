"""An audit of any number of pairs holds a page of them, and what it has seen as digests in a file."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remindersync import auditor as auditing
from remindersync.audit import Case, Known
from remindersync.auditor import Auditor
from remindersync.memory import MemoryClock
from remindersync.model import OrgFacts, Place, SalesforceTask, Snapshot, SyncUser
from remindersync.newcomers import import_task
from remindersync.ports import Page
from remindersync.sightings import Double, Sightings

OLD = datetime(2026, 1, 1, tzinfo=UTC)
NOW = OLD + timedelta(days=4)
USER = SyncUser("ada", "team", "ada@example.com", "UTC", "00D", "005", OLD)
CASE = Case(USER, Place(front=NOW, swept=NOW, reread_at=NOW))
SNAPSHOT = Snapshot(USER, OrgFacts(), OLD, ())


def task(number, **more):
    values = {"Subject": f"Call {number}", "Status": "Not Started", "Priority": "Normal", "Description": "d" * 1000}
    made = SalesforceTask(
        f"00T{number:012}", "005", values, is_closed=False, created_at=OLD, modified_at=OLD, stamp=OLD, read_at=NOW
    )
    return replace(made, **more)


class ManyTasks:
    """An org of so many Tasks, each made when it is asked for."""

    def __init__(self, count):
        self.count = count
        self.calls = 0

    def facts(self):
        return OrgFacts()

    def count_first(self, since):
        self.calls += 1
        return self.count

    def changed(self, windows, *, after=None, limit):
        self.calls += 1
        first = 0 if after is None else int(after.id[3:]) + 1
        rows = range(first, min(first + limit, self.count))
        return Page(tuple(map(task, rows)), NOW, more=len(rows) == limit)


class ManyPairs:
    """A store that has the pair of each of them, in step."""

    def __init__(self, count):
        self.count = count

    def case(self, user_id):
        return CASE

    def pairs(self, case):
        return self.count

    def older(self, case, since):
        return 0

    def of_tasks(self, case, task_ids):
        return {one: pair(int(one[3:])) for one in task_ids}

    def linked(self, case, after, limit):
        first = int(after[3:]) + 1 if after else 0
        return [pair(number) for number in range(first, min(first + limit, self.count))]

    def untasked(self, case, after, limit):
        return []


def pair(number):
    made = import_task(task(number), SNAPSHOT)
    return Known(made.reminder, made.link)


def audit(count):
    org = ManyTasks(count)
    auditor = Auditor(ManyPairs(count), lambda _, *, background: org, MemoryClock(), pytest.fail)
    return auditor.audit("ada")


@pytest.mark.parametrize(("count", "calls"), [(0, 2), (1, 2), (1999, 2), (2000, 3), (2001, 3)])
def test_calls_are_as_announced_at_every_edge_of_a_page(count, calls):
    found = audit(count)
    assert (found.findings, found.calls, found.expected.calls) == ((), calls, calls)


def test_memory_does_not_grow_with_the_pairs(monkeypatch):
    monkeypatch.setattr(auditing, "PAGE_ROWS", 100)
    monkeypatch.setattr(auditing, "_PAIRS", 50)

    def peak(count):
        tracemalloc.start()
        assert audit(count).findings == ()
        return tracemalloc.get_traced_memory()[1], tracemalloc.stop()

    few, many = peak(200)[0], peak(2000)[0]
    assert many < 1.2 * few


def test_tasks_that_show_the_same_are_doubles_and_others_are_not():
    same, other = task(1), task(2, values=task(1).values)
    others = (
        task(3),
        task(4, values=task(1).values, is_deleted=True),
        task(5, values=task(1).values, is_closed=True),
        task(6, values=task(1).values, owner_id="006"),
        task(7, values={}),
        task(8, values={}),
    )
    with Sightings() as sightings:
        sightings.see([same, other, *others], {same.id})
        assert list(sightings.same_content()) == [Double((same.id, other.id), 1)]
        sightings.forget([other.id])
        assert list(sightings.same_content()) == []


def test_living_tasks_with_one_key_are_doubles():
    with Sightings() as sightings:
        sightings.see([task(1, key="k"), task(2, key="k"), task(3, key="other"), task(4), task(5)], ())
        assert list(sightings.same_key()) == [Double((task(1).id, task(2).id))]
        sightings.see([task(2, key="k", is_deleted=True)], ())
        assert list(sightings.same_key()) == []
        assert sightings.unseen([task(1).id, task(9).id]) == [task(9).id]
