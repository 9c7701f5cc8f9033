"""Reminders through the HTTP API."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FULL = {
    "name": "Call Ada",
    "type": "call",
    "status": "open",
    "priority": "high",
    "due_date": "2026-11-23",
    "details": "About the offer\nand the lunch",
    "assignee": "ada@example.com",
    "person": {"name": "Lea Lead", "email": "lea@example.com", "salesforce_id": "00Q000000000001EAA"},
    "campaign": {"name": "Autumn", "day": 1, "step": 2},
    "call": {"outcome": "Left a message", "reason": "Offer"},
}


def test_a_reminder_comes_back_as_it_was_sent(api, ada):
    client = api(ada)
    made = client.post("/reminders", json=FULL)
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/reminders/{made.json()['id']}"
    read = client.get(f"/reminders/{made.json()['id']}").json()
    assert {name: read[name] for name in FULL} == FULL
    assert read["version"] == 1
    assert read["sync"] == {"state": "local", "salesforce_id": None, "url": None, "error": None}
    assert read["created_at"].endswith("Z")


def test_a_change_touches_what_was_sent_and_nothing_else(api, ada):
    client = api(ada)
    made = client.post("/reminders", json=FULL).json()
    sent = {"due_date": None, "campaign": {"day": 3}, "call": None}
    changed = client.patch(f"/reminders/{made['id']}", json=sent).json()
    wanted = FULL | {"due_date": None, "campaign": {"name": "Autumn", "day": 3, "step": 2}, "call": None}
    assert {name: changed[name] for name in FULL} == wanted
    assert changed["version"] == 2


def test_completing_and_reopening_sets_and_clears_the_time(api, ada):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json=FULL).json()['id']}"
    assert client.patch(path, json={"status": "completed"}).json()["completed_at"] is not None
    assert client.patch(path, json={"status": "open"}).json()["completed_at"] is None


def test_a_deleted_reminder_lies_in_the_bin_until_it_is_restored(api, ada):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json=FULL).json()['id']}"
    assert client.delete(path).status_code == 204
    assert client.get("/reminders").json()["items"] == []
    assert client.get("/reminders", params={"include_deleted": True}).json()["items"][0]["deleted_at"] is not None
    assert client.post(f"{path}/restore").json()["deleted_at"] is None
    assert len(client.get("/reminders").json()["items"]) == 1


def test_the_etag_is_the_version_and_an_outdated_one_is_refused(api, ada):
    client = api(ada)
    made = client.post("/reminders", json=FULL)
    path, first = f"/reminders/{made.json()['id']}", made.headers["ETag"]
    assert first == '"1"' == client.get(path).headers["ETag"]
    second = client.patch(path, json={"name": "Call Ada soon"}, headers={"If-Match": first}).headers["ETag"]
    assert second == '"2"'
    for answer in (
        client.patch(path, json={"name": "Other"}, headers={"If-Match": first}),
        client.patch(path, json={"name": "Other"}, headers={"If-Match": "nonsense"}),
        client.delete(path, headers={"If-Match": first}),
        client.post(f"{path}/restore", headers={"If-Match": first}),
    ):
        assert answer.status_code == 412
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.get(path).json()["name"] == "Call Ada soon"
    assert client.delete(path, headers={"If-Match": second}).status_code == 204


def test_a_key_of_the_callers_own_makes_and_then_replaces(api, ada, bob):
    client = api(ada)
    first = client.put("/reminders/by-key/crm/42 ä", json=FULL)
    assert first.status_code == 201
    assert first.json()["external_key"] == "crm/42 ä"
    again = client.put("/reminders/by-key/crm/42 ä", json={"name": "Write to Ada"})
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["due_date"] is None
    others = api(bob).put("/reminders/by-key/crm/42 ä", json={"name": "Mine"})
    assert others.status_code == 201
    stale = client.put("/reminders/by-key/crm/42 ä", json={"name": "Late"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_batch_answers_each_item_by_itself(api, ada):
    client = api(ada)
    client.put("/reminders/by-key/k", json={"name": "Old"})
    items = [
        {"name": "One"},
        {"name": "", "colour": "red"},
        {"name": "Two", "external_key": "k"},
        {"name": "Three", "assignee": "nobody@example.com"},
        "no reminder at all",
    ]
    answer = client.post("/reminders/batch", json={"items": items})
    assert answer.status_code == 200
    answers = answer.json()["items"]
    assert [each["status"] for each in answers] == [201, 422, 200, 422, 422]
    assert {each["pointer"] for each in answers[1]["problem"]["errors"]} == {"#/name", "#/colour"}
    assert answers[2]["reminder"]["name"] == "Two"
    assert {each["name"] for each in client.get("/reminders").json()["items"]} == {"One", "Two"}


def test_a_batch_holds_at_most_200(api, ada):
    client = api(ada)
    assert client.post("/reminders/batch", json={"items": [{"name": "x"}] * 201}).status_code == 422
    answer = client.post("/reminders/batch", json={"items": [{"name": "x"}] * 200})
    assert [each["status"] for each in answer.json()["items"]] == [201] * 200


def test_a_list_pages_by_cursor_without_losing_or_repeating(api, ada):
    client = api(ada)
    client.post("/reminders/batch", json={"items": [{"name": f"Number {number}"} for number in range(25)]})
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = client.get("/reminders", params={"limit": 10} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["name"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert pages == 3
    assert sorted(seen) == sorted(f"Number {number}" for number in range(25))


def test_a_list_is_narrowed_by_due_date_in_the_users_zone_status_and_time_of_change(api, ada):
    client = api(ada)
    today = datetime.now(ZoneInfo(ada.time_zone)).date()
    for days, name in ((-1, "late"), (0, "now"), (1, "next"), (2, "then")):
        client.post("/reminders", json={"name": name, "due_date": str(today + timedelta(days=days))})
    client.post("/reminders", json={"name": "done", "status": "completed", "due_date": str(today)})
    before_last = datetime.now(UTC)
    client.post("/reminders", json={"name": "new"})

    def names(**query):
        return {item["name"] for item in client.get("/reminders", params=query).json()["items"]}

    assert names(due="overdue") == {"late"}
    assert names(due="today") == {"now", "done"}
    assert names(due="today", status="open") == {"now"}
    assert names(due="tomorrow") == {"next"}
    assert names(updated_since=before_last.isoformat()) == {"new"}


def test_history_tells_what_came_and_went(api, ada):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'First'}).json()['id']}"
    client.patch(path, json={"name": "Second"})
    events = client.get(f"{path}/history").json()["items"]
    renamed = events[-1]
    assert {"side": "app", "actor": "ada@example.com", "field": "name"}.items() <= renamed.items()
    assert (renamed["old"], renamed["new"], renamed["kept"]) == ("First", "Second", True)


def test_history_is_read_page_by_page(api, ada):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'First'}).json()['id']}"
    for number in range(4):
        client.patch(path, json={"name": f"Name {number}"})
    first = client.get(f"{path}/history", params={"limit": 3}).json()
    rest = client.get(f"{path}/history", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [event["new"] for event in first["items"] + rest["items"]] == [
        "First",
        "Name 0",
        "Name 1",
        "Name 2",
        "Name 3",
    ]
    assert rest["next_cursor"] is None
    assert client.get(f"{path}/history", params={"cursor": "x"}).status_code == 422


def test_a_value_of_the_history_is_put_back_and_goes_out(api, syncing_ada, bob, queued, at_rest):
    client = api(syncing_ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'First'}).json()['id']}"
    client.patch(path, json={"name": "Second"})
    at_rest(syncing_ada)
    before = len(queued())
    event = client.get(f"{path}/history").json()["items"][-1]["id"]
    assert api(bob).post(f"/history/{event}/restore").status_code == 404
    restored = client.post(f"/history/{event}/restore")
    assert restored.status_code == 200
    assert (restored.json()["name"], restored.headers["ETag"]) == ("First", '"3"')
    assert queued()[before:] == [syncing_ada.id]
    for unknown in ("0", "x", "99999999999999999999"):
        assert client.post(f"/history/{unknown}/restore").status_code == 404


def test_a_reminder_given_to_a_colleague_is_theirs_and_the_answer_still_shows_it(api, ada, bob):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json=FULL).json()['id']}"
    given = client.patch(path, json={"assignee": "bob@example.com"})
    assert given.status_code == 200
    assert given.json()["assignee"] == "bob@example.com"
    assert client.get(path).status_code == 404
    assert api(bob).get(path).json()["assignee"] == "bob@example.com"


def test_a_local_reminder_is_pushed_once_sync_is_on(api, ada, turn_on):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json=FULL).json()['id']}"
    assert client.post(f"{path}/push").status_code == 422
    turn_on(ada)
    assert client.post(f"{path}/push").json()["sync"]["state"] == "pending"
