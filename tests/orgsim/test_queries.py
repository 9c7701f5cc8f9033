"""Queries over HTTP: pages, locators, the bin and the archive, and sizes."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.orgsim.acme import ANN, LEAD, QUEUE, long, refusal

ONE_PAGE = {"Sforce-Query-Options": "batchSize=200"}


@pytest.fixture
def many(sim):
    return sim.door.put_tasks([{"Subject": f"t{number:03}", "OwnerId": ANN} for number in range(450)])


def test_parents_and_nulls_are_nested(ann):
    ann.create(Subject="a", WhoId=LEAD)
    ann.create(Subject="b")
    found = ann.query("SELECT Subject, Owner.Name, Who.Name, Who.Type FROM Task ORDER BY Subject")["records"]
    assert [row["Owner"]["Name"] for row in found] == ["Ann Example", "Ann Example"]
    assert (found[0]["Who"]["Type"], found[1]["Who"]) == ("Lead", None)


def test_pages_follow_each_other_until_done(ann, many):
    page = ann.query("SELECT Id FROM Task ORDER BY Subject", headers=ONE_PAGE)
    sizes, ids = [], []
    while True:
        sizes.append(len(page["records"]))
        ids += [row["Id"] for row in page["records"]]
        assert page["totalSize"] == 450
        if page["done"]:
            break
        assert page["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g")
        page = ann.get(page["nextRecordsUrl"]).json()
    assert sizes == [200, 200, 50]
    assert ids == many
    assert "nextRecordsUrl" not in page


def test_a_locator_belongs_to_its_session(ann, callers, many):
    page = ann.query("SELECT Id FROM Task", headers=ONE_PAGE)
    other = callers("ann")
    assert refusal(other.get(page["nextRecordsUrl"]))[:2] == (400, "INVALID_QUERY_LOCATOR")
    assert ann.get(page["nextRecordsUrl"]).status_code == 200
    assert refusal(ann.get("/query/01g000000000000AAA-200"))[1] == "INVALID_QUERY_LOCATOR"


def test_a_locator_dies_after_two_days(ann, sim, many):
    sim.door.set_org(settings={"session_seconds": 10 * 86_400.0})
    page = ann.query("SELECT Id FROM Task", headers=ONE_PAGE)
    sim.door.advance(2 * 86_400 + 1)
    assert refusal(ann.get(page["nextRecordsUrl"]))[1] == "INVALID_QUERY_LOCATOR"


def test_an_aggregate_can_not_page(ann, sim, many):
    soql = "SELECT Subject, COUNT(Id) FROM Task GROUP BY Subject"
    answer = ann.get("/query", params={"q": "SELECT Id, COUNT(Subject) FROM Task GROUP BY Id"}, headers=ONE_PAGE)
    assert refusal(answer)[1] == "EXCEEDED_ID_LIMIT", soql


def test_count_gives_a_size_and_no_records(ann, many):
    assert ann.query("SELECT COUNT() FROM Task") == {"totalSize": 450, "done": True, "records": []}


def test_query_hides_deleted_and_archived_rows_and_query_all_shows_them(ann, sim):
    live, binned = ann.create(Subject="live"), ann.create(Subject="bin")
    ann.delete(binned)
    old = (datetime.now(UTC) - timedelta(days=400)).date()
    archived = ann.create(Subject="old", Status="Completed", ActivityDate=old.isoformat())
    open_one = ann.create(Subject="open", ActivityDate=old.isoformat())
    assert sim.door.archive() == 1
    assert {row["Id"] for row in ann.rows("SELECT Id FROM Task")} == {live, open_one}
    rows = ann.rows("SELECT Id, IsDeleted, IsArchived FROM Task", "queryall")
    assert {row["Id"]: (row["IsDeleted"], row["IsArchived"]) for row in rows} == {
        live: (False, False),
        binned: (True, False),
        archived: (False, True),
        open_one: (False, False),
    }
    assert ann.read(archived)["IsArchived"]
    assert ann.update(archived, Subject="still").status_code == 204


def test_soql_errors_come_in_the_platforms_shape(ann):
    assert refusal(ann.get("/query", params={"q": "SELECT Foo FROM Task"}))[:2] == (400, "INVALID_FIELD")
    assert refusal(ann.get("/query", params={"q": "SELECT FROM"}))[:2] == (400, "MALFORMED_QUERY")
    assert refusal(ann.get("/query", params={"q": "SELECT Id FROM Nope"}))[:2] == (400, "INVALID_TYPE")
    assert refusal(ann.get("/query"))[:2] == (400, "MALFORMED_QUERY")


def test_a_uri_over_16_kb_is_414_and_headers_over_it_431(ann):
    ids = ",".join("'00T000000000001EAA'" for _ in range(1000))
    answer = ann.get("/query", params={"q": f"SELECT Id FROM Task WHERE Id IN ({ids})"})
    assert answer.status_code == 414
    answer = ann.get("/limits", headers={"X-Long": "x" * 16_384})
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (431, "text/html")


def test_picklists_users_and_groups_are_queried(ann):
    closed = ann.rows("SELECT ApiName, MasterLabel, SortOrder FROM TaskStatus WHERE IsClosed = true")
    assert closed == [{"ApiName": "Completed", "MasterLabel": "Completed", "SortOrder": 3}]
    assert ann.rows("SELECT ApiName FROM TaskPriority WHERE IsHighPriority = true") == [{"ApiName": "High"}]
    assert ann.rows("SELECT Id FROM User WHERE Username = 'ANN@acme.example' AND IsActive = true") == [
        {"Id": long(ANN)}
    ]
    assert ann.rows("SELECT Id FROM Group WHERE Type = 'Queue'") == [{"Id": long(QUEUE)}]
    assert ann.rows("SELECT Name FROM Organization") == [{"Name": "Acme"}]


def test_scope_mine_means_the_caller(admin, ann):
    ann.create(Subject="ann's")
    admin.create(Subject="admin's")
    assert [row["Subject"] for row in admin.rows("SELECT Subject FROM Task USING SCOPE mine")] == ["admin's"]
