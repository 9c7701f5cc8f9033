"""Changes that wait for approval, over the HTTP API."""

import pytest
from sqlalchemy import update

from remindersync.store.tables import reminders


@pytest.fixture
def held(api, syncing_ada, database):
    """Two reminders of Ada's whose deletion waits."""
    made = [api(syncing_ada).post("/reminders", json={"name": name}).json()["id"] for name in ("A", "B")]
    with database.begin() as connection:
        connection.execute(update(reminders).values(held_change="delete"))
    return made


def test_what_waits_is_listed_and_counted(api, syncing_ada, bob, held):
    client = api(syncing_ada)
    assert {item["reminder"] for item in client.get("/me/held").json()["items"]} == set(held)
    assert {item["change"] for item in client.get("/me/held").json()["items"]} == {"delete"}
    assert client.get("/me/sync").json()["held"] == 2
    assert client.get(f"/reminders/{held[0]}").json()["sync"]["state"] == "held"
    assert api(bob).get("/me/held").json()["items"] == []


def test_exactly_what_is_named_is_approved(api, syncing_ada, bob, held, queued):
    client = api(syncing_ada)
    assert api(bob).post("/me/held/approve", json={"reminders": held}).status_code == 422
    assert client.post("/me/held/approve", json={"reminders": []}).status_code == 422
    before = len(queued())
    assert client.post("/me/held/approve", json={"reminders": [f"{held[0]}:delete"]}).json() == {"approved": 1}
    assert [item["reminder"] for item in client.get("/me/held").json()["items"]] == held[1:]
    assert queued()[before:] == [syncing_ada.id]


def test_what_became_another_change_is_approved_by_its_id_alone_only(api, syncing_ada, held):
    client = api(syncing_ada)
    for stale in (f"{one}:complete" for one in held):
        assert client.post("/me/held/approve", json={"reminders": [stale]}).status_code == 422
    named = {"reminders": [f"{held[0]}:complete", f"{held[1]}:delete"]}
    assert client.post("/me/held/approve", json=named).json() == {"approved": 1}
    assert client.post("/me/held/approve", json={"reminders": held}).json() == {"approved": 1}
