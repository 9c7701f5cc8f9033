"""Sync, runs and team settings through the HTTP API."""

import pytest
from sqlalchemy import update

from remindersync.store.tables import runs

RUN_MEMBERS = {"id", "user", "kind", "full", "reminder", "state", "counts", "calls", "started_at", "ended_at", "error"}


def test_sync_is_off_until_chosen_and_off_again(api, ada, turn_on):
    client = api(ada)
    assert client.get("/me/sync").json() == {
        "mode": "off",
        "state": "off",
        "progress": None,
        "last_run_at": None,
        "next_run_at": None,
        "turned_on_at": None,
        "held": 0,
        "left_out": None,
        "least_poll_seconds": None,
    }
    turn_on(ada)
    on = client.get("/me/sync").json()
    assert (on["mode"], on["state"]) == ("on", "first_sync")
    assert on["turned_on_at"].endswith("Z")
    assert client.patch("/me/sync", json={"mode": "off"}).json()["state"] == "off"


def test_turning_on_queues_the_first_sync(api, syncing_ada, queued):
    client = api(syncing_ada)
    client.patch("/me/sync", json={"mode": "off"})
    answer = client.patch("/me/sync", json={"mode": "on", "import_open": False})
    assert answer.json()["mode"] == "on"
    assert queued() == [syncing_ada.id]


def test_turning_on_without_a_login_says_what_to_do(api, ada):
    answer = api(ada).patch("/me/sync", json={"mode": "on"})
    assert answer.status_code == 422
    assert "connect first" in answer.json()["detail"]


@pytest.mark.parametrize("option", ["import_open", "match_existing"])
def test_what_has_to_be_seen_before_is_refused_without_a_preview(api, ada, option):
    answer = api(ada).patch("/me/sync", json={"mode": "on", option: True})
    assert answer.status_code == 428
    assert "ask for a preview" in answer.json()["detail"]


def test_turning_on_as_a_preview_showed_it(api, syncing_ada, queued, database):
    client, choice = api(syncing_ada), {"import_open": True}
    client.patch("/me/sync", json={"mode": "off"})
    answer = client.post("/me/sync/preview", json=choice)
    run = answer.json()
    assert (answer.status_code, run["kind"], run["state"]) == (202, "preview", "queued")
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert client.get(f"/runs/{run['id']}/preview").status_code == 404
    assert queued() == [syncing_ada.id]
    with database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run["id"]).values(state="done", plan=[_IMPORT]))
    shown = client.get(f"/runs/{run['id']}/preview").json()
    assert (shown["items"], shown["counts"]["imported"], shown["next_cursor"]) == ([_IMPORT], 1, None)
    wrong = client.patch("/me/sync", json={"mode": "on", "digest": "0" * 64, **choice})
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (409, "application/problem+json")
    other = client.patch("/me/sync", json={"mode": "on", "match_existing": True, "digest": shown["digest"]})
    assert other.status_code == 409
    assert client.patch("/me/sync", json={"mode": "on", "digest": shown["digest"], **choice}).json()["mode"] == "on"
    assert client.post("/me/sync/preview", json=choice).status_code == 422


_IMPORT = {
    "action": "create",
    "side": "app",
    "reminder": "8c1f0ae6-0000-4000-8000-000000000000",
    "salesforce_id": "00T000000000001AAA",
    "fields": {"name": {"from": None, "to": "Old"}},
    "reason": "Edited in Salesforce",
    "name": "Old",
}


@pytest.mark.parametrize(
    ("sent", "kind"), [({}, "poll"), ({"full": True}, "full"), ({"full": True, "dry_run": True}, "dry")]
)
def test_a_run_by_hand_is_queued_and_can_be_polled(api, syncing_ada, queued, sent, kind):
    client = api(syncing_ada)
    answer = client.post("/me/resync", json=sent)
    assert answer.status_code == 202
    run = answer.json()
    assert set(run) == RUN_MEMBERS
    assert (run["kind"], run["state"], run["user"]) == (kind, "queued", "ada@example.com")
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert client.get(f"/runs/{run['id']}").json() == run
    assert client.get(f"/runs/{run['id']}/plan").status_code == 404
    assert queued() == [syncing_ada.id]


