"""The team's users and runs by hand, through the HTTP API."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from orgsim.server import serve
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.logins import LoginGrant
from remindersync.store.tables import links, reminders
from tests.integration.web_app.conftest import ORG

ROOT = record_id("005SM0000000009")


@pytest.fixture
def linked(database):
    """Pair a reminder with a Task, as a run does."""

    def pair(reminder_id, state="active", task_id="00T000000000001AAA"):
        base = {"agreed": {}, "raw": {}}
        row = {"org_id": ORG, "task_id": task_id, "reminder_id": reminder_id, "state": state, "base": base}
        with database.begin() as connection:
            connection.execute(insert(links).values(row))
            mine = update(reminders).where(reminders.c.id == reminder_id)
            connection.execute(mine.values(synced_version=reminders.c.version, shared=True))

    return pair


def made(client, name="Call"):
    return client.post("/reminders", json={"name": name}).json()["id"]


# ── Runs by hand ──


def test_one_reminder_of_ones_own_is_resynced(api, syncing_ada, chief):
    client = api(syncing_ada)
    reminder = made(client)
    run = client.post("/me/resync", json={"reminder": reminder}).json()
    assert (run["kind"], run["reminder"], run["full"]) == ("one", reminder, False)
    dry = client.post("/me/resync", json={"reminder": reminder, "dry_run": True}).json()
    assert (dry["kind"], dry["reminder"]) == ("dry", reminder)
    assert client.post("/me/resync", json={"reminder": made(api(chief))}).status_code == 404
    assert client.post("/me/resync", json={"reminder": reminder, "full": True}).status_code == 422


def test_a_full_run_that_takes_much_of_what_is_left_needs_a_confirmation(api, services, syncing_ada, queued):
    client = api(syncing_ada)
    services.limiter.saw(ORG, 90, 200)
    # One of ten that are left is not more than a tenth.
    assert client.post("/me/resync", json={"full": True}).status_code == 202
    services.limiter.saw(ORG, 95, 200)
    refused = client.post("/me/resync", json={"full": True, "dry_run": True})
    assert refused.status_code == 409
    assert "about 1 call to read" in refused.json()["detail"]
    assert "5 are left today" in refused.json()["detail"]
    assert client.post("/me/resync", json={"full": True, "dry_run": True, "confirm": True}).status_code == 202


def test_an_admin_resyncs_some_or_all_of_the_team_and_nobody_else(api, services, syncing_ada, bob, chief, queued):
    asked = api(chief).post("/team/resync", json={"dry_run": True})
    assert asked.status_code == 202
    assert [(run["user"], run["kind"]) for run in asked.json()["items"]] == [("ada@example.com", "dry")]
    some = api(chief).post("/team/resync", json={"users": ["ada@example.com"], "full": True}).json()["items"]
    assert [(run["user"], run["kind"]) for run in some] == [("ada@example.com", "full")]
    assert api(chief).post("/team/resync", json={"users": ["bob@example.com"]}).status_code == 422
    assert api(chief).post("/team/resync", json={"users": ["nobody@example.com"]}).status_code == 404
    assert api(syncing_ada).post("/team/resync", json={}).status_code == 403
    assert queued() != []


def test_the_shortest_interval_that_the_allowance_yields_is_shown(api, services, syncing_ada):
    client = api(syncing_ada)
    assert client.get("/me/sync").json()["least_poll_seconds"] == services.settings.poll_min_seconds
    services.limiter.saw(ORG, 0, 200)
    assert client.get("/me/sync").json()["least_poll_seconds"] == pytest.approx(86_400 / 75)


# ── What sleeps ──


def test_reminders_whose_task_is_somebody_elses_are_listed_elsewhere(api, syncing_ada, linked):
    client = api(syncing_ada)
    here, gone, binned = made(client, "here"), made(client, "gone"), made(client, "binned")
    linked(gone, "asleep")
    client.delete(f"/reminders/{binned}")

    def names(**where):
        return [item["name"] for item in client.get("/reminders", params=where).json()["items"]]

    assert names() == ["here"]
    assert names(where="elsewhere") == ["gone"]
    assert names(where="bin") == ["binned"]
    assert client.get("/reminders", params={"where": "nowhere"}).status_code == 422
    assert here


# ── The team's users ──


def test_admins_see_their_teams_users_and_nobody_else_does(api, services, syncing_ada, chief):
    services.directory.add_team("Others")
    services.directory.add_user("stranger@example.com", "Others")
    users = api(chief).get("/team/users").json()["items"]
    assert [(one["email"], one["active"], one["sync_on"], one["login"]) for one in users] == [
        ("ada@example.com", True, True, "own"),
        ("chief@example.com", True, False, "own"),
    ]
    assert api(syncing_ada).get("/team/users").status_code == 403
    assert api(chief).patch("/team/users/stranger@example.com", json={"active": False}).status_code == 404


def test_an_admin_deactivates_a_user_and_activates_them_again(api, syncing_ada, chief, queued):
    client = api(chief)
    off = client.patch("/team/users/ada@example.com", json={"active": False}).json()
    assert (off["active"], off["sync_on"]) == (False, False)
    on = client.patch("/team/users/ada@example.com", json={"active": True}).json()
    assert (on["active"], on["sync_on"]) == (True, True)
    assert queued() == [syncing_ada.id]
    refused = client.patch("/team/users/chief@example.com", json={"active": False})
    assert (refused.status_code, "another admin" in refused.json()["detail"]) == (422, True)


def test_what_somebody_leaves_is_shown_and_handed_over_as_it_was_shown(api, services, syncing_ada, bob, chief, linked):
    reminder = made(api(syncing_ada))
    linked(reminder)
    services.directory.connect(bob.id, bobs_login())
    client = api(chief)
    path = "/team/users/ada@example.com/hand-over"
    shown = client.get(path).json()
    assert (shown["count"], [one["name"] for one in shown["items"]]) == (1, ["Call"])
    assert client.post(path, json={"to": "bob@example.com", "count": 2}).status_code == 409
    given = client.post(path, json={"to": "bob@example.com", "count": 1})
    assert given.status_code == 202
    run = client.get(f"/runs/{given.json()['run']}").json()
    assert (run["kind"], run["user"], run["state"]) == ("hand_over", "ada@example.com", "queued")
    assert client.get(f"/reminders/{reminder}").json()["assignee"] == "bob@example.com"
    assert api(bob).get(path).status_code == 403


def bobs_login():
    return LoginGrant(ORG, "005000000000002AAA", "bob@org", "https://acme.my.salesforce.com", "t", "r", Grant.REFRESH)


# ── Whose login acts ──


@pytest.fixture(scope="module")
def sim():
    with serve() as sim:
        yield sim


@pytest.fixture
def settings(settings, sim):
    return replace(settings, salesforce_allowed_hosts=(sim.url.removeprefix("http://"),))


@pytest.fixture
def team_login(services, sim, chief):
    """An org with people who may be Ada, and the team's login to it."""
    people = [("ada@example.com", ""), ("ada@acme.example", "bob@example.com"), ("bob@acme.example", "bob@example.com")]
    users = [
        {"Id": record_id(f"005SM000000000{number}"), "Username": name, "Name": name, "Email": email}
        for number, (name, email) in enumerate(people, 1)
    ]
    root = {"Id": ROOT, "Username": "root@acme.example", "Name": "Root", "ViewAllData": True}
    sim.door.reset({"orgs": [{"id": ORG, "name": "Acme", "users": [*users, root]}]})
    login = sim.door.session("root@acme.example")
    where = (login["instance_url"], login["access_token"], login["refresh_token"])
    grant = LoginGrant(ORG, ROOT, "root@acme.example", *where, Grant.REFRESH)
    services.directory.connect_team(chief.team_id, grant)


