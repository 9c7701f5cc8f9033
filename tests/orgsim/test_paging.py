"""Pages of a query: they shrink, they are live or a snapshot, and ranges of stamps are read by an index."""

from datetime import UTC, datetime, timedelta

import pytest

from orgsim.stamps import Span, StampIndex
from orgsim.tables import Table
from tests.orgsim.acme import ANN, BOB, long

START = datetime(2026, 5, 1, tzinfo=UTC)


def fill(sim, count, **fields):
    tasks = [{"OwnerId": ANN, "Subject": str(number), **fields} for number in range(count)]
    return sim.door.put_tasks(tasks)


def pages(ann, soql):
    found = ann.query(soql)
    sizes, ids = [len(found["records"])], [row["Id"] for row in found["records"]]
    while not found["done"]:
        found = ann.get(found["nextRecordsUrl"]).json()
        sizes.append(len(found["records"]))
        ids += [row["Id"] for row in found["records"]]
    return sizes, ids


def test_pages_shrink_with_large_bodies_and_lose_nothing(ann, sim):
    made = fill(sim, 700, Description="x" * 30_000)
    sim.door.set_org(settings={"page_bytes": 7_000_000})
    sizes, ids = pages(ann, "SELECT Id, Description FROM Task ORDER BY Id")
    assert sizes == [228, 228, 228, 16]
    assert sorted(ids) == sorted(made)


def test_a_page_never_falls_below_200_rows(ann, sim):
    fill(sim, 250, Description="x" * 100)
    sim.door.set_org(settings={"page_bytes": 1})
    assert pages(ann, "SELECT Id FROM Task")[0] == [200, 50]


@pytest.mark.parametrize(("belief", "subject", "count"), [("live", "changed", 48), ("snapshot", "249", 50)])
def test_rows_changed_while_paging_show_as_believed(ann, sim, belief, subject, count):
    sim.door.set_org(beliefs={"later_pages": belief}, settings={"page_size": 200})
    made = fill(sim, 250)
    first = ann.query("SELECT Id, Subject FROM Task ORDER BY Id")
    person = sim.door.as_user("ann@acme.example")
    person.update(made[249], Subject="changed")
    person.delete(made[248])
    person.update(made[247], OwnerId=BOB)
    rest = ann.get(first["nextRecordsUrl"]).json()
    assert (first["totalSize"], rest["totalSize"], rest["done"]) == (250, 250, True)
    assert (rest["records"][-1]["Subject"], len(rest["records"])) == (subject, count)


def stamped(sim):
    tasks = [{"OwnerId": ANN, "SystemModstamp": (START + timedelta(minutes=one)).isoformat()} for one in range(60)]
    return sim.door.put_tasks(tasks)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("SystemModstamp >= 2026-05-01T00:10:00Z AND SystemModstamp < 2026-05-01T00:12:00Z", {10, 11}),
        ("SystemModstamp = 2026-05-01T00:10:00Z", {10}),
        ("SystemModstamp > 2026-05-01T00:57:00Z", {58, 59}),
        ("SystemModstamp <= 2026-05-01T00:01:00Z", {0, 1}),
        ("SystemModstamp = 2026-05-01T00:05:00Z OR SystemModstamp > 2026-05-01T00:58:00Z", {5, 59}),
        ("SystemModstamp = 2026-05-01T00:05:00Z OR Subject = 'none'", {5}),
        ("(NOT SystemModstamp > 2026-05-01T00:01:00Z) AND SystemModstamp != 2026-05-01T00:00:00Z", {1}),
        ("SystemModstamp > 2026-05-01T00:58:00Z AND SystemModstamp < 2026-05-01T00:10:00Z", set()),
    ],
)
def test_a_range_of_stamps_finds_what_a_scan_would(ann, sim, where, expected):
    made = stamped(sim)
    assert {row["Id"] for row in ann.rows(f"SELECT Id FROM Task WHERE {where}")} == {made[one] for one in expected}


def test_a_range_finds_moved_rows_at_their_new_stamp_and_late_ones_at_the_old(ann, sim):
    made = stamped(sim)
    sim.door.freeze(START + timedelta(days=1))
    sim.door.touch(made[0])
    sim.door.act("ann@acme.example", "update", id=made[1], fields={"Subject": "late"}, late_seconds=60)
    login = sim.door.session("ann@acme.example")
    ann.http.headers["Authorization"] = f"Bearer {login['access_token']}"
    old = "SELECT Id FROM Task WHERE SystemModstamp < 2026-05-01T00:02:00Z"
    new = "SELECT Id FROM Task WHERE SystemModstamp >= 2026-05-02T00:00:00Z"
    assert [[row["Id"] for row in ann.rows(text)] for text in (old, new)] == [[made[1]], [made[0]]]
    sim.door.advance(60)
    assert ann.rows(old) == []
    assert len(ann.rows(new)) == 2


def test_an_index_counts_only_as_far_as_it_must():
    index = StampIndex()
    for number in range(10):
        index.add(START + timedelta(seconds=number // 2), str(number))
    span = Span(START, START + timedelta(seconds=2))
    assert (index.count(span, 100), index.count(span, 3)) == (6, 4)
    index.remove(START, "0")
    index.remove(START, "1")
    assert list(index.ids(span)) == ["2", "3", "4", "5"]
    assert list(index.ids(Span())) == [str(number) for number in range(2, 10)]


def test_a_range_of_stamps_looks_at_its_own_rows_only():
    table = Table("Task", ("OwnerId",))
    for number in range(1000):
        table.put({"Id": str(number), "OwnerId": "ann", "SystemModstamp": START + timedelta(seconds=number)})
    span = Span(START + timedelta(seconds=10), START + timedelta(seconds=19))
    for equal in ({}, {"OwnerId": {"ann"}}):
        assert [row["Id"] for row in table.narrowed(equal, START, span)] == [str(one) for one in range(10, 20)]
    assert len(list(table.narrowed({"Id": {"5"}}, START, span))) == 1


def test_equal_stamps_of_one_call(ann):
    results = ann.collection("POST", [{"Subject": str(number), "OwnerId": long(ANN)} for number in range(200)]).json()
    assert all(one["success"] for one in results)
    (found,) = ann.query("SELECT MIN(SystemModstamp) a, MAX(SystemModstamp) b FROM Task")["records"]
    assert found["a"] == found["b"]
