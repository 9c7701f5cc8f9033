"""Errors over the HTTP API."""

import pytest
from sqlalchemy import insert, update

from remindersync.store.tables import diagnostics, reminders


@pytest.fixture
def error(database):
    """Open an error of a user; return its number."""

    def add(user, **columns):
        texts = {"category": "Other", "message": "said", "meaning": "meant", "remedy": "do", "retry": "parked"}
        row = {"team_id": user.team_id, "user_id": user.id, "code": "REFUSED"} | texts | columns
        with database.begin() as connection:
            return str(connection.execute(insert(diagnostics).values(row).returning(diagnostics.c.id)).scalar_one())

    return add


def test_errors_are_listed_with_all_there_is_to_know(api, ada, error):
    number = error(ada, task_id="00T000000000001EAA", count=2)
    (listed,) = api(ada).get("/diagnostics").json()["items"]
    assert {"first_seen", "last_seen"} <= set(listed)
    assert {name: value for name, value in listed.items() if not name.endswith("_seen")} == {
        "id": number,
        "user": "ada@example.com",
        "code": "REFUSED",
        "category": "Other",
        "message": "said",
        "meaning": "meant",
        "remedy": "do",
        "retry": "parked",
        "state": "open",
        "reminder": None,
        "salesforce_id": "00T000000000001EAA",
        "count": 2,
    }


def test_errors_are_paged_filtered_and_counted(api, ada, error):
    for code in ("A", "B", "C"):
        error(ada, code=code)
    client = api(ada)
    first = client.get("/diagnostics", params={"limit": 2}).json()
    rest = client.get("/diagnostics", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["code"] for one in first["items"] + rest["items"]] == ["A", "B", "C"]
    assert [one["code"] for one in client.get("/diagnostics", params={"code": "B"}).json()["items"]] == ["B"]
    assert [kind["records"] for kind in client.get("/diagnostics/kinds").json()["items"]] == [1, 1, 1]
    assert client.get("/diagnostics", params={"state": "shut"}).status_code == 422


def test_an_admin_sees_the_teams_and_nobody_elses_number_exists(api, ada, bob, chief, error):
    number = error(ada)
    assert [one["user"] for one in api(chief).get("/diagnostics").json()["items"]] == ["ada@example.com"]
    assert api(bob).get("/diagnostics").json()["items"] == []
    for action in ("retry", "ignore"):
        assert api(bob).post(f"/diagnostics/{number}/{action}").status_code == 404
        assert api(ada).post(f"/diagnostics/x/{action}").status_code == 404


def test_a_retried_record_is_sent_again(api, syncing_ada, error, queued, at_rest, database):
    client = api(syncing_ada)
    made = client.post("/reminders", json={"name": "Call"}).json()
    number = error(syncing_ada, reminder_id=made["id"])
    at_rest(syncing_ada)
    with database.begin() as connection:
        connection.execute(update(reminders).values(synced_version=0, parked_version=reminders.c.version))
    before = len(queued())
    assert client.post(f"/diagnostics/{number}/retry").json()["state"] == "open"
    assert queued()[before:] == [syncing_ada.id]
    assert client.get(f"/reminders/{made['id']}").json()["sync"]["state"] == "pending"


def test_an_ignored_error_says_so(api, ada, error):
    client = api(ada)
    assert client.post(f"/diagnostics/{error(ada)}/ignore").json()["state"] == "ignored"
    assert client.get("/diagnostics").json()["items"] == []
    assert len(client.get("/diagnostics", params={"state": "ignored"}).json()["items"]) == 1