def test_an_admin_puts_a_user_on_the_integration_login_as_the_one_person_their_address_means(api, chief, team_login):
    client = api(chief)
    put = client.put("/team/users/ada@example.com/login", json={"login": "integration"})
    assert put.status_code == 200, put.text
    assert (put.json()["login"], put.json()["salesforce_id"]) == ("integration", record_id("005SM0000000001"))
    assert client.put("/team/users/ada@example.com/login", json={"login": "own"}).json()["login"] == "own"


def test_what_is_ambiguous_an_admin_confirms(api, bob, chief, team_login):
    client = api(chief)
    path = "/team/users/bob@example.com/login"
    asked = client.put(path, json={"login": "integration"})
    assert asked.status_code == 422
    assert "ada@acme.example: ada@acme.example, bob@acme.example" in asked.json()["detail"]
    found = client.get("/team/users/bob@example.com/salesforce-users").json()["items"]
    assert [one["username"] for one in found] == ["ada@acme.example", "bob@acme.example"]
    put = client.put(path, json={"login": "integration", "salesforce_user": "bob@acme.example"})
    assert put.json()["salesforce_id"] == record_id("005SM0000000003")
    (told,) = (one for one in client.get("/team/users").json()["items"] if one["email"] == "bob@example.com")
    assert told["salesforce_username"] == "bob@acme.example"
    nobody = client.put(path, json={"login": "integration", "salesforce_user": "nobody@acme.example"})
    assert (nobody.status_code, "correct it" in nobody.json()["detail"]) == (422, True)


def test_who_has_no_user_there_and_a_team_without_a_login_are_told_so(api, services, chief, team_login):
    client = api(chief)
    nobody = client.put("/team/users/chief@example.com/login", json={"login": "integration"})
    assert "name one by their username" in nobody.json()["detail"]
    services.logins.lose(services.logins.of_team(chief.team_id), "It was revoked.")
    without = client.put("/team/users/ada@example.com/login", json={"login": "integration"})
    assert (without.status_code, "connect one first" in without.json()["detail"]) == (422, True)