def test_the_plan_of_a_dry_run_can_be_read(api, syncing_ada, database):
    client = api(syncing_ada)
    run_id = client.post("/me/resync", json={"dry_run": True}).json()["id"]
    item = {
        "action": "update",
        "side": "app",
        "reminder": "8c1f0ae6-0000-4000-8000-000000000000",
        "salesforce_id": "00T000000000001AAA",
        "fields": {"name": {"from": "Old", "to": "New"}},
        "reason": "renamed in Salesforce",
    }
    with database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(state="done", plan=[item]))
    assert client.get(f"/runs/{run_id}/plan").json() == {"items": [item], "next_cursor": None}


def test_runs_are_seen_by_their_user_and_the_teams_admins_only(api, syncing_ada, bob, chief, services):
    services.directory.add_team("Others")
    stranger = services.directory.add_user("stranger@example.com", "Others", is_admin=True)
    path = f"/runs/{api(syncing_ada).post('/me/resync', json={}).json()['id']}"
    assert [api(who).get(path).status_code for who in (syncing_ada, chief, bob, stranger)] == [200, 200, 404, 404]


def test_team_settings_are_for_admins(api, ada, chief):
    for answer in (api(ada).get("/team/settings"), api(ada).patch("/team/settings", json={})):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert api(chief).get("/team/settings").status_code == 200


def test_a_team_setting_that_is_sent_changes_and_the_others_stay(api, chief):
    client = api(chief)
    before = client.get("/team/settings").json()
    sent = {
        "subject_template": "{{activity_type}}: {{activity_subject}}",
        "delete_rule": "edit_wins",
        "status_map": {
            "open": ["Not Started", "Waiting"],
            "completed": ["Completed"],
            "write_open": "Not Started",
            "write_completed": "Completed",
        },
    }
    changed = client.patch("/team/settings", json=sent)
    assert changed.status_code == 200, changed.text
    assert changed.json() == before | sent == client.get("/team/settings").json()


@pytest.mark.parametrize(
    "sent",
    [
        {"api_share_percent": 101},
        {"conflict_rule": "mine"},
        {"status_map": {"open": ["Done"], "completed": ["Done"], "write_open": "Done", "write_completed": "Done"}},
        {"colour": "red"},
        {"subject_template": None},
    ],
)
def test_a_wrong_team_setting_is_refused_and_nothing_changes(api, chief, sent):
    client = api(chief)
    before = client.get("/team/settings").json()
    assert client.patch("/team/settings", json={"tie_rule": "salesforce"} | sent).status_code == 422
    assert client.get("/team/settings").json() == before


def test_an_edit_queues_its_user_at_once(api, services, syncing_ada, queued, at_rest):
    client = api(syncing_ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'Call'}).json()['id']}"
    at_rest(syncing_ada)
    before = queued()
    client.patch(path, json={"name": "Call Ada"})
    (status,) = services.directory.status(syncing_ada.id)
    assert status.backlog == 1
    assert queued() == [*before, syncing_ada.id]


def test_an_edit_that_changes_nothing_queues_nobody(api, syncing_ada, queued, at_rest):
    client = api(syncing_ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'Call'}).json()['id']}"
    at_rest(syncing_ada)
    before = queued()
    assert client.patch(path, json={"name": "Call"}).status_code == 200
    assert queued() == before


def test_the_document_describes_the_api_and_the_page_shows_it(api, web):
    client = api()
    document = client.get("/openapi.json").json()
    assert document["servers"] == [{"url": "/api/v1"}]
    assert {"/reminders", "/reminders/by-key/{external_key}", "/me/sync"} <= set(document["paths"])
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "default" not in document["components"]["schemas"]["ReminderChanges"]["properties"]["name"]
    page = client.get("/docs")
    for path in document["paths"]:
        assert f"/api/v1{path}" in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert '="http' not in page.text
